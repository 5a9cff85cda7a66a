"""What mirrors are given of samples."""

from __future__ import annotations

from pathlib import Path

from prism_engine.contract.events import Response, Sample
from worker.mirrors.samples import LONGEST, MOST_ITEMS, MOST_ROLLOUTS, fenced, shown, verdict


def rollout(text: str = "x", **more: object) -> Response:
    return Response.model_validate({"text": text, "valid": True, "tokens": 1, **more})


def test_no_more_is_shown_of_a_step_than_somebody_looks_at(tmp_path: Path) -> None:
    (tmp_path / "b.png").touch()
    one = Sample(item="i", question="q", images=["a", "b"], rollouts=[rollout()] * 9)
    found = shown([one] * 9, tmp_path)
    assert len(found) == MOST_ITEMS
    assert len(found[0].rollouts) == MOST_ROLLOUTS
    assert found[0].image == tmp_path / "b.png"
    assert shown([one], tmp_path / "elsewhere")[0].image is None


def test_a_verdict_is_in_words() -> None:
    said = rollout(valid=False, correct=True, rewards={"answer": 1.0, "format": 0.25}, advantage=-2)
    assert verdict(said) == "malformed, right, answer 1, format 0.25, advantage -2"
    assert verdict(rollout()) == ""


def test_what_a_model_wrote_ends_no_fence_and_is_cut() -> None:
    assert fenced("a ``` b ```` c") == "`````\na ``` b ```` c\n`````"
    assert fenced("x" * 9999) == f"```\n{'x' * (LONGEST - 1)}…\n```"
    sample = Sample(
        item="`i`", question="# q", gold="<b>", images=[], demonstration=rollout("d"),
        rollouts=[rollout("r")],
    )  # fmt: skip
    (one,) = shown([sample], Path())
    assert one.markdown().split("\n\n") == [
        "**question** of `i`", "```\n# q\n```", "**gold** `<b>`", "**demonstration**",
        "```\nd\n```", "**rollout 1**", "```\nr\n```",
    ]  # fmt: skip
