"""`prism import` and `prism export` against a server: what is taken in is what comes out again."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet

from prism_client.imports.mlflow import read_mlflow
from prism_client.imports.recorded import RecordedRun
from tests.client.conftest import Prism, answer_of
from tests.client.imports.test_event_files import scalar, write
from tests.client.imports.test_mlflow import MLRUNS
from tests.installation import Installation


@pytest.fixture(scope="module")
def from_mlflow(prism: Prism) -> Mapping[str, Any]:
    return answer_of(prism("import", "mlflow", str(MLRUNS), "--tag", "old", "--json"))


def test_runs_of_mlflow_come_with_their_curves(
    served: Installation, from_mlflow: Mapping[str, Any]
) -> None:
    assert from_mlflow["quarantined"] == []
    first, broken = from_mlflow["runs"]
    assert (first["run"], first["points"], broken["state"]) == ("sft-lr-1e-5", 10, "failed")
    with served.client as client:
        run = client.run(first["id"])
        (loss,) = client.metrics(first["id"], ["train/loss"]).series
        (line,) = client.logs(first["id"])
    assert (run.kind, run.tags) == ("imported", ["old", "team=vision"])
    assert [point[:2] for point in loss.points] == [(step, 1 / (step + 1)) for step in range(5)]
    assert line.text == "left out 1 values of loss_at_end are not finite"


def test_the_same_import_again_makes_nothing_new(
    prism: Prism, from_mlflow: Mapping[str, Any]
) -> None:
    again = answer_of(prism("import", "mlflow", str(MLRUNS), "--tag", "old", "--json"))
    assert [run["id"] for run in again["runs"]] == [run["id"] for run in from_mlflow["runs"]]


def test_event_files_come_with_what_is_broken_named(
    served: Installation, prism: Prism, tmp_path: Path
) -> None:
    write(tmp_path / "good", *(scalar("train/loss", step, 1 / step) for step in (1, 2, 4)))
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "events.out.tfevents.1").write_bytes(b"nothing of the kind, really")
    done = prism("import", "tensorboard", str(tmp_path), "--name", "board", "--json")
    answer = answer_of(done)
    ((row,), (aside,)) = answer["runs"], answer["quarantined"]
    assert aside["reason"] == "is damaged after 0 records; those were taken"
    with served.client as client:
        (loss,) = client.metrics(row["id"]).series
        assert client.pipeline(client.run(row["id"]).pipeline_id).name == "board"
    assert [point[:2] for point in loss.points] == [(1, 1.0), (2, 0.5), (4, 0.25)]


def test_a_folder_without_runs_is_bad_input(prism: Prism, tmp_path: Path) -> None:
    done = prism("import", "mlflow", str(tmp_path))
    assert (done.returncode, "there is no run to import" in done.stderr) == (2, True)


def test_a_dry_run_imports_nothing(prism: Prism, tmp_path: Path) -> None:
    shutil.copytree(MLRUNS / "1" / "bbbb", tmp_path / "5" / "dddd")
    (row,) = answer_of(prism("import", "mlflow", str(tmp_path), "--dry-run", "--json"))["runs"]
    assert (row["id"], row["pipeline"], row["points"]) == (None, "5", 1)


def test_tables_come_out_as_parquet_and_csv(
    prism: Prism, from_mlflow: Mapping[str, Any], tmp_path: Path
) -> None:
    run_id = from_mlflow["runs"][0]["id"]
    out = tmp_path / "curves.parquet"
    assert prism("export", "metrics", run_id, "--out", str(out)).returncode == 0
    table = parquet.read_table(out).to_pylist()
    assert len(table) == 10
    assert {"metric": "accuracy", "step": 3, "value": 0.3, "attempt": 1} in table
    done = prism("export", "runs", "--filter", "tag:old", "--out", str(tmp_path / "runs.csv"))
    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader((tmp_path / "runs.csv").read_text().splitlines()))
    by_name = {row["name"]: row for row in rows}
    assert by_name["sft-lr-1e-5"]["config.parameters.learning_rate"] == "1e-05"
    assert by_name["sft-lr-1e-5"]["metrics.accuracy"] == "0.4"
    assert by_name["broken"]["metrics.accuracy"] == ""
    refused = prism("export", "runs", "--out", str(tmp_path / "runs.xlsx"))
    assert (refused.returncode, ".parquet" in refused.stderr) == (2, True)


def test_what_goes_out_to_mlflow_comes_in_again(
    prism: Prism, from_mlflow: Mapping[str, Any], tmp_path: Path
) -> None:
    out = tmp_path / "mlruns"
    done = prism("export", "mlflow", "--filter", "tag:old", "--out", str(out), "--json")
    assert len(answer_of(done)) == 2
    found = {item.run: item for item in read_mlflow(out) if isinstance(item, RecordedRun)}
    first = found["sft-lr-1e-5"]
    original = {item.run: item for item in read_mlflow(MLRUNS) if isinstance(item, RecordedRun)}[
        "sft-lr-1e-5"
    ]
    assert sorted(first.points)[:5] == sorted(original.points)[:5]
    assert [p[:3] for p in sorted(first.points)] == [p[:3] for p in sorted(original.points)]
    assert first.parameters["parameters.learning_rate"] == 1e-5
    assert (first.note, found["broken"].state) == (original.note, "failed")
    assert set(first.tags) >= {"old=true", "team=vision"}
