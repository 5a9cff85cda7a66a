"""Compare our rules with the authors' scorers; figures and fixtures are written anew."""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.oracle_scorers import ORACLES
from bench.oracle_scorers.environment import Unavailable, Workplace, get_checkout, get_python
from bench.oracle_scorers.oracle import (
    Compared,
    Oracle,
    compare,
    explanation,
    figures,
    read_fixture,
    write_fixture,
)
from bench.record import record, recorded

CACHE = Path.home() / ".cache" / "prism-oracles"
SEED = 0
SHOWN = 20


def main() -> int:
    """Examine the oracles that are named."""
    parser = argparse.ArgumentParser(prog="python -m bench.oracle_scorers", description=__doc__)
    parser.add_argument("names", nargs="*", help=f"of {', '.join(ORACLES)}; all if left out")
    parser.add_argument(
        "--kept", action="store_true", help="our rules again, beside the verdicts that are kept"
    )
    parser.add_argument("--checkouts", type=Path, help="folder of owner/name, instead of cloning")
    parser.add_argument("--cache", type=Path, default=CACHE, help="of clones and environments")
    chosen = parser.parse_args()
    if unknown := set(chosen.names) - ORACLES.keys():
        parser.error(f"there is no oracle {unknown.pop()}; name one of: {', '.join(ORACLES)}")
    found = recorded("oracle_scorers") if chosen.names or chosen.kept else {}
    try:
        for name in chosen.names or ORACLES:
            if chosen.kept:
                found[name] = found.get(name, {}) | _again(name, ORACLES[name])
            else:
                found[name] = _examine(name, ORACLES[name], chosen.cache, chosen.checkouts)
    except Unavailable as error:
        print(error, file=sys.stderr)
        return 1
    record("oracle_scorers", found)
    return int(any(of["unexplained"] for of in found.values()))


def _examine(name: str, oracle: Oracle, cache: Path, checkouts: Path | None) -> dict[str, Any]:
    checkout = get_checkout(
        oracle.repository, oracle.commit, oracle.paths, checkouts or cache / "repositories"
    )
    python = get_python(oracle.requirements, cache / "environments")
    pairs = oracle.pairs(random.Random(SEED))  # noqa: S311 (nothing secret)
    with tempfile.TemporaryDirectory() as folder:
        workplace = Workplace(checkout, python, Path(folder))
        official = oracle.official(workplace, pairs)
        tables = oracle.tables(workplace, random.Random(SEED))  # noqa: S311 (nothing secret)
    compared = compare(name, pairs, official)
    write_fixture(name, compared)
    _show(oracle, compared)
    return figures(oracle, compared) | tables


def _again(name: str, oracle: Oracle) -> dict[str, Any]:
    """What a change of our rules changes; the scorer need not run for that."""
    pairs, official = zip(*read_fixture(name), strict=True)
    compared = compare(name, pairs, official)
    _show(oracle, compared)
    return figures(oracle, compared)


def _show(oracle: Oracle, compared: list[Compared]) -> None:
    unexplained = [c for c in compared if not c.agree and explanation(oracle, c) is None]
    for each in unexplained[:SHOWN]:
        gold, answer = each.pair.item["answer"], each.pair.answer
        print(f"gold {gold!r}, given {answer!r}: official {each.official}, ours {each.ours}")


if __name__ == "__main__":
    sys.exit(main())
