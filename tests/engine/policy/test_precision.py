"""In float64 every road to a number gives the same one to twelve digits."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
import torch
from PIL import Image

from prism_engine.batch import Drawn, Prompt, PromptBatch, Rollouts, TrainingBatch
from prism_engine.contract.discriminators import Game, Moe
from prism_engine.data.response import Sections, parse_response
from prism_engine.discriminators.discriminator import Rules
from prism_engine.discriminators.moe import MoeDiscriminator
from prism_engine.policy.policy import Policy
from prism_engine.policy.sampler.shared_prefill import SharedPrefillSampler

DTYPES = {"float64": torch.float64, "float32": torch.float32}


@pytest.fixture(params=[*DTYPES])
def policy(request: pytest.FixtureRequest, tiny_folder: Path) -> Policy:
    return Policy.load(tiny_folder, DTYPES[request.param], torch.device("cpu"))


@pytest.fixture
def prompts(policy: Policy, pictures: list[Image.Image]) -> list[Prompt]:
    """Prompts of different lengths with images of different sizes, and one without."""
    encode = policy.processor.encode_prompt
    return [
        encode("Which?", [pictures[0], pictures[3]]),
        encode("How many circles?", [pictures[1]]),
        encode("And without?", []),
    ]


def close(first: torch.Tensor, second: torch.Tensor, policy: Policy) -> None:
    """The bound for float32 shows that this is not an easy thing to ask."""
    worst = (first - second).abs().max().item()
    assert first.dtype == second.dtype == policy.dtype
    low, high = (0.0, 1e-12) if policy.dtype is torch.float64 else (1e-8, 1e-4)
    assert low <= worst < high


def test_what_the_sampler_drew_is_what_the_learner_scores(
    policy: Policy, prompts: list[Prompt]
) -> None:
    padded = policy.processor.pad(prompts)
    rollouts = SharedPrefillSampler(policy).sample(
        padded,
        3,
        temperature=0.7,
        max_new_tokens=40,
        generator=torch.Generator().manual_seed(1),
    )
    batch = TrainingBatch(
        prompts=padded,
        prompt_index=torch.arange(3).repeat_interleave(3),
        response_ids=rollouts.ids,
        response_mask=rollouts.mask,
        learned_mask=rollouts.mask,
        behaviour_logprobs=rollouts.logprobs,
        advantages=torch.zeros_like(rollouts.logprobs),
    )
    scores = policy.score(batch, 0.7)

    close(scores.logprobs.detach(), rollouts.logprobs[rollouts.mask], policy)
    assert {weight.dtype for weight in policy.model.parameters()} == {policy.dtype}
    assert scores.entropy.dtype == policy.dtype


def test_a_prompt_is_read_alone_as_beside_others(policy: Policy, prompts: list[Prompt]) -> None:
    def read(together: list[Prompt]) -> torch.Tensor:
        return policy.read(policy.processor.pad(together)).hidden.detach()

    close(read(prompts), torch.cat([read([prompt]) for prompt in prompts]), policy)


def test_a_section_is_scored_alone_as_beside_others(policy: Policy, prompts: list[Prompt]) -> None:
    rules = Rules(Game(), steps=1, longest_section=50)
    discriminator = MoeDiscriminator.fresh(policy, Moe(), rules, torch.Generator().manual_seed(0))
    texts = ["<caption>a b</caption><think>c</think><answer>d</answer>"] * 3
    said = [parse_response(text) for text in texts]

    def scores(first: int, last: int) -> torch.Tensor:
        drawn = _drawn(policy.processor.pad(prompts[first:last]), said[first:last])
        channels = discriminator.score(drawn, said[first:last]).channels
        return torch.stack([both.rollouts.detach() for both in channels.values()])

    close(scores(0, 3), torch.cat([scores(row, row + 1) for row in range(3)], dim=1), policy)


def test_a_copy_of_a_model_computes_with_its_own_weights(
    tiny_folder: Path, pictures: list[Image.Image]
) -> None:
    policy = Policy.load(tiny_folder, torch.float64, torch.device("cpu"))
    other = Policy(copy.deepcopy(policy.model), policy.processor, torch.float64)
    with torch.no_grad():
        other.model.model.language_model.norm.weight.mul_(2)
    prompt = policy.processor.pad([policy.processor.encode_prompt("Which?", [pictures[0]])])

    torch.testing.assert_close(other.read(prompt).hidden, 2 * policy.read(prompt).hidden)


def _drawn(prompts: PromptBatch, sections: list[Sections]) -> Drawn:
    count = len(sections)
    ids = torch.zeros(count, 1, dtype=torch.long)
    return Drawn(
        records=(),
        prompts=prompts,
        rollouts=Rollouts(ids, ids == 0, ids * 0.0, ids[:, 0] == 0),
        texts=(),
        sections=tuple(sections),
        rollouts_per_prompt=1,
        seconds=0.0,
    )
