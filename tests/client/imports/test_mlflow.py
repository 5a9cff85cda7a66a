"""A folder that MLflow 3.17.2 wrote, its ids and paths shortened, and what its exporter writes."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from prism_client.imports.mlflow import read_mlflow
from prism_client.imports.recorded import Quarantined, RecordedRun

MLRUNS = Path(__file__).parent / "mlruns"


@pytest.fixture
def mlruns(tmp_path: Path) -> Path:
    return Path(shutil.copytree(MLRUNS, tmp_path / "mlruns"))


def runs(folder: Path) -> dict[str, RecordedRun]:
    return {found.run: found for found in read_mlflow(folder) if isinstance(found, RecordedRun)}


def curve(run: RecordedRun, name: str) -> list[tuple[int, float]]:
    return [(point.step, point.value) for point in run.points if point.name == name]


def test_the_file_store_is_read(mlruns: Path) -> None:
    found = runs(mlruns)
    first, broken = found["sft-lr-1e-5"], found["broken"]
    assert (first.pipeline, first.state, broken.state) == ("captions", "succeeded", "failed")
    assert curve(first, "train/loss") == [(step, 1 / (step + 1)) for step in range(5)]
    assert curve(first, "accuracy") == [(step, step / 10) for step in range(5)]
    assert first.parameters == {"learning_rate": 1e-5, "optimizer/name": "adamw"}
    assert first.tags == ["team=vision"]
    assert first.note == "# First try\nwith short captions"
    assert first.started_at == datetime.fromtimestamp(1795722676.402, UTC)
    assert first.remarks == ["left out 1 values of loss_at_end are not finite"]
    assert curve(broken, "train/loss") == [(1, 2.0)]


def test_events_hold_each_step_once_with_all_its_numbers(mlruns: Path) -> None:
    remark, *steps = runs(mlruns)["sft-lr-1e-5"].events()
    assert (remark["type"], remark["seq"]) == ("log", 1)
    assert [event["seq"] for event in steps] == [2, 3, 4, 5, 6]
    assert steps[1]["metrics"] == {"train/loss": 0.5, "accuracy": 0.1}
    assert steps[1]["at"] == "2026-11-26T19:51:16.416000+00:00"


def test_broken_and_deleted_files_are_put_aside(mlruns: Path) -> None:
    place = mlruns / "1" / "aaaa"
    (place / "metrics" / "accuracy").write_text("1795722676416 0.0 0\nno numbers here\n")
    meta = mlruns / "1" / "bbbb" / "meta.yaml"
    meta.write_text(meta.read_text().replace("active", "deleted"))
    (mlruns / "2" / "cccc").mkdir(parents=True)
    (mlruns / "2" / "cccc" / "meta.yaml").write_text("run_id: [unclosed")
    found = list(read_mlflow(mlruns))
    assert [(item.path, item.reason) for item in found if isinstance(item, Quarantined)] == [
        (
            place / "metrics" / "accuracy",
            "line 2 is no `timestamp value step`: 'no numbers here'; those before it were taken",
        ),
        (meta.parent, "was deleted in MLflow"),
        (
            mlruns / "2" / "cccc" / "meta.yaml",
            "cannot be read: while parsing a flow sequence",
        ),
    ]
    (run,) = [item for item in found if isinstance(item, RecordedRun)]
    assert curve(run, "accuracy") == [(0, 0.0)]
    assert len(curve(run, "train/loss")) == 5


INFO = {
    "run_id": "0af1", "run_name": "export", "experiment_id": "7", "status": "KILLED",
    "start_time": 1_700_000_000_000, "end_time": 1_700_000_060_000,
}  # fmt: skip


def test_an_export_with_histories_is_read(tmp_path: Path) -> None:
    (tmp_path / "0af1").mkdir()
    experiment = {"mlflow": {"experiment": {"experiment_id": "7", "name": "wine"}}}
    (tmp_path / "experiment.json").write_text(json.dumps(experiment))
    history = [
        {"key": "rmse", "value": 2.0, "timestamp": 1_700_000_001_000, "step": 1},
        {"key": "rmse", "value": 1.0, "timestamp": 1_700_000_002_000, "step": 2},
    ]
    run = {"info": INFO, "params": {"depth": "3"}, "metrics": {"rmse": history},
           "tags": {"team": "two words"}}  # fmt: skip
    (tmp_path / "0af1" / "run.json").write_text(json.dumps({"system": {}, "mlflow": run}))
    (tmp_path / "0af1" / "artifact.json").write_text("[1, 2]")
    found = list(read_mlflow(tmp_path))
    assert [item.reason for item in found if isinstance(item, Quarantined)] == ["holds no mapping"]
    (read,) = [item for item in found if isinstance(item, RecordedRun)]
    assert (read.pipeline, read.run, read.state) == ("wine", "export", "cancelled")
    assert curve(read, "rmse") == [(1, 2.0), (2, 1.0)]
    assert read.parameters == {"depth": 3, "tags": {"team": "two words"}}


def test_one_run_as_it_is_described_is_read(tmp_path: Path) -> None:
    data = {"metrics": {"rmse": 1.5}, "params": {"depth": "3"}, "tags": {}}
    (tmp_path / "run.json").write_text(json.dumps({"info": INFO, "data": data}))
    run = runs(tmp_path)["export"]
    assert (run.pipeline, curve(run, "rmse")) == ("7", [(0, 1.5)])


def test_metrics_that_are_none_are_put_aside(tmp_path: Path) -> None:
    data = {"metrics": {"rmse": "high"}, "params": {}, "tags": {}}
    (tmp_path / "run.json").write_text(json.dumps({"info": INFO, "data": data}))
    (aside,) = read_mlflow(tmp_path)
    assert isinstance(aside, Quarantined)
    assert "metrics cannot be read" in aside.reason
