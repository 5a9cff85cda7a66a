from __future__ import annotations

import csv
import json
from pathlib import Path

import yaml

from prism_client.command.compare import Difference, beside
from tests.client.conftest import Prism, answer_of


def test_a_figure_that_one_side_lacks_has_no_difference() -> None:
    assert beside({("a",): 1.0, ("b",): 2.0}, {("b",): 2.5}) == [
        Difference(("a",), 1.0, None, None),
        Difference(("b",), 2.0, 2.5, 0.5),
    ]


def launched(prism: Prism, recipe: Path, steps: int) -> dict:
    content = yaml.safe_load(recipe.read_text())
    content["runs"]["score"] = {"kind": "evaluate", "policy": {"run": "sft"}, "data": "tiny"}
    recipe.write_text(yaml.safe_dump(content))
    change = f"runs.sft.steps={steps}"
    return answer_of(prism("launch", str(recipe), "--wait", "--json", "--set", change))


def test_two_launches_are_compared_and_exported(prism: Prism, recipe: Path, tmp_path: Path) -> None:
    one, other = launched(prism, recipe, 2), launched(prism, recipe, 4)
    compared = answer_of(prism("compare", one["id"], other["id"], "--json"))
    assert compared["config"] == [{"field": "runs.sft.steps", "left": 2, "right": 4}]
    loss = {"of": ["sft", "loss"], "left": 0.5, "right": 0.25, "difference": -0.25}
    assert loss in compared["metrics"]
    accuracy = ["miniature", "sft", "accuracy_greedy"]
    assert compared["scores"] == [{"of": accuracy, "left": 0.5, "right": 0.5, "difference": 0.0}]

    runs = [{run["name"]: run["id"] for run in pipeline["runs"]} for pipeline in (one, other)]
    of_runs = answer_of(prism("compare", runs[0]["sft"], runs[1]["sft"], "--json"))
    assert of_runs["config"] == [{"field": "steps", "left": 2, "right": 4}]
    upgraded = {"field": "packages.transformers", "left": "5.2", "right": "5.4"}
    assert of_runs["environment"] == [upgraded]
    found = answer_of(prism("runs", "diff", runs[0]["sft"], runs[1]["sft"], "--json"))
    assert [row["field"] for row in found["environment"]] == ["packages.transformers"]
    shown = prism("runs", "environment", runs[0]["sft"]).stdout.splitlines()
    assert ["code.commit", "c" * 40] in [line.split() for line in shown]
    assert prism("runs", "environment", runs[0]["sft"], "--patch").stdout == "-old\n+new\n"
    whole = answer_of(prism("runs", "environment", runs[1]["sft"], "--json"))
    assert (whole["attempt"], whole["environment"]["packages"]["transformers"]) == (1, "5.4")
    of_runs = answer_of(prism("compare", runs[0]["score"], runs[1]["score"], "--json"))
    assert of_runs["scores"][0]["of"] == ["miniature", "accuracy_greedy"]
    assert "-0.25" in prism("compare", runs[0]["sft"], runs[1]["sft"]).stdout
    assert prism("compare", runs[0]["sft"], one["id"]).returncode == 2

    mlruns = tmp_path / "mlruns"
    prism("export", "mlflow", "--filter", "metrics.loss = 0.25", "--out", str(mlruns))
    (exported,) = mlruns.glob(f"*/{runs[1]['sft'].removeprefix('run_')}")
    assert (exported / "tags" / "mlflow.source.git.commit").read_text() == "c" * 40
    kept = json.loads((exported / "artifacts" / "environment.json").read_text())
    assert kept["environment"]["packages"]["torch"] == "2.12.0"

    written = tmp_path / "metrics.csv"
    prism("export", "metrics", runs[1]["sft"], "loss", "--out", str(written))
    assert list(csv.reader(written.read_text().splitlines())) == [
        ["metric", "step", "value", "attempt"],
        *([["loss", str(step), str(1 / step), "1"] for step in (1, 2, 3, 4)]),
    ]
    points = json.loads(prism("export", "metrics", runs[1]["sft"], "loss", "--json").stdout)
    assert points[3] == {"metric": "loss", "step": 4, "value": 0.25, "attempt": 1}
    row = next(csv.DictReader(prism("export", "results", one["id"]).stdout.splitlines()))
    assert row == {
        "benchmark": "miniature", "arm": "sft", "run_id": runs[0]["score"],
        "score": "accuracy_greedy", "value": "0.5", "low": "0.46", "high": "0.54", "n": "512",
    }  # fmt: skip
    named = answer_of(prism("runs", "ls", "--filter", "metrics.loss = 0.25", "--json"))
    assert runs[1]["sft"] in {run["id"] for run in named}
