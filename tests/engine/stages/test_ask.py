"""One question to a policy: by the real engine, and by a sampler that says what it is told."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import yaml
from PIL import Image

from prism_engine.__main__ import main
from prism_engine.batch import PromptBatch, Rollouts
from prism_engine.contract.config import Ask as AskSettings
from prism_engine.contract.discriminators import Game, Moe
from prism_engine.contract.events import (
    Failed,
    Finished,
    Sample,
    SamplesDrawn,
    StepFinished,
    read_events,
)
from prism_engine.data.response import parse_response
from prism_engine.discriminators import load_discriminator
from prism_engine.discriminators.discriminator import Rules
from prism_engine.discriminators.length_only import LengthOnlyDiscriminator
from prism_engine.discriminators.moe import MoeDiscriminator
from prism_engine.policy.policy import Policy
from prism_engine.policy.sampler.shared_prefill import SharedPrefillSampler
from prism_engine.randomness import Randomness
from prism_engine.stages.ask import Ask, asked
from prism_engine.stages.samples import Gallery
from tests.engine.stages.toy import Played
from tests.engine.tiny import save_tiny_model

FORM = "<caption>- {0}</caption><think>{0} it is</think><answer>{0}</answer>"
RULES = Rules(Game(), steps=1, longest_section=64)


@pytest.fixture
def picture(tmp_path: Path, pictures: list[Image.Image]) -> Path:
    path = tmp_path / "my picture.png"
    pictures[4].save(path)
    return path


class Scripted:
    """Says the first text when greedy, and the others when not."""

    def __init__(self, policy: Policy, *texts: str) -> None:
        self._processor = policy.processor
        self._texts = texts

    def sample(
        self,
        prompts: PromptBatch,
        rollouts_per_prompt: int,
        *,
        temperature: float,
        max_new_tokens: int,
        generator: torch.Generator,
    ) -> Rollouts:
        said = self._texts[1 : 1 + rollouts_per_prompt] if temperature else self._texts[:1]
        ids, mask = self._processor.pad_responses(
            [self._processor.encode_response(text) for text in said]
        )
        return Rollouts(ids, mask, torch.zeros(ids.shape), torch.ones(len(ids)) == 1)


def shown(
    policy: Policy,
    picture: Path,
    folder: Path,
    discriminator,
    *texts: str,
    question: str = "Which colour?",
) -> Sample:
    """What comes of a question where the policy says these texts."""
    data = asked([picture], question)
    settings = AskSettings(
        policy={"model": "m"}, question=question, images=[str(picture)],
        samples_per_item=len(texts) - 1,
    )  # fmt: skip
    stage = Ask(
        settings, data, policy.processor, Scripted(policy, *texts), discriminator, Randomness(0),
        Gallery(data, policy.processor, folder / "images"),
    )  # fmt: skip
    (sample,) = stage.show(stage.collect(1), 1)
    return sample


def test_two_checkpoints_answer_one_question_each_for_itself(
    tiny_folder: Path, tmp_path: Path, picture: Path
) -> None:
    other = save_tiny_model(tmp_path / "other", seed=1)
    run = {
        "kind": "ask", "question": "Which colour?", "images": [str(picture)],
        "samples_per_item": 2, "sampling": {"max_new_tokens": 12},
    }  # fmt: skip
    recipe = {
        "name": "question",
        "runs": {
            "before": run | {"policy": {"model": str(tiny_folder)}},
            "after": run | {"policy": {"model": str(other)}},
        },
    }
    (tmp_path / "recipe.yaml").write_text(yaml.safe_dump(recipe))
    assert main(["run", str(tmp_path / "recipe.yaml"), "--out", str(tmp_path / "out")]) == 0

    samples = {}
    for name in ("before", "after"):
        events = list(read_events(tmp_path / "out" / name / "events.jsonl"))
        (drawn,) = (event for event in events if isinstance(event, SamplesDrawn))
        (step,) = (event for event in events if isinstance(event, StepFinished))
        assert isinstance(events[-1], Finished)
        (samples[name],) = drawn.samples
        tokens = [response.tokens for response in samples[name].rollouts]
        assert step.metrics["response_tokens"] == pytest.approx(sum(tokens) / 3)
        assert {"valid_share", "truncated_share"} <= step.metrics.keys()
        assert not (tmp_path / "out" / name / "checkpoints").exists()
    before, after = samples["before"], samples["after"]
    assert (before.item, before.question, before.gold) == (after.item, "Which colour?", None)
    assert before.images == after.images
    assert (tmp_path / "out" / "before" / "images" / f"{before.images[0]}.png").is_file()
    assert len(before.rollouts) == len(after.rollouts) == 3
    assert before.rollouts[0].text != after.rollouts[0].text

    greedy = Policy.load(tiny_folder, torch.float32, torch.device("cpu"))
    prompt = greedy.processor.pad(
        [greedy.processor.encode_prompt("Which colour?", [Image.open(picture)])]
    )
    likeliest = _likeliest(greedy, prompt, 12)
    assert before.rollouts[0].text == greedy.processor.decode(likeliest)


def _likeliest(policy: Policy, prompt: PromptBatch, longest: int) -> list[int]:
    drawn = SharedPrefillSampler(policy).sample(
        prompt, 1, temperature=0.0, max_new_tokens=longest, generator=torch.Generator()
    )
    return drawn.ids[0][drawn.mask[0]].tolist()


def test_sections_have_the_scores_that_the_discriminator_gives_them(
    tiny_policy: Policy, tmp_path: Path, picture: Path
) -> None:
    discriminator = MoeDiscriminator.fresh(
        tiny_policy, Moe(experts=2), RULES, torch.Generator().manual_seed(0)
    )
    texts = [FORM.format("red"), "red", FORM.format("bluish")]
    sample = shown(tiny_policy, picture, tmp_path, discriminator, *texts)
    red, malformed, bluish = sample.rollouts
    assert (malformed.valid, malformed.caption, malformed.malformed) == (
        False, None, "missing caption",
    )  # fmt: skip
    assert (red.answer, bluish.answer) == ("red", "bluish")

    # Beside a demonstration as an alignment would score them, one text at a time.
    for response, text in ((red, texts[0]), (bluish, texts[2])):
        stage = Ask(
            AskSettings(
                policy={"model": "m"}, question="Which colour?", images=["x"], samples_per_item=0
            ),
            asked([picture], "Which colour?"), tiny_policy.processor, Scripted(tiny_policy, text),
            None, Randomness(0), Gallery(asked([picture], "?"), None, tmp_path),
        )  # fmt: skip
        demonstration = parse_response(FORM.format("a lighter green"))
        with torch.no_grad():
            scores = discriminator.score(stage.collect(1), [demonstration]).channels
        assert response.caption.score == pytest.approx(scores["perception"].rollouts.item())
        assert response.reasoning.score == pytest.approx(scores["reasoning"].rollouts.item())
    assert red.caption.score != bluish.caption.score


def test_scores_are_what_one_computes_by_hand(
    tiny_policy: Policy, tmp_path: Path, picture: Path
) -> None:
    discriminator = LengthOnlyDiscriminator(tiny_policy.processor, RULES)
    with torch.no_grad():
        discriminator.model.weight.copy_(torch.tensor([[0.0, 1.0], [0.0, 2.0]]))
    sample = shown(tiny_policy, picture, tmp_path, discriminator, FORM.format("red"))
    # Bytes with the end token: "<caption>\n- red\n</caption>" has 26, and the reasoning
    # "<think>\nred it is\n</think>\n<answer>red</answer>" 47; bounded as 10 · tanh(score / 10).
    bound = Game().score_clip
    hundreds = torch.tensor([(26 + 1) / 100, 2 * (47 + 1) / 100])
    expected = (bound * torch.tanh(hundreds / bound)).tolist()
    (said,) = sample.rollouts
    assert [said.caption.score, said.reasoning.score] == pytest.approx(expected)


def test_nothing_is_scored_where_nothing_is_well_formed(
    tiny_policy: Policy, tmp_path: Path, picture: Path
) -> None:
    discriminator = LengthOnlyDiscriminator(tiny_policy.processor, RULES)
    sample = shown(tiny_policy, picture, tmp_path, discriminator, "red", "blue")
    assert [response.caption for response in sample.rollouts] == [None, None]


def test_what_is_no_image_is_refused_by_name(tiny_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "broken.png").write_bytes(b"no image")
    run = {
        "kind": "ask", "question": "?", "images": [str(tmp_path / "broken.png")],
        "policy": {"model": str(tiny_folder)},
    }  # fmt: skip
    (tmp_path / "recipe.yaml").write_text(yaml.safe_dump({"name": "q", "runs": {"a": run}}))
    out = tmp_path / "out"
    assert main(["run", str(tmp_path / "recipe.yaml"), "--out", str(out)]) == 2
    (failed,) = (e for e in read_events(out / "a" / "events.jsonl") if isinstance(e, Failed))
    assert failed.kind == "config"
    assert "broken.png is not an image that can be decoded" in failed.message


def test_what_an_alignment_ended_with_answers_and_is_scored(played: Played, tmp_path: Path) -> None:
    exported = played.out / "align" / "export"
    picture = played.out.parent / "curated" / "images" / "0.png"
    run = {
        "kind": "ask", "question": "what", "images": [str(picture)], "samples_per_item": 7,
        "sampling": {"max_new_tokens": 80}, "policy": {"model": str(exported / "policy")},
        "discriminator": {"model": str(exported / "discriminator")},
    }  # fmt: skip
    (tmp_path / "recipe.yaml").write_text(yaml.safe_dump({"name": "q", "runs": {"after": run}}))
    assert main(["run", str(tmp_path / "recipe.yaml"), "--out", str(tmp_path / "out")]) == 0
    (drawn,) = (
        event
        for event in read_events(tmp_path / "out" / "after" / "events.jsonl")
        if isinstance(event, SamplesDrawn)
    )
    formed = [response for response in drawn.samples[0].rollouts if response.valid]
    assert formed

    policy = Policy.load(exported / "policy", torch.float32, torch.device("cpu"))
    rules = Rules(Game(), steps=1, longest_section=80)
    discriminator = load_discriminator(exported / "discriminator", policy, rules)
    for response in formed:
        again = shown(policy, picture, tmp_path, discriminator, response.text, question="what")
        assert again.rollouts[0].caption.score == pytest.approx(response.caption.score, abs=1e-5)
        assert again.rollouts[0].reasoning.score == pytest.approx(
            response.reasoning.score, abs=1e-5
        )
