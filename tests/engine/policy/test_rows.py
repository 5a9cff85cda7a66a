"""Groups in rows: the same numbers as responses that each continue their prompt apart."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from PIL import Image
from torch import Tensor

from prism_engine.batch import TrainingBatch
from prism_engine.policy.kernels import BLOCK, block_mask
from prism_engine.policy.policy import Policy
from prism_engine.policy.rows import Rows, lay_out, seen
from tests.engine.policy.demonstrations import demonstrations

GROUPS = torch.tensor([0, 0, 1, 1, 1])


@pytest.fixture
def batch(tiny_policy: Policy, pictures: list[Image.Image]) -> TrainingBatch:
    """Two prompts, the second with two images, answered twice and three times."""
    whole = demonstrations(tiny_policy.processor, pictures)
    return replace(whole, prompts=whole.prompts.select(0, 2), prompt_index=GROUPS)


def rows_of(prompt: list[int], response: list[int]) -> Rows:
    nothing = torch.zeros(1, 1)
    return Rows(nothing, nothing, torch.tensor([prompt]), torch.tensor([response]), nothing)


def test_responses_stand_behind_their_prompt(tiny_policy: Policy, batch: TrainingBatch) -> None:
    rows = lay_out(batch, [2], tiny_policy.processor.pad_id, multiple=64)
    prompts = batch.prompts
    expected, first = [], 0
    for number, answers in enumerate((2, 3)):
        expected.append(prompts.input_ids[number][prompts.attention_mask[number]])
        for answer in range(first, first + answers):
            expected.append(batch.response_ids[answer][batch.response_mask[answer]])
        first += answers
    whole = torch.cat(expected)

    assert rows.input_ids.shape == (1, 64 * -(-len(whole) // 64))
    assert torch.equal(rows.input_ids[0, : len(whole)], whole)
    assert (rows.prompt[0, len(whole) :] == -1).all()
    places = torch.cat(
        [
            torch.full((len(ids),), number)
            for number, ids in zip([-1, 0, 1, -1, 2, 3, 4], expected, strict=True)
        ]
    )
    assert torch.equal(rows.response[0, : len(whole)], places)


def test_a_response_sees_its_prompt_and_itself_alone() -> None:
    # A prompt of two places with responses of two and one, one of one with a response, padding.
    rows = rows_of([0, 0, 0, 0, 0, 1, 1, -1, -1], [-1, -1, 0, 0, 1, -1, 2, -1, -1])

    assert seen(rows)[0, 0].int().tolist() == [
        [1, 0, 0, 0, 0, 0, 0, 0, 0],
        [1, 1, 0, 0, 0, 0, 0, 0, 0],
        [1, 1, 1, 0, 0, 0, 0, 0, 0],
        [1, 1, 1, 1, 0, 0, 0, 0, 0],
        [1, 1, 0, 0, 1, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 1, 0, 0, 0],
        [0, 0, 0, 0, 0, 1, 1, 0, 0],
        [0, 0, 0, 0, 0, 0, 0, 1, 0],
        [0, 0, 0, 0, 0, 0, 0, 1, 1],
    ]


@pytest.mark.parametrize("held", [(2,), (1, 1)])
def test_groups_in_rows_are_scored_and_learned_as_behind_their_prompts(
    tiny_policy: Policy, batch: TrainingBatch, held: tuple[int, ...]
) -> None:
    parameters = list(tiny_policy.model.parameters())

    def learn(states: Tensor) -> tuple[Tensor, ...]:
        logprobs = tiny_policy.model.lm_head(states).log_softmax(-1)
        loss = logprobs.gather(1, batch.response_ids[batch.learned_mask][:, None]).mean()
        return logprobs, *torch.autograd.grad(loss, parameters)

    apart = learn(tiny_policy._states_behind_prefix(batch))
    rows = lay_out(batch, held, tiny_policy.processor.pad_id)
    together = learn(tiny_policy._states_in_rows(batch, rows, seen(rows)))

    for one, other in zip(together, apart, strict=True):
        torch.testing.assert_close(one, other, atol=1e-5, rtol=0)


@torch.no_grad()
def test_blocks_that_are_skipped_are_those_that_nothing_sees(
    tiny_policy: Policy, batch: TrainingBatch
) -> None:
    """Attention by blocks has no backward pass on a CPU; `bench.gpu` compares it on a GPU."""
    rows = lay_out(batch, [2], tiny_policy.processor.pad_id, multiple=BLOCK)

    by_blocks = tiny_policy._states_in_rows(batch, rows, block_mask(rows))
    by_pairs = tiny_policy._states_in_rows(batch, rows, seen(rows))

    torch.testing.assert_close(by_blocks, by_pairs, atol=1e-5, rtol=0)
