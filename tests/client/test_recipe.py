from pathlib import Path

import pytest

from prism_client.command.recipe import load_recipe
from prism_engine.contract.config import InvalidRecipe


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    path = tmp_path / "recipe.yaml"
    path.write_text("name: prism\nruns:\n  sft:\n    kind: sft\n    steps: 1000\n")
    return path


def test_settings_are_replaced_and_added(recipe: Path) -> None:
    content = load_recipe(recipe, ["runs.sft.steps=10", "runs.sft.optimizer.learning_rate=1e-4"])
    assert content["runs"]["sft"] == {
        "kind": "sft",
        "steps": 10,
        "optimizer": {"learning_rate": "1e-4"},
    }


@pytest.mark.parametrize(
    ("change", "field", "remedy"),
    [
        ("runs.sft.steps", "runs.sft.steps", "write --set FIELD=VALUE"),
        ("name.steps=1", "name.steps", "there is no such setting"),
        ("name=[", "name", "is not YAML"),
    ],
)
def test_a_change_that_cannot_be_made_is_named(
    recipe: Path, change: str, field: str, remedy: str
) -> None:
    with pytest.raises(InvalidRecipe) as caught:
        load_recipe(recipe, [change])
    (problem,) = caught.value.problems
    assert problem.field == field
    assert remedy in problem.message


@pytest.mark.parametrize("content", ["- a list", "name: [unclosed", ""])
def test_what_is_no_recipe_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text(content)
    with pytest.raises(InvalidRecipe, match=r"recipe\.yaml"):
        load_recipe(path, [])


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidRecipe, match="cannot be read: No such file"):
        load_recipe(tmp_path / "missing.yaml", [])
