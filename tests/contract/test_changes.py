from __future__ import annotations

import pytest

from prism_engine.contract.changes import Change, changes_between, with_change
from prism_engine.contract.config import concise, read_pipeline
from prism_engine.contract.recipes import recipe_files


def test_settings_that_differ_are_named_by_their_path() -> None:
    before = {"steps": 3, "optimizer": {"rate": 0.1, "beta": 0.9}, "policy": {"model": "base"}}
    after = {"steps": 3, "optimizer": {"rate": 0.2, "beta": 0.9}, "policy": "base", "lora": True}
    assert list(changes_between(before, after)) == [
        Change(field="lora", before=None, after=True),
        Change(field="optimizer.rate", before=0.1, after=0.2),
        Change(field="policy", before={"model": "base"}, after="base"),
    ]


def test_one_setting_is_replaced_and_the_others_stay() -> None:
    settings = {"runs": {"sft": {"steps": 3}}}
    assert with_change(settings, "runs.sft.game.steps", 4) == {
        "runs": {"sft": {"steps": 3, "game": {"steps": 4}}}
    }
    assert settings == {"runs": {"sft": {"steps": 3}}}
    with pytest.raises(KeyError):
        with_change(settings, "runs.sft.steps.more", 1)


@pytest.mark.parametrize("path", recipe_files(), ids=lambda path: path.stem)
def test_a_recipe_without_its_defaults_says_the_same(path) -> None:
    pipeline = read_pipeline(path.read_text("utf-8"))
    assert read_pipeline(concise(pipeline)) == pipeline


def test_what_the_defaults_say_is_left_out_and_the_kind_stays() -> None:
    sft = {"kind": "sft", "policy": {"checkpoint": "best"}, "data": "x", "steps": 1000}
    assert concise(read_pipeline({"name": "a", "runs": {"sft": sft | {"batch_size": 3}}})) == {
        "name": "a",
        "runs": {
            "sft": {
                "data": "x", "policy": {"checkpoint": "best"}, "kind": "sft", "batch_size": 3,
            }
        },
    }  # fmt: skip
