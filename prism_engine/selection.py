"""Which runs of a pipeline are carried out, and whether all that they need is there.

Everything is checked before the first step, and before torch is imported: a typing mistake in the
last run's data must not show after the first has trained for a day.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from prism_engine.contract.config import Ask, Curate, InvalidRecipe, Pipeline, Problem
from prism_engine.contract.manifest import MANIFEST
from prism_engine.contract.settings import FromCheckpoint, FromModel, FromRun

_HUB_ID = re.compile(r"[\w-][\w.-]*/[\w-][\w.-]*")


def select_runs(
    pipeline: Pipeline, out: Path, only: str | None, checkpoint: Path | None
) -> list[str]:
    """The runs to carry out, parents before children: all, or `only` one.

    Raises:
        InvalidRecipe: there is no such run, something that a run needs is missing, or `out` holds
            one of the runs already.
    """
    names = pipeline.in_order()
    if only is not None and only not in names:
        _refuse("--only", f"there is no run '{only}'; name one of: {', '.join(names)}")
    chosen = names if only is None else [only]
    if checkpoint is not None and len(chosen) > 1:
        _refuse("--resume", f"it is of one run; say which with --only: {', '.join(names)}")
    for name in chosen:
        # A curation goes on from its ledger, and needs no checkpoint for that.
        fresh = checkpoint is None and not isinstance(pipeline.runs[name], Curate)
        if fresh and (out / name / "events.jsonl").exists():
            _refuse("--out", f"{out / name} holds a run already; choose another or use --resume")
    if problems := [*_missing(pipeline, out, chosen)]:
        raise InvalidRecipe(problems)
    return chosen


def _missing(pipeline: Pipeline, out: Path, chosen: Sequence[str]) -> Iterator[Problem]:
    for name in chosen:
        run = pipeline.runs[name]
        for setting, location in run.data_sets().items():
            data = Path(location)
            if not (data / "data.jsonl").is_file() and not data.is_file():
                message = (
                    f"there is no data set {data}; name a folder with a data.jsonl, or the file"
                )
                yield Problem(field=f"runs.{name}.{setting}", message=message)
        for number, image in enumerate(run.images if isinstance(run, Ask) else ()):
            if not Path(image).is_file():
                message = f"there is no image {image}; name a file"
                yield Problem(field=f"runs.{name}.images.{number}", message=message)
        for role in ("policy", "discriminator"):
            message = _problem_with(getattr(run, role, None), role, out, chosen)
            if message:
                yield Problem(field=f"runs.{name}.{role}", message=message)


def _problem_with(reference: object, role: str, out: Path, chosen: Sequence[str]) -> str | None:
    if isinstance(reference, FromRun) and reference.run not in chosen:
        export = out / reference.run / "export" / role
        if not (export / MANIFEST).is_file():
            return f"run '{reference.run}' has not been carried out in {out}; do that first"
    if isinstance(reference, FromCheckpoint):
        return "only a server knows checkpoints by id; name the folder of one as a model"
    if isinstance(reference, FromModel):
        # What looks like a hub id is taken for one, and downloaded when its run begins.
        known = Path(reference.model).is_dir() or _HUB_ID.fullmatch(reference.model)
        return None if known else f"there is no folder {reference.model}; name one, or a hub id"
    return None


def _refuse(field: str, message: str) -> None:
    raise InvalidRecipe([Problem(field=field, message=message)])
