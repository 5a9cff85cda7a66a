"""The sampler, the learner and a plain transformers forward agree on every log-probability."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from PIL import Image
from torch import Tensor

from prism_engine.batch import Prompt, PromptBatch, Rollouts, TrainingBatch
from prism_engine.policy.families import FAMILIES
from prism_engine.policy.logprobs import mask_banned
from prism_engine.policy.policy import Policy
from prism_engine.policy.sampler.shared_prefill import SharedPrefillSampler, draw

GROUP = 4


@pytest.fixture(scope="module", params=FAMILIES)
def tiny_folder(request: pytest.FixtureRequest, tiny_folders: dict[str, Path]) -> Path:
    return tiny_folders[request.param]


@pytest.fixture
def prompts(tiny_policy: Policy, pictures: list[Image.Image]) -> list[Prompt]:
    """Prompts of different lengths, with one, two and no images of different sizes."""
    encode = tiny_policy.processor.encode_prompt
    return [
        encode("How many circles?", [pictures[0]]),
        encode("Which?", [pictures[1], pictures[3]]),
        encode("And without an image?", []),
    ]


def sample(
    policy: Policy,
    prompts: PromptBatch,
    group: int = GROUP,
    temperature: float = 0.7,
    max_new_tokens: int = 150,
) -> Rollouts:
    return SharedPrefillSampler(policy).sample(
        prompts,
        group,
        temperature=temperature,
        max_new_tokens=max_new_tokens,
        generator=torch.Generator().manual_seed(1),
    )


def batch_of(prompts: PromptBatch, rollouts: Rollouts, group: int = GROUP) -> TrainingBatch:
    count = len(prompts.input_ids)
    return TrainingBatch(
        prompts=prompts,
        prompt_index=torch.arange(count).repeat_interleave(group),
        response_ids=rollouts.ids,
        response_mask=rollouts.mask,
        learned_mask=rollouts.mask,
        behaviour_logprobs=rollouts.logprobs,
        advantages=torch.linspace(-1, 1, count * group)[:, None].expand(rollouts.ids.shape),
    )


def plain_logprobs(
    policy: Policy, prompts: list[Prompt], rollouts: Rollouts, temperature: float
) -> Tensor:
    """(B, R) by one padded forward of transformers, with every prompt and image repeated."""
    repeated = [prompt for prompt in prompts for _ in range(GROUP)]
    batch = policy.processor.pad(repeated)
    logits = policy.model(
        input_ids=torch.cat([batch.input_ids, rollouts.ids], 1),
        attention_mask=torch.cat([batch.attention_mask, rollouts.mask], 1).long(),
        mm_token_type_ids=torch.cat([batch.token_types, 0 * rollouts.ids], 1).int(),
        pixel_values=batch.pixel_values,
        image_grid_thw=batch.grid_thw,
    ).logits[:, batch.input_ids.shape[1] - 1 : -1]
    logits[..., list(policy.processor.banned_ids)] = float("-inf")
    logprobs = (logits / temperature).log_softmax(-1)
    return logprobs.gather(-1, rollouts.ids[..., None]).squeeze(-1)


def test_sampler_learner_and_transformers_agree(tiny_policy: Policy, prompts: list[Prompt]) -> None:
    padded = tiny_policy.processor.pad(prompts)
    rollouts = sample(tiny_policy, padded)
    mask = rollouts.mask

    learned = tiny_policy.score(batch_of(padded, rollouts), 0.7).logprobs
    plain = plain_logprobs(tiny_policy, prompts, rollouts, 0.7)[mask]

    assert len(set(mask.sum(1).tolist())) > 4, "responses of different lengths"
    torch.testing.assert_close(rollouts.logprobs[mask], plain, atol=1e-5, rtol=0)
    torch.testing.assert_close(learned, plain, atol=1e-5, rtol=0)


def test_gradients_are_those_of_the_plain_forward(
    tiny_policy: Policy, prompts: list[Prompt]
) -> None:
    padded = tiny_policy.processor.pad(prompts)
    rollouts = sample(tiny_policy, padded)
    parameters = list(tiny_policy.model.parameters())

    ours = tiny_policy.score(batch_of(padded, rollouts), 0.7).logprobs.mean()
    theirs = plain_logprobs(tiny_policy, prompts, rollouts, 0.7)[rollouts.mask].mean()

    for mine, their in zip(
        torch.autograd.grad(ours, parameters), torch.autograd.grad(theirs, parameters), strict=True
    ):
        torch.testing.assert_close(mine, their, atol=1e-6, rtol=1e-3)


def test_rows_drawn_after_others_are_what_they_are_beside_them(
    tiny_policy: Policy, prompts: list[Prompt]
) -> None:
    padded = tiny_policy.processor.pad(prompts)
    together = sample(tiny_policy, padded)
    longest = padded.input_ids.shape[1] + 150
    sampler = SharedPrefillSampler(tiny_policy, most_tokens=5 * longest + 1)
    seen = []
    head = tiny_policy.model.lm_head.forward
    tiny_policy.model.lm_head.forward = lambda hidden: seen.append(len(hidden)) or head(hidden)
    parts = sampler.sample(
        padded,
        GROUP,
        temperature=0.7,
        max_new_tokens=150,
        generator=torch.Generator().manual_seed(1),
    )

    assert max(seen) == 4, "twelve rows in three parts"
    assert torch.equal(parts.ids, together.ids)
    assert torch.equal(parts.finished, together.finished)
    torch.testing.assert_close(parts.logprobs, together.logprobs, atol=1e-5, rtol=0)


def test_padding_on_the_left_changes_nothing(tiny_policy: Policy, prompts: list[Prompt]) -> None:
    padded = tiny_policy.processor.pad(prompts)
    together = tiny_policy.read(padded).hidden

    for row, prompt in enumerate(prompts):
        alone = tiny_policy.read(tiny_policy.processor.pad([prompt])).hidden[0]
        torch.testing.assert_close(together[row], alone, atol=1e-5, rtol=0)


def test_greedy_responses_are_those_of_generate(tiny_policy: Policy, prompts: list[Prompt]) -> None:
    padded = tiny_policy.processor.pad(prompts)
    ours = sample(tiny_policy, padded, group=1, temperature=0.0)

    theirs = tiny_policy.model.generate(
        input_ids=padded.input_ids,
        attention_mask=padded.attention_mask.long(),
        mm_token_type_ids=padded.token_types.int(),
        pixel_values=padded.pixel_values,
        image_grid_thw=padded.grid_thw,
        do_sample=False,
        max_new_tokens=ours.ids.shape[1],
        suppress_tokens=list(tiny_policy.processor.banned_ids),
        eos_token_id=tiny_policy.processor.end_id,
        pad_token_id=tiny_policy.processor.pad_id,
    )[:, padded.input_ids.shape[1] :]

    assert torch.equal(ours.ids, theirs)


def test_a_group_is_drawn_from_the_distribution_it_reports(
    tiny_policy: Policy, prompts: list[Prompt]
) -> None:
    padded = tiny_policy.processor.pad(prompts[:1])
    rollouts = sample(tiny_policy, padded, group=4000, temperature=1.0, max_new_tokens=1)

    logits = tiny_policy.model.lm_head(tiny_policy.read(padded).hidden)
    expected = mask_banned(logits, tiny_policy.banned).softmax(-1)[0].detach()
    counts = torch.bincount(rollouts.ids[:, 0], minlength=len(expected))
    likely = expected > 0.01
    errors = (counts / 4000 - expected) / (expected * (1 - expected) / 4000).sqrt()
    assert likely.sum() > 10
    assert errors[likely].abs().max() < 4


def test_the_distribution_function_is_inverted() -> None:
    logits = torch.tensor([[0.2, 0.0, 0.5, 0.3]]).log().repeat(5, 1)
    noise = torch.tensor([0.0, 0.19, 0.2, 0.69, 0.999])

    tokens, logprobs = draw(logits, 1.0, noise)

    assert tokens.tolist() == [0, 0, 2, 2, 3]
    assert logprobs.exp().tolist() == pytest.approx([0.2, 0.2, 0.5, 0.5, 0.3])


@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_banned_tokens_are_neither_drawn_nor_counted(
    tiny_policy: Policy, prompts: list[Prompt], temperature: float
) -> None:
    """Placeholders of images and videos among them, however much the model favours them."""
    banned, favoured = list(tiny_policy.processor.banned_ids), torch.tensor(500.0)
    head = tiny_policy.model.lm_head.forward
    tiny_policy.model.lm_head.forward = lambda hidden: head(hidden).index_fill(
        -1, torch.tensor(banned), favoured
    )
    padded = tiny_policy.processor.pad(prompts)
    rollouts = sample(tiny_policy, padded, temperature=temperature)

    assert {tiny_policy.processor.image_id, tiny_policy.model.config.video_token_id} < {*banned}
    logits = tiny_policy.model.lm_head(tiny_policy.read(padded).hidden)
    assert set(logits.argmax(-1).tolist()) <= set(banned), "they are the likeliest by far"
    assert rollouts.mask.sum() > 100
    assert not torch.isin(rollouts.ids[rollouts.mask], torch.tensor(banned)).any()
    scores = tiny_policy.score(batch_of(padded, rollouts), 1.0)
    torch.testing.assert_close(rollouts.logprobs[rollouts.mask], scores.logprobs, atol=2e-5, rtol=0)


def test_the_longest_length_cuts_responses_and_changes_nothing_else(
    tiny_policy: Policy, prompts: list[Prompt]
) -> None:
    padded = tiny_policy.processor.pad(prompts)
    cut = sample(tiny_policy, padded, max_new_tokens=20)
    whole = sample(tiny_policy, padded)

    assert (cut.mask.sum(1)[~cut.finished] == 20).all()
    assert cut.finished.sum() < whole.finished.sum()
    assert torch.equal(cut.mask, whole.mask[:, :20])
    assert torch.equal(cut.ids[cut.mask], whole.ids[:, :20][cut.mask])


def test_micro_batches_score_as_the_whole(tiny_policy: Policy, prompts: list[Prompt]) -> None:
    padded = tiny_policy.processor.pad(prompts)
    rollouts = sample(tiny_policy, padded)
    learned = rollouts.mask.clone()
    learned[5] = False
    batch = replace(batch_of(padded, rollouts), learned_mask=learned)

    parts = list(batch.split(most_tokens=400))
    scores = torch.cat([tiny_policy.score(part, 1.0).logprobs for part in parts])

    assert len(parts) > 3
    assert sum(len(part.advantages) for part in parts) == 12
    first = [advantage for part in parts for advantage in part.advantages[:, 0].tolist()]
    assert first == batch.advantages[:, 0].tolist()
    torch.testing.assert_close(scores, tiny_policy.score(batch, 1.0).logprobs, atol=1e-5, rtol=0)


def test_coarser_activations_give_nearly_the_same(tiny_folder: Path, prompts: list[Prompt]) -> None:
    coarse = Policy.load(tiny_folder, torch.bfloat16, torch.device("cpu"))
    fine = Policy.load(tiny_folder, torch.float32, torch.device("cpu"))
    padded = coarse.processor.pad(prompts)
    rollouts = sample(coarse, padded)
    batch = batch_of(padded, rollouts)

    scores = coarse.score(batch, 0.7)

    assert {weight.dtype for weight in coarse.model.parameters()} == {torch.float32}
    assert scores.logprobs.dtype == torch.float32
    difference = (scores.logprobs - fine.score(batch, 0.7).logprobs).abs()
    assert 1e-4 < difference.mean() < 0.1
    assert (scores.logprobs - rollouts.logprobs[rollouts.mask]).abs().mean() < 0.1
