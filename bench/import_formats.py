"""`make import`: whether memory grows with the rows of an import, for every format.

Each import runs in a fresh process, whose highest memory the kernel notes. One row in a hundred is
broken, and must be quarantined for what is wrong with it.
"""

from __future__ import annotations

import argparse
import multiprocessing
import re
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.table import Table

from bench.console import console
from bench.record import record
from prism_engine.data.importers import importer_named
from prism_engine.data.importers.ingest import import_data
from prism_engine.data.importers.source import find_source
from tests.engine.data.importers.generated import FORMATS, PICTURES, expected, write

COUNTS = (10_000, 100_000)
MOST_GROWTH_MB = 20.0


@dataclass(frozen=True)
class Measured:
    """One import: what became of the rows, what it took of memory."""

    rows: int
    imported: int
    quarantined: dict[str, int]
    as_expected: bool
    peak_mb: float


def main() -> None:
    """Import every format at both lengths, print the table, and record the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--counts", type=int, nargs=2, default=COUNTS, help="rows, few and many")
    counts = parser.parse_args().counts
    found = {name: measure(name, counts) for name in FORMATS}
    console.print(table(found))
    record("import", figures(found))


def measure(name: str, counts: tuple[int, int]) -> list[Measured]:
    """Import a format at each length."""
    measured = []
    for count in counts:
        with TemporaryDirectory() as folder:
            file = write(FORMATS[name], Path(folder) / "source", count)
            measured.append(in_fresh_process(name, file, Path(folder) / "out", count))
        console.print(f"{name} {count:,}: {measured[-1].peak_mb:.1f} MB", markup=False)
    return measured


def in_fresh_process(name: str, file: Path, out: Path, count: int) -> Measured:
    """Import in a process that has done nothing before."""
    processes = multiprocessing.get_context("forkserver")
    # Loaded once in the process that forks, so that every import begins from the same memory.
    processes.set_forkserver_preload([__name__])
    with processes.Pool(1) as pool:
        return pool.apply(_import, (name, file, out, count))


def figures(found: dict[str, list[Measured]]) -> dict[str, Any]:
    """What is recorded: each format at both lengths, and the greatest growth of all."""
    return {
        "distinct_pictures": PICTURES,
        "broken_share": 0.01,
        "most_growth_mb": round(max(growth(pair) for pair in found.values()), 1),
        "allowed_growth_mb": MOST_GROWTH_MB,
        "all_as_expected": all(m.as_expected for pair in found.values() for m in pair),
        "formats": {
            name: {
                "rows": many.rows,
                "imported": many.imported,
                "quarantined": many.quarantined,
                "as_expected": few.as_expected and many.as_expected,
                f"peak_mb_at_{few.rows}": few.peak_mb,
                f"peak_mb_at_{many.rows}": many.peak_mb,
            }
            for name, (few, many) in found.items()
        },
    }


def growth(pair: list[Measured]) -> float:
    """Memory that the longer import took more than the shorter one."""
    few, many = pair
    return many.peak_mb - few.peak_mb


def table(found: dict[str, list[Measured]]) -> Table:
    """Rows and memory by format."""
    shown = Table(title="Imports")
    for column in ("format", "rows", "quarantined", "peak, few", "peak, many"):
        shown.add_column(column, justify="left" if column == "format" else "right")
    for name, (few, many) in found.items():
        shown.add_row(
            name,
            f"{many.rows:,}",
            f"{many.rows - many.imported:,}{'' if many.as_expected else ' (!)'}",
            f"{few.peak_mb:.1f} MB",
            f"{many.peak_mb:.1f} MB",
        )
    return shown


def _import(name: str, file: Path, out: Path, count: int) -> Measured:
    source = find_source(str(file))
    report = import_data(source, out, importer_named(name, source.layout))
    return Measured(
        rows=report.rows,
        imported=report.imported,
        quarantined=dict(report.quarantined),
        as_expected=dict(report.quarantined) == expected(count),
        peak_mb=round(_peak_mb(), 1),
    )


def _peak_mb() -> float:
    """The most memory that this process ever had, by the kernel's own note."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found is not None
    return int(found[1]) * 1024 / 1e6


if __name__ == "__main__":
    main()
