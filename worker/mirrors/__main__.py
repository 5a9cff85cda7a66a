"""Follow one attempt's events until the worker has no more of them."""

from __future__ import annotations

import argparse
import select
import sys
from importlib import import_module
from pathlib import Path
from typing import TextIO

from prism_client.worker_client import Claim
from worker.folder import AttemptFolder
from worker.mirrors import TRACKERS
from worker.mirrors.mirror import Mirror, Narrator, Subject
from worker.outcome import read_event
from worker.tail import Tail

EVERY = 0.5
"""Seconds between looks at the file."""


def main() -> None:
    """Mirror the attempt in the given folder."""
    parser = argparse.ArgumentParser(prog="python -m worker.mirrors", description=__doc__)
    parser.add_argument("attempt", type=Path)
    parser.add_argument("--to", choices=TRACKERS, required=True)
    parser.add_argument("--into", type=Path, required=True)
    options = parser.parse_args()
    claim = Claim.model_validate_json((options.attempt / "claim.json").read_bytes())
    folder = AttemptFolder(options.attempt, claim)
    follow(folder, open_mirror(options.to, Subject.of(claim, options.into)), sys.stdin)


def open_mirror(tracker: str, subject: Subject) -> Mirror:
    """Load the tracker and return its mirror of a run."""
    module, _, name = TRACKERS[tracker].partition(":")
    mirror: Mirror = getattr(import_module(module), name)(subject)
    return mirror


def follow(folder: AttemptFolder, mirror: Mirror, leash: TextIO) -> None:
    """Tell the mirror of every event until the leash is let go: by a worker that is done, or died.

    A line that is no event is the forwarder's to report.
    """
    tail, narrator = Tail(folder.engine_events), Narrator(mirror, folder.images)
    last_look = False
    while not last_look:
        # Asked before looking, so that what was written before the end is always seen.
        last_look = bool(select.select([leash], [], [], EVERY)[0])
        while lines := tail.read():
            for line in lines:
                if event := read_event(line):
                    narrator.tell(event)
    narrator.close()


if __name__ == "__main__":
    main()
