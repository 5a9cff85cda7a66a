"""Runs as a folder `mlruns` of MLflow's file store: an experiment per pipeline."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import yaml

from prism_client.client import Client
from prism_client.exports.curves import Step, steps_of
from prism_client.exports.tables import flat
from prism_client.resources import Pipeline, Run, RunEnvironment

STATUS = {"succeeded": 3, "failed": 4, "cancelled": 5, "stopped": 5, "running": 1, "claimed": 1}
SCHEDULED = 2
"""MLflow's numbers; what waits is scheduled."""


class MlflowFolder:
    """Writes experiments and runs below a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write_pipeline(self, pipeline: Pipeline) -> Path:
        """Write the experiment of a pipeline; returns its folder."""
        experiment = str(int(sha256(pipeline.id.encode()).hexdigest()[:12], 16))
        place = self._folder / experiment
        place.mkdir(parents=True, exist_ok=True)
        created = _milliseconds(pipeline.created_at)
        meta = {
            "artifact_location": place.absolute().as_uri(),
            "creation_time": created,
            "experiment_id": experiment,
            "last_update_time": created,
            "lifecycle_stage": "active",
            "name": f"{pipeline.name} #{pipeline.number} {pipeline.id}",
        }
        (place / "meta.yaml").write_text(yaml.safe_dump(meta))
        return place

    def write_run(self, client: Client, run: Run, experiment: Path) -> Path:
        """Write one run with every step of its metrics; returns its folder."""
        run_id = run.id.removeprefix("run_")
        place = experiment / run_id
        for part in ("metrics", "params", "tags", "artifacts"):
            (place / part).mkdir(parents=True, exist_ok=True)
        meta = {
            "artifact_uri": (place / "artifacts").absolute().as_uri(),
            "end_time": _milliseconds(run.finished_at),
            "entry_point_name": "",
            "experiment_id": experiment.name,
            "lifecycle_stage": "active",
            "run_id": run_id,
            "run_name": run.name,
            "source_name": "",
            "source_type": 4,
            "source_version": "",
            "start_time": _milliseconds(run.started_at or run.created_at),
            "status": STATUS.get(run.state, SCHEDULED),
            "tags": [],
            "user_id": "prism",
        }
        (place / "meta.yaml").write_text(yaml.safe_dump(meta))
        _write_entries(place / "params", {n: str(v) for n, v in flat(run.config).items()})
        recorded = client.environment(run.id)
        _write_entries(place / "tags", _tags(run) | _commit(recorded))
        if recorded.environment:
            (place / "artifacts" / "environment.json").write_text(
                recorded.model_dump_json(indent=1), encoding="utf-8"
            )
        _write_entries(place / "metrics", _histories(steps_of(client, run.id)))
        return place


def _tags(run: Run) -> dict[str, str]:
    tags = {"mlflow.runName": run.name, "mlflow.source.name": run.id, "kind": run.kind}
    if run.note:
        tags["mlflow.note.content"] = run.note
    return tags | {name: value or "true" for name, _, value in (t.partition("=") for t in run.tags)}


def _commit(recorded: RunEnvironment) -> dict[str, str]:
    commit = recorded.environment and recorded.environment.code.commit
    return {"mlflow.source.git.commit": commit} if commit else {}


def _histories(steps: list[Step]) -> dict[str, str]:
    """Return MLflow's lines `timestamp value step` of every metric."""
    lines = defaultdict[str, list[str]](list)
    for step in steps:
        for name, value in step.metrics.items():
            lines[name].append(f"{_milliseconds(step.at)} {value!r} {step.step}\n")
    return {name: "".join(of_name) for name, of_name in lines.items()}


def _write_entries(folder: Path, entries: Mapping[str, str]) -> None:
    for name, content in entries.items():
        path = folder / _name(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")


def _name(name: str) -> str:
    """Spell a name with the letters that MLflow allows; none leaves its folder."""
    parts = [re.sub(r"[^\w\-. ]", "_", part) for part in name.split("/")]
    return "/".join("_" if part.strip(". ") == "" else part for part in parts)


def _milliseconds(moment: datetime | None) -> Any:
    return None if moment is None else int(moment.timestamp() * 1000)
