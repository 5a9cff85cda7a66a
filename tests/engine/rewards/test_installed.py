"""Rewards of another package, installed as pip would install it."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml

from prism_engine.batch import Drawn, Rollouts
from prism_engine.contract.events import StepFinished, read_events
from prism_engine.data.records import Record
from prism_engine.errors import InvalidReward
from prism_engine.policy.policy import Policy
from prism_engine.rewards.installed import judge_together, load_installed

PACKAGE = '''
def brevity(prompts, completions, completion_ids, limit, **kwargs):
    """Applies only to rows that set a limit."""
    return [
        None if most is None else float(len(ids) <= most)
        for ids, most in zip(completion_ids, limit)
    ]
'''


def install(folder: Path, target: str = "strict_rewards:brevity") -> Path:
    """What `pip install --target folder` leaves of a package with one entry point."""
    (folder / "strict_rewards.py").write_text(PACKAGE)
    described = folder / "strict_rewards-1.0.dist-info"
    described.mkdir()
    (described / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: strict-rewards\nVersion: 1.0\n"
    )
    (described / "entry_points.txt").write_text(f"[prism_engine.rewards]\nbrevity = {target}\n")
    return folder


@pytest.fixture
def drawn(tiny_policy: Policy) -> Drawn:
    """Two records with two rollouts each."""
    records = (
        Record(id="a", question="how many?", answer={"type": "integer", "value": 3},
               images=["a.png"], metadata={"limit": 3}),
        Record(id="b", question="why?", response="because"),
    )  # fmt: skip
    texts = ("no", "never", "so", "thus")
    processor = tiny_policy.processor
    ids, mask = processor.pad_responses([processor.encode_response(text) for text in texts])
    return Drawn(
        records=records,
        prompts=processor.pad([processor.encode_prompt("?", [])] * 2),
        rollouts=Rollouts(ids, mask, torch.zeros(ids.shape), torch.ones(4, dtype=torch.bool)),
        texts=texts,
        sections=(None,) * 4,
        rollouts_per_prompt=2,
        seconds=0.0,
    )


def test_a_reward_gets_what_trl_would_give_it(drawn: Drawn) -> None:
    given: dict[str, Any] = {}

    def reward(**columns: Any) -> list[float | None]:
        given.update(columns)
        return [1.0, None, 0, 0.5]

    found = judge_together("any", reward)(drawn)

    assert found[[0, 2, 3]].tolist() == [1.0, 0.0, 0.5]
    assert math.isnan(found[1])
    assert given["prompts"][1] == [
        {"role": "user",
         "content": [{"type": "image"}, {"type": "text", "text": "how many?"}]}
    ]  # fmt: skip
    assert given["prompts"][2] == [{"role": "user", "content": "why?"}]
    assert given["completions"][3] == [{"role": "assistant", "content": "thus"}]
    assert given["completion_ids"][0] == drawn.rollouts.ids[0, :3].tolist()
    assert given["answer"] == [3, 3, None, None]
    assert given["limit"] == [3, 3, None, None]
    assert given["id"] == ["a", "a", "b", "b"]
    assert given["response"] == [None, None, "because", "because"]
    assert given["images"] == [["a.png"], ["a.png"], [], []]


@pytest.mark.parametrize(
    ("returned", "said"), [([1.0], "1 of them"), (None, "NoneType"), (3.0, "float")]
)
def test_a_reward_that_returns_something_else_is_named(
    drawn: Drawn, returned: object, said: str
) -> None:
    with pytest.raises(InvalidReward, match=f"the reward odd returned {said}; .* of 4 numbers"):
        judge_together("odd", lambda **columns: returned)(drawn)


def test_an_installed_reward_is_found_by_its_name(
    drawn: Drawn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(install(tmp_path)))
    # "no" is three tokens with its end, "never" six; the second record sets no limit.
    found = load_installed("prism_engine.rewards", "brevity")(drawn)
    assert found[:2].tolist() == [1.0, 0.0]
    assert found[2:].isnan().all()


def test_what_cannot_be_imported_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(install(tmp_path, target="strict_rewards:missing")))
    with pytest.raises(InvalidReward, match=r"brevity \(strict_rewards:missing\) cannot be loaded"):
        load_installed("prism_engine.rewards", "brevity")


def test_a_run_learns_from_an_installed_reward(tiny_folder: Path, tmp_path: Path) -> None:
    rows = [{"id": f"r{n}", "question": "?", "metadata": {"limit": 4}} for n in range(4)]
    (tmp_path / "data.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    recipe = {
        "name": "strict",
        "runs": {
            "rlvr": {
                "kind": "rlvr", "policy": {"model": str(tiny_folder)}, "steps": 1,
                "data": str(tmp_path / "data.jsonl"), "prompts_per_step": 2,
                "rollouts_per_prompt": 2, "sampling": {"max_new_tokens": 6},
                "rewards": {"brevity": 0.9, "format": 0.1},
            }
        },
    }  # fmt: skip
    (tmp_path / "recipe.yaml").write_text(yaml.safe_dump(recipe))
    command = [sys.executable, "-m", "prism_engine", "run", "recipe.yaml", "--out", "out"]
    path = os.pathsep.join([str(install(tmp_path)), os.getcwd()])

    environment = {**os.environ, "PYTHONPATH": path}
    ran = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)

    assert ran.returncode == 0, ran.stderr
    events = read_events(tmp_path / "out" / "rlvr" / "events.jsonl")
    (finished,) = (event for event in events if isinstance(event, StepFinished))
    assert 0 <= finished.metrics["reward_brevity"] <= 1
