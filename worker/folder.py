"""The folder of one attempt: `PRISM_HOME/runs/<run>/<attempt>/`, of a further node `…-node1/`.

```
claim.json          what the server gave: enough to finish the attempt's paperwork after a crash
recipe.yaml         the one run with local paths, as the engine reads it
inputs/             uploaded images that it asks about
engine/<run name>/  what the engine writes: events.jsonl, images/, checkpoints/, export/
held/               second names of a checkpoint's files while it is copied to the store
stdout, stderr      what the engine prints
worker.jsonl        the worker's own events
<tracker>.log       what a mirror says
process.json        the engine's process, so that a later worker can end it
offsets.json        how far each of these files has been dealt with
lock                held by the worker that looks after the attempt
reported            exists once the server knows how the attempt ended
```
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from prism_client.home import write_whole
from prism_client.worker_client import Claim
from prism_engine.contract.events import Source
from worker.errors import Outdated, StoreFailed


@dataclass(frozen=True)
class AttemptFolder:
    """Knows where everything of an attempt lies."""

    path: Path
    claim: Claim

    @classmethod
    def create(cls, runs: Path, claim: Claim) -> AttemptFolder:
        rank = claim.gang.rank if claim.gang else 0
        path = runs / claim.run_id / (f"{claim.attempt}-node{rank}" if rank else str(claim.attempt))
        path.mkdir(parents=True, exist_ok=True)
        write_whole(path / "claim.json", claim.model_dump_json())
        return cls(path, claim)

    @classmethod
    def unreported(cls, runs: Path) -> Iterator[AttemptFolder]:
        """Every attempt on this disk whose end the server has not been told."""
        for claim in sorted(runs.glob("*/*/claim.json")):
            folder = cls(claim.parent, Claim.model_validate_json(claim.read_bytes()))
            if not folder.is_reported:
                yield folder

    @property
    def recipe(self) -> Path:
        return self.path / "recipe.yaml"

    @property
    def inputs(self) -> Path:
        return self.path / "inputs"

    @property
    def engine(self) -> Path:
        return self.path / "engine"

    @property
    def engine_events(self) -> Path:
        return self.engine / self.claim.run_name / "events.jsonl"

    @property
    def worker_events(self) -> Path:
        return self.path / "worker.jsonl"

    @property
    def stdout(self) -> Path:
        return self.path / "stdout"

    @property
    def stderr(self) -> Path:
        return self.path / "stderr"

    @property
    def process(self) -> Path:
        return self.path / "process.json"

    def events(self, source: Source) -> Path:
        return self.engine_events if source == "engine" else self.worker_events

    @property
    def images(self) -> Path:
        return self.engine_events.parent / "images"

    def image(self, sha256: str) -> Path:
        return self.images / f"{sha256}.png"

    @property
    def offsets(self) -> Path:
        return self.path / "offsets.json"

    @contextmanager
    def held(self, checkpoint: Path) -> Iterator[Path]:
        """Give a checkpoint's files second names while it is copied.

        The engine deletes its older checkpoints at its own pace. Without this a store that is
        slower than the engine would never get a whole one.

        Raises:
            Outdated: the engine has deleted it already.
        """
        held = self.path / "held"
        # A worker that died while it copied left its own.
        shutil.rmtree(held, ignore_errors=True)
        try:
            _link(checkpoint, held / checkpoint.name)
            yield held / checkpoint.name
        finally:
            shutil.rmtree(held, ignore_errors=True)

    @property
    def is_reported(self) -> bool:
        return (self.path / "reported").exists()

    def mark_reported(self) -> None:
        (self.path / "reported").touch()

    @contextmanager
    def locked(self) -> Iterator[bool]:
        """Hold the attempt if no other living worker does; the kernel frees it when we die."""
        with (self.path / "lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True


def _link(checkpoint: Path, target: Path) -> None:
    try:
        shutil.copytree(checkpoint, target, copy_function=os.link)
    except OSError as error:
        if not checkpoint.is_dir():
            raise Outdated(f"{checkpoint.name} was deleted in favour of a newer one") from error
        raise StoreFailed(f"{checkpoint.name} could not be held: {error}") from error
