"""The corpus on disk: three ordinary data sets, each with a datasheet that shows the funnel."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prism_engine.contract.config import Curate
from prism_engine.contract.manifest import hash_file
from prism_engine.curation.candidate import Candidate, Dropped
from prism_engine.curation.parting import Corpus

DATASETS = ("sft", "alignment", "rlvr")


@dataclass(frozen=True)
class Passed:
    """One gate, once everything has gone through it."""

    gate: str
    title: str
    given: int
    kept: int
    reasons: dict[str, int]
    notes: dict[str, int]
    dropped: list[Dropped]


def export(folder: Path, corpus: Corpus, funnel: Sequence[Passed], settings: Curate) -> None:
    """Write everything into `folder`, which gets its name once all of it is there."""
    unfinished = folder.with_name(f"{folder.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    for name in DATASETS:
        candidates: list[Candidate] = getattr(corpus, name)
        if candidates:
            _write_data(unfinished / name, candidates, taught=name != "rlvr")
            sheet = datasheet(name, corpus, funnel, settings)
            (unfinished / name / "README.md").write_text(sheet, encoding="utf-8")
    unfinished.mkdir(exist_ok=True)
    _write_lines(
        unfinished / "dropped.jsonl",
        [
            {"id": one.id, "gate": passed.gate, "reason": one.reason}
            for passed in funnel
            for one in passed.dropped
        ],
    )
    shutil.rmtree(folder, ignore_errors=True)
    unfinished.rename(folder)


def datasheet(name: str, corpus: Corpus, funnel: Sequence[Passed], settings: Curate) -> str:
    """What is in a data set, where it comes from, and what was left out and why."""
    rows = [
        f"| {passed.title} | {passed.given} | {passed.kept} | {_counts(passed.reasons)} |"
        for passed in funnel
    ]
    notes = [f"- {passed.title}: {_counts(passed.notes)}" for passed in funnel if passed.notes]
    sizes = ", ".join(f"{len(getattr(corpus, one))} in {one}" for one in DATASETS)
    return "\n".join(
        [
            f"# {PURPOSES[name]}",
            "",
            f"{len(getattr(corpus, name))} items; of one curation there are {sizes}.",
            f"No item of alignment is in another one; {corpus.overlap} items are both in sft and "
            "in rlvr.",
            "",
            *_sources(settings),
            "",
            "| gate | given | kept | dropped, by reason |",
            "|---|---|---|---|",
            *rows,
            "",
            *notes,
            "",
            "Nobody has looked at the responses: they are a model's, and right only in so far as "
            "their answers agree with the gold. Items whose gold is suspect are in dropped.jsonl.",
            "",
        ]
    )


PURPOSES = {
    "sft": "Demonstrations for supervised fine-tuning",
    "alignment": "Demonstrations for alignment, held out from supervised fine-tuning",
    "rlvr": "Questions for reinforcement learning with verifiable rewards",
}


def _sources(settings: Curate) -> list[str]:
    """Who said what. Addresses are the curator's own, and say nothing of the data."""
    teacher = settings.teacher
    found = [
        f"- teacher: {teacher.endpoint.model}, {teacher.samples} responses an item at temperature "
        f"{teacher.temperature:g}",
    ]
    if settings.panel is not None:
        models = ", ".join(endpoint.model for endpoint in settings.panel.endpoints)
        found.append(f"- panel: {models}, {settings.panel.samples} tries of each")
    if settings.blind is not None:
        found.append(f"- blind check: {settings.blind.endpoint.model}")
    if settings.benchmarks:
        found.append(f"- kept apart from: {', '.join(settings.benchmarks)}")
    if settings.rlvr is not None:
        found.append(f"- pass rates: of {settings.policy_name}, {settings.rlvr.samples} samples")
    return found


def _counts(counts: Mapping[str, int]) -> str:
    return "; ".join(f"{count} {reason}" for reason, count in counts.items()) or "none"


def _write_data(folder: Path, candidates: Sequence[Candidate], *, taught: bool) -> None:
    (folder / "images").mkdir(parents=True)
    rows = []
    for candidate in candidates:
        names = [_keep_image(image, folder / "images") for image in candidate.images]
        record = candidate.record.model_copy(
            update={
                "images": [f"images/{name}" for name in names],
                "rollouts": [],
                **({} if taught else {"response": None}),
            }
        )
        rows.append(record.model_dump(mode="json", exclude_defaults=True) | _typed(record))
    _write_lines(folder / "data.jsonl", rows)


def _typed(record: Any) -> dict[str, Any]:
    """The answer with its type, which is a default and would be left out."""
    return {"answer": record.answer.model_dump(mode="json")}


def _keep_image(image: Path, folder: Path) -> str:
    name = f"{hash_file(image)}{image.suffix.lower()}"
    if not (folder / name).exists():
        shutil.copyfile(image, folder / name)
    return name


def _write_lines(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        file.flush()
        os.fsync(file.fileno())
