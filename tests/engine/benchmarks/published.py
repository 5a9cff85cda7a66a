"""Published files of our own rows in the authors' schema, with a picture for each."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from prism_engine.benchmarks.published import Published, write_benchmark
from prism_engine.data.records import DataSet, read_data


def written(
    benchmark: Published, rows: Sequence[Mapping[str, Any]], folder: Path, **how
) -> DataSet:
    """The data set that comes of rows which name `figure.png`."""
    folder.mkdir(exist_ok=True)
    Image.new("RGB", (32, 16), "blue").save(folder / "figure.png")
    split = how.pop("split", next(iter(benchmark.splits)))
    (folder / f"{split}.json").write_text(json.dumps(rows))
    how = {"split": split, "style": next(iter(benchmark.styles)), "part": True, **how}
    write_benchmark(benchmark, str(folder), folder / "out", **how)
    return read_data(folder / "out")


def measures(scores: Iterable[str]) -> set[str]:
    """What scores measure; the part that each is over stands behind a slash."""
    return {score.partition("/")[0] for score in scores}
