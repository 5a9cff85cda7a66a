"""MLflow's runs: a folder `mlruns` of its file store, or JSON files that were exported.

An export is what `mlflow-export-import` writes (`run.json`, below `experiment.json`), or one run as
`mlflow runs describe` prints it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from prism_client.imports.recorded import (
    Point,
    Quarantined,
    RecordedRun,
    State,
    read_value,
    short,
    usable,
)

STATES: Mapping[int | str, State] = {
    1: "stopped", "RUNNING": "stopped",
    2: "stopped", "SCHEDULED": "stopped",
    3: "succeeded", "FINISHED": "succeeded",
    4: "failed", "FAILED": "failed",
    5: "cancelled", "KILLED": "cancelled",
}  # fmt: skip
"""What MLflow says of a run, as its file store numbers it and as its API names it."""

MOST_TAGS = 50
TAG = re.compile(r"^[^\s,()\"]{1,63}$")
UNFINISHED = ("RUNNING", "SCHEDULED", 1, 2)


class _Unreadable(Exception):
    """A file that is not what it should be; the message says why."""


def read_mlflow(folder: Path) -> Iterator[RecordedRun | Quarantined]:
    """Give every run below a folder, and what of it is broken."""
    for meta in sorted(folder.rglob("meta.yaml")):
        yield from _guarded(meta, _from_store)
    for file in sorted(folder.rglob("*.json")):
        yield from _guarded(file, _from_export)


def _guarded(file: Path, read: Any) -> Iterator[RecordedRun | Quarantined]:
    try:
        yield from read(file)
    except _Unreadable as error:
        yield Quarantined(file, str(error))


def _from_store(meta: Path) -> Iterator[RecordedRun | Quarantined]:
    info = _mapping(meta, yaml.safe_load)
    if "run_id" not in info and "run_uuid" not in info:
        return  # That of an experiment, a model or a trace.
    if info.get("lifecycle_stage") == "deleted":
        yield Quarantined(meta.parent, "was deleted in MLflow")
        return
    place = meta.parent
    points: list[Point] = []
    broken: list[Quarantined] = []
    for name, file in _entries(place / "metrics"):
        try:
            points += _history(name, file)
        except _Unreadable as error:
            broken.append(Quarantined(file, str(error)))
    yield from broken
    experiment = place.parent / "meta.yaml"
    known = _mapping(experiment, yaml.safe_load) if experiment.exists() else {}
    yield _run(
        location=str(place.absolute()),
        experiment=str(known.get("name") or place.parent.name),
        info=info,
        points=points,
        parameters={name: _text(file) for name, file in _entries(place / "params")},
        tags={name: _text(file) for name, file in _entries(place / "tags")},
        remarks=[f"metrics/{file.name}: {reason}" for file, reason in broken],
    )


def _from_export(file: Path) -> Iterator[RecordedRun | Quarantined]:
    content = _mapping(file, json.loads)
    said = content.get("mlflow", content)
    if not isinstance(said, dict) or not isinstance(info := said.get("info"), dict):
        return  # Another JSON file, such as an artifact.
    if "run_id" not in info:
        return
    data = said.get("data") or said
    try:
        points = list(_exported(data.get("metrics") or {}, info))
    except (TypeError, ValueError, KeyError, AttributeError, OverflowError) as error:
        raise _Unreadable(f"its metrics cannot be read: {error!r}") from error
    yield _run(
        location=str(file.absolute()),
        experiment=_experiment_of(file) or str(info.get("experiment_id", "mlflow")),
        info=info,
        points=points,
        parameters=_pairs(data.get("params")),
        tags=_pairs(data.get("tags")),
        remarks=[],
    )


def _experiment_of(file: Path) -> str | None:
    """Return the name of the experiment that an exported run lies in."""
    for folder in (file.parent, file.parent.parent):
        if (beside := folder / "experiment.json").exists():
            match _mapping(beside, json.loads):
                case {"mlflow": {"experiment": {"name": str(name)}}}:
                    return name
    return None


def _exported(metrics: Any, info: Mapping[str, Any]) -> Iterator[Point]:
    """Read `{name: [{value, step, timestamp}]}`, a list of those, or `{name: last value}`."""
    named = metrics.items() if isinstance(metrics, dict) else [(m["key"], [m]) for m in metrics]
    for name, history in named:
        for entry in history if isinstance(history, list) else [{"value": history}]:
            at = entry.get("timestamp") or info.get("end_time") or info.get("start_time") or 0
            yield Point(str(name), int(entry.get("step") or 0), float(entry["value"]), _moment(at))


def _history(name: str, file: Path) -> Iterator[Point]:
    """Read lines of `timestamp value step`."""
    for number, line in enumerate(_text(file).splitlines(), start=1):
        words = line.split()
        try:
            step = int(words[2]) if len(words) > 2 else 0
            yield Point(name, step, float(words[1]), _moment(words[0]))
        except (ValueError, IndexError, OverflowError) as error:
            problem = f"is no `timestamp value step`: {line[:80]!r}; those before it were taken"
            raise _Unreadable(f"line {number} {problem}") from error


def _run(
    location: str,
    experiment: str,
    info: Mapping[str, Any],
    points: list[Point],
    parameters: Mapping[str, str],
    tags: Mapping[str, str],
    remarks: list[str],
) -> RecordedRun:
    kept, lost = usable(points)
    status = info.get("status", "FINISHED")
    if status in UNFINISHED:
        remarks = [*remarks, "MLflow had not heard of its end when it was imported"]
    name = tags.get("mlflow.runName") or info.get("run_name") or info.get("run_id")
    words, sentences = _parted(tags)
    values: dict[str, Any] = {name: read_value(value) for name, value in parameters.items()}
    return RecordedRun(
        tracker="mlflow",
        location=location,
        pipeline=short(experiment),
        run=short(str(name)),
        points=kept,
        parameters=values | ({"tags": sentences} if sentences else {}),
        tags=words,
        note=tags.get("mlflow.note.content", ""),
        state=STATES.get(status, "stopped"),
        started_at=_moment_or_none(info.get("start_time")),
        finished_at=_moment_or_none(info.get("end_time")),
        remarks=[*remarks, *lost],
    )


def _parted(tags: Mapping[str, str]) -> tuple[list[str], dict[str, str]]:
    """Part what people tagged into words that a run can carry, and longer sayings."""
    words: list[str] = []
    sentences: dict[str, str] = {}
    for name, value in tags.items():
        word = f"{name}={value}" if value else name
        if name.startswith("mlflow."):
            continue
        if TAG.match(word) and len(words) < MOST_TAGS:
            words.append(word)
        else:
            sentences[name] = value
    return words, sentences


def _entries(folder: Path) -> Iterator[tuple[str, Path]]:
    """Give (name, file) of metrics, parameters or tags; a `/` in a name is a folder."""
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            yield file.relative_to(folder).as_posix(), file


def _pairs(content: Any) -> dict[str, str]:
    """Read `{key: value}`, or a list of `{"key": …, "value": …}`."""
    if isinstance(content, list):
        return {str(pair["key"]): str(pair["value"]) for pair in content}
    return {str(key): str(value) for key, value in (content or {}).items()}


def _mapping(file: Path, read: Any) -> dict[str, Any]:
    try:
        content = read(_text(file))
    except (ValueError, yaml.YAMLError) as error:
        raise _Unreadable(f"cannot be read: {str(error).splitlines()[0]}") from error
    if not isinstance(content, dict):
        raise _Unreadable("holds no mapping")
    return content


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8", errors="replace")


def _moment(milliseconds: Any) -> datetime:
    return datetime.fromtimestamp(int(milliseconds) / 1000, UTC)


def _moment_or_none(milliseconds: Any) -> datetime | None:
    try:
        return _moment(milliseconds) if milliseconds else None
    except (ValueError, TypeError, OverflowError, OSError):
        return None
