"""`prism launch --grid` and `prism studies` as a CI job runs them."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from prism_client.command.grid import read_grid
from prism_engine.contract.config import InvalidRecipe
from tests.client.conftest import Prism, answer_of


def test_options_are_a_grid() -> None:
    grid = read_grid(
        ["rlvr.algorithm=grpo,{kind: dapo, most_draws: 3}", "sft.steps=5,10"],
        ["Dense: warmup.discriminator=dense; sft.steps=7"],
        "0,1",
    )
    assert grid is not None
    assert grid.settings == {
        "rlvr.algorithm": ["grpo", {"kind": "dapo", "most_draws": 3}], "sft.steps": [5, 10],
    }  # fmt: skip
    (ablation,) = grid.ablations
    assert ablation.label == "Dense"
    assert ablation.changes == {"warmup.discriminator": "dense", "sft.steps": 7}
    assert grid.seeds == [0, 1]
    assert read_grid([], [], None) is None


@pytest.mark.parametrize(
    ("settings", "ablations", "seeds", "message"),
    [
        (["sft.steps"], [], None, "write --grid FIELD=VALUE"),
        (["sft.steps="], [], None, "at least one value"),
        (["sft.steps={"], [], None, "no list of values"),
        ([], ["Dense"], None, "write --ablation 'LABEL"),
        ([], [], "one", "valid integer"),
    ],
)
def test_options_that_cannot_be_read_are_refused(
    settings: list[str], ablations: list[str], seeds: str | None, message: str
) -> None:
    with pytest.raises(InvalidRecipe, match=message):
        read_grid(settings, ablations, seeds)


def test_a_study_is_checked_launched_and_looked_at(prism: Prism, recipe: Path) -> None:
    content = yaml.safe_load(recipe.read_text())
    content["runs"]["more"] = content["runs"]["sft"] | {"policy": {"run": "sft"}}
    chain = recipe.with_name("chain.yaml")
    chain.write_text(yaml.safe_dump(content))
    checked = prism("validate", str(chain), "--grid", "runs.more.steps=2,4", "--seeds", "0,1")
    assert checked.stdout == (
        "valid: 2 arms × 2 seeds, 6 runs; 2 more without those that arms share\n"
    ), checked.stderr
    wrong = prism("validate", str(recipe), "--grid", "sft.stepz=1")
    assert (wrong.returncode, "did you mean 'steps'?" in wrong.stderr) == (2, True)
    assert prism("launch", str(recipe), "--at-once", "2").returncode == 2

    done = prism(
        "launch", str(recipe), "--grid", "sft.steps=2,4", "--seeds", "5", "--study", "two-lengths",
        "--at-once", "2", "--wait", "--json", "--require", "sft-steps-4:loss<=0.25",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    study = answer_of(done)
    assert (study["name"], study["state"], study["most_at_once"]) == ("two-lengths", "succeeded", 2)
    assert [(cell["arm"], cell["seed"], cell["state"]) for cell in study["cells"]] == [
        ("steps 2", 5, "succeeded"), ("steps 4", 5, "succeeded"),
    ]  # fmt: skip
    assert study["requirements"][0]["figures"] == [{"of": ["sft-steps-4"], "value": 0.25}]
    (listed, *_) = answer_of(prism("studies", "ls", "--json"))
    assert (listed["id"], listed["arms"], listed["seeds"]) == (study["id"], 2, 1)
    assert "steps 4" in prism("studies", "show", study["id"]).stdout
