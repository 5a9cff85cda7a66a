from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from torch import Tensor

from prism_engine.batch import TrainingBatch
from prism_engine.policy.families import FAMILIES
from prism_engine.policy.packing import PackedBatch, fill_rows
from prism_engine.policy.policy import Policy
from prism_engine.policy.rows import lay_out
from tests.engine.policy.demonstrations import demonstrations

PACKED = (2, 1, 2)


def packed(batch: TrainingBatch, counts: tuple[int, ...] = PACKED) -> PackedBatch:
    return PackedBatch(**vars(batch), packed=counts)


def test_rows_are_few_and_filled_evenly() -> None:
    assert fill_rows([3, 7, 2, 5, 3], capacity=10) == [[1, 4], [3, 0, 2]]
    assert fill_rows([3, 7, 2, 5, 3], capacity=20) == [[1, 3, 0, 4, 2]]
    assert fill_rows([4, 4, 4], capacity=4) == [[0], [1], [2]]
    assert fill_rows([9, 1], capacity=5) == [[0], [1]]
    # Two rows would hold the sum of these, but not these.
    assert fill_rows([6, 6, 6], capacity=10) == [[0], [1], [2]]


@given(st.lists(st.integers(1, 50), min_size=1, max_size=40), st.integers(1, 200))
def test_every_demonstration_gets_one_place_and_no_row_overflows(
    lengths: list[int], capacity: int
) -> None:
    rows = fill_rows(lengths, capacity)

    assert sorted(number for row in rows for number in row) == list(range(len(lengths)))
    sizes = [sum(lengths[number] for number in row) for row in rows]
    assert max(sizes) <= max(capacity, *lengths)
    assert max(sizes) - min(sizes) <= max(lengths)


def test_rows_hold_one_demonstration_behind_the_other(
    tiny_policy: Policy, pictures: list[Image.Image]
) -> None:
    batch = packed(demonstrations(tiny_policy.processor, pictures))
    prompts = batch.prompts
    rows = lay_out(batch, batch.packed, tiny_policy.processor.pad_id)

    numbers = [0, 0]
    for row, held in enumerate(([0, 1], [2], [3, 4])):
        ids = [
            torch.cat(
                [prompts.input_ids[n][prompts.attention_mask[n]],
                 batch.response_ids[n][batch.response_mask[n]]]
            )
            for n in held
        ]  # fmt: skip
        whole = torch.cat(ids)
        assert torch.equal(rows.input_ids[row, : len(whole)], whole)
        assert (rows.input_ids[row, len(whole) :] == tiny_policy.processor.pad_id).all()
        expected = torch.cat([torch.full((len(one),), n) for n, one in zip(held, ids, strict=True)])
        assert torch.equal(rows.prompt[row, : len(whole)], expected)
        assert (rows.prompt[row, len(whole) :] == -1).all()
        numbers = [max(numbers[0], len(whole)), numbers[1] + len(whole)]
    assert [rows.input_ids.shape[1], batch.tokens] == numbers
    assert batch.places == 3 * numbers[0]
    learned = rows.input_ids.flatten()[rows.predictors + 1]
    assert torch.equal(learned, batch.response_ids[batch.learned_mask])


def test_positions_begin_anew_with_each_demonstration(
    tiny_policy: Policy, pictures: list[Image.Image]
) -> None:
    batch = packed(demonstrations(tiny_policy.processor, pictures))
    rows = lay_out(batch, batch.packed, tiny_policy.processor.pad_id)
    prompt = batch.prompts.position_ids[:, 1][:, batch.prompts.attention_mask[1]]
    answer = int(batch.response_mask[1].sum())

    second = rows.position_ids[:, 0][:, rows.prompt[0] == 1]

    assert torch.equal(second[:, :-answer], prompt)
    assert not torch.equal(prompt[1], prompt[2]), "an image's rows are not its columns"
    following = torch.arange(answer) + prompt.max() + 1
    assert torch.equal(second[:, -answer:], following.expand(3, -1))


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(
    ("dtype", "tolerance"), [(torch.float32, 1e-5), (torch.float64, 1e-12)], ids=str
)
@pytest.mark.parametrize("counts", [(5,), (2, 1, 2), (1, 1, 1, 1, 1)])
def test_packed_demonstrations_are_scored_and_learned_as_alone(
    tiny_folders: dict[str, Path],
    family: str,
    pictures: list[Image.Image],
    dtype: torch.dtype,
    tolerance: float,
    counts: tuple[int, ...],
) -> None:
    policy = Policy.load(tiny_folders[family], dtype, torch.device("cpu"))
    batch = demonstrations(policy.processor, pictures)

    def learn(given: TrainingBatch) -> tuple[Tensor, list[Tensor]]:
        scores = policy.score(given, 0.8)
        loss = -scores.logprobs.mean()
        return scores.logprobs, list(torch.autograd.grad(loss, list(policy.model.parameters())))

    (alone, gradients), (together, others) = learn(batch), learn(packed(batch, counts))

    assert len(alone) == 6 + 34 + 3 + (67 - 5) + 5
    torch.testing.assert_close(together, alone, atol=tolerance, rtol=0)
    for gradient, other in zip(gradients, others, strict=True):
        torch.testing.assert_close(other, gradient, atol=tolerance, rtol=0)
    assert all(gradient.abs().max() > 1e-6 for gradient in gradients)


def test_without_any_image_nothing_is_looked_at(tiny_policy: Policy) -> None:
    batch = demonstrations(tiny_policy.processor, [Image.new("RGB", (16, 16))] * 6)
    texts = TrainingBatch._rows(batch, 2, 3)

    alone, together = (tiny_policy.score(b, 1.0).logprobs for b in (texts, packed(texts, (1,))))

    assert len(texts.prompts.grid_thw) == 0
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=0)


def test_a_packed_batch_is_cut_between_rows(
    tiny_policy: Policy, pictures: list[Image.Image]
) -> None:
    batch = packed(demonstrations(tiny_policy.processor, pictures))
    whole = tiny_policy.score(batch, 1.0).logprobs

    parts = list(batch.split(batch.places - 1))

    assert [part.packed for part in parts] == [(2, 1), (2,)]
    assert [part.places for part in batch.split(1)] == [part.tokens for part in batch.split(1)], (
        "a row by itself has no padding"
    )
    assert [part.packed for part in batch.split(batch.places)] == [PACKED]
    scores = torch.cat([tiny_policy.score(part, 1.0).logprobs for part in parts])
    torch.testing.assert_close(scores, whole, atol=1e-5, rtol=0)


def test_a_mini_batch_of_a_packed_batch_is_packed(
    tiny_policy: Policy, pictures: list[Image.Image]
) -> None:
    batch = packed(demonstrations(tiny_policy.processor, pictures))

    assert [part.packed for part in batch.mini_batches(1)] == [PACKED]
    assert [part.packed for part in batch.mini_batches(2)] == [(2,), (1, 2)]
    assert replace(batch, packed=(5,)).places == batch.tokens
