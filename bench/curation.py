"""`make curation`: kill a curation twice, resume it, and compare it with an undisturbed one.

The teacher is a real server on this machine that answers with 429, 500, timeouts, connections
broken off, truncations, refusals, malformed JSON and wrong answers. Its own book says what was
billed. The same is done with a server that knows no Idempotency-Key, where a request whose answer
was lost may be paid twice: there the figure is how many were, and how many the ledger owns up to.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import yaml
from rich.table import Table

from bench.console import console
from bench.record import record
from prism_engine.contract.addresses import ALLOWED
from prism_engine.contract.events import GatePassed, read_events
from prism_engine.contract.manifest import hash_file
from prism_engine.data.records import read_data
from prism_engine.endpoints.ledger import Ledger, Spending
from tests.engine.curation.world import (
    CAP_PER_ITEM,
    FAULTY_SHARE,
    INPUT_PRICE,
    OUTPUT_PRICE,
    Teacher,
    World,
    build_world,
    recipe,
)
from tests.engine.endpoints.server import ChatServer


@dataclass(frozen=True)
class Curated:
    """A curation that ended, by its corpus, its ledger and the server's book."""

    corpus: dict[str, str]  # sha256 of every file
    sizes: dict[str, int]  # items of every data set
    funnel: list[GatePassed]
    paid_twice: int
    billed: int
    spent: float  # by the server's book
    spending: Spending  # by the ledger


def main() -> None:
    """Curate undisturbed and killed, print the funnel and write the figures."""
    parser = argparse.ArgumentParser(prog="python -m bench.curation")
    parser.add_argument("--items", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0, help="of the items and of the kills")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="prism-curation-") as name:
        folder = Path(name)
        world = build_world(folder / "world", arguments.items, arguments.seed)
        whole = curate(world, folder / "whole", arguments.items)
        moments = kills(whole.billed, arguments.seed)
        killed = curate(world, folder / "killed", arguments.items, moments)
        forgetful = curate(world, folder / "forgetful", arguments.items, moments, idempotent=False)
    console.print(table(whole.funnel))
    cap = CAP_PER_ITEM * arguments.items
    record(
        "curation",
        {
            "items": arguments.items,
            "kept": whole.sizes,
            "paid_twice": killed.paid_twice,
            "spend": round(killed.spent, 4),
            "spend_by_ledger": round(killed.spending.spent, 4),
            "cap": cap,
            "identical_after_kill": killed.corpus == whole.corpus,
            "requests": whole.billed,
            "attempts": killed.spending.attempts,
            "kills_after_billed": moments,
            "dropped": {gate.gate: gate.reasons for gate in whole.funnel if gate.reasons},
            "without_idempotency": {
                "paid_twice": forgetful.paid_twice,
                "possibly_paid_twice_by_ledger": forgetful.spending.possibly_paid_twice,
                "spend": round(forgetful.spent, 4),
                "spend_by_ledger": round(forgetful.spending.spent, 4),
                "identical_after_kill": forgetful.corpus == whole.corpus,
            },
        },
    )
    sound = killed.corpus == whole.corpus and killed.paid_twice == 0 and killed.spent <= cap
    sys.exit(not sound)


def kills(billed: int, seed: int) -> list[int]:
    """After how many billed replies each process is killed."""
    # Moments of interruption are no secrets.
    chance = random.Random(seed)  # noqa: S311 (nothing secret)
    return [int(billed * chance.uniform(0.1, 0.45)), int(billed * chance.uniform(0.5, 0.9))]


def curate(
    world: World,
    out: Path,
    items: int,
    moments: Sequence[int] = (),
    *,
    idempotent: bool = True,
    faulty: float = FAULTY_SHARE,
) -> Curated:
    """Curate with a server of its own; the process is killed at each of the moments."""
    server = ChatServer(Teacher(world, faulty=faulty), idempotent=idempotent)
    with server.running() as url:
        out.mkdir()
        path = out / "recipe.yaml"
        path.write_text(yaml.safe_dump(recipe(world, url, items, idempotent=idempotent)))
        for moment in moments:
            kill_after(server, moment, start(path, out))
        assert start(path, out).wait() == 0, "the curation failed"
    corpus = out / "curate" / "corpus"
    with closing(Ledger(out / "curate" / "ledger.sqlite")) as ledger:
        spending = ledger.spending()
    gates = [e for e in read_events(out / "curate" / "events.jsonl") if isinstance(e, GatePassed)]
    return Curated(
        corpus={
            path.relative_to(corpus).as_posix(): hash_file(path)
            for path in sorted(corpus.rglob("*"))
            if path.is_file()
        },
        sizes={path.parent.name: len(read_data(path)) for path in corpus.glob("*/data.jsonl")},
        funnel=list({gate.gate: gate for gate in gates}.values()),
        paid_twice=server.paid_twice,
        billed=Counter(server.billed).total(),
        spent=server.spent(INPUT_PRICE, OUTPUT_PRICE),
        spending=spending,
    )


def start(path: Path, out: Path) -> subprocess.Popen[bytes]:
    """The engine as a process of its own."""
    command = [sys.executable, "-m", "prism_engine", "run", str(path), "--out", str(out)]
    environment = os.environ | {"OMP_NUM_THREADS": "1", ALLOWED: "127.0.0.1"}
    return subprocess.Popen(command, env=environment)


def kill_after(server: ChatServer, moment: int, process: subprocess.Popen[bytes]) -> None:
    """SIGKILL once the server has billed so many replies."""
    while server.billed.total() < moment:
        assert process.poll() is None, "the curation ended before it could be killed"
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL


def table(funnel: Sequence[GatePassed]) -> Table:
    """One row per gate."""
    result = Table("Gate", "Given", "Kept", "Dropped, by reason")
    for gate in funnel:
        reasons = "; ".join(f"{count} {reason}" for reason, count in gate.reasons.items())
        result.add_row(gate.title, str(gate.given), str(gate.kept), reasons)
    return result


if __name__ == "__main__":
    main()
