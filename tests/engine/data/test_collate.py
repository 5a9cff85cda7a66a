from __future__ import annotations

from pathlib import Path

import pytest
import torch
from PIL import Image

from prism_engine.data import collate
from prism_engine.data.collate import Collator, PackingCollator
from prism_engine.data.records import DataSet, Record
from prism_engine.errors import InvalidData
from prism_engine.policy import reading
from prism_engine.policy.policy import Policy
from prism_engine.policy.processor import Processor


@pytest.fixture
def data(tmp_path: Path, pictures: list[Image.Image]) -> DataSet:
    pictures[0].save(tmp_path / "a.png")
    turns = [("user", "a1?"), ("assistant", "red"), ("user", "b1?"), ("assistant", "no")]
    records = [
        Record(id="short", images=["a.png"], question="?", response="yes"),
        Record(
            id="talk",
            images=["a.png"],
            messages=[{"role": role, "content": content} for role, content in turns],
        ),
        Record(id="none", question="?"),
    ]
    return DataSet(tmp_path, records)


def test_only_what_is_demonstrated_is_learned(data: DataSet, tiny_policy: Policy) -> None:
    processor = tiny_policy.processor
    batch = Collator(data, processor).demonstrations(data.records[:2], most_tokens=1000)

    def learned(row: int) -> str:
        ids = batch.response_ids[row][batch.learned_mask[row]].tolist()
        return processor.decode(ids)

    assert (learned(0), learned(1)) == ("yes", "redno")
    assert batch.learned_mask.sum(1).tolist() == [4, 4 + 3]
    assert batch.response_mask[0].sum() == 4
    assert batch.response_mask[1].all()
    assert batch.prompts.images_per_prompt == (1, 1)


def test_long_demonstrations_are_cut(data: DataSet, tiny_policy: Policy) -> None:
    batch = Collator(data, tiny_policy.processor).demonstrations(data.records[:2], most_tokens=3)

    assert batch.response_ids.shape == (2, 3)
    assert tiny_policy.processor.decode(batch.response_ids[0].tolist()) == "yes"


def test_a_record_without_demonstration_is_named(data: DataSet, tiny_policy: Policy) -> None:
    with pytest.raises(InvalidData, match=r"none\.response: there is no demonstration"):
        Collator(data, tiny_policy.processor).demonstrations(data.records, most_tokens=9)


@pytest.mark.parametrize("room", [0, 10**6])
def test_what_is_encoded_once_is_the_same_again(
    data: DataSet, tiny_folder: Path, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    monkeypatch.setattr(collate, "CACHED_BYTES", room)
    monkeypatch.setattr(reading, "KEPT_BYTES", room)
    collator = Collator(data, Processor.load(tiny_folder))
    first = collator.demonstrations(data.records[:2], most_tokens=1000)
    for name in data.records[0].images:
        (data.folder / name).unlink(missing_ok=room > 0)
        Image.new("RGB", (16, 16)).save(data.folder / name)
    again = collator.demonstrations(data.records[:2], most_tokens=1000)

    assert torch.equal(first.response_ids, again.response_ids)
    remembered = torch.equal(first.prompts.pixel_values, again.prompts.pixel_values)
    assert remembered == (room > 0)


def test_a_length_is_that_of_the_encoded_record_but_for_the_template(
    data: DataSet, tiny_policy: Policy
) -> None:
    processor = tiny_policy.processor
    collator = Collator(data, processor)
    batch = collator.demonstrations(data.records[:2], most_tokens=1000)
    template = len(processor.encode_prompt("", []).input_ids) + len("<|im_end|>")

    assert [collator.length(record) for record in data.records] == [
        # A question, four features of an image of 16 by 16 pixels, and what follows.
        1 + 4 + 3,
        3 + 4 + 3 + 3 + 2,
        1,
    ]
    short = int(batch.prompts.attention_mask[0].sum() + batch.response_mask[0].sum())
    assert abs(short - (1 + 4 + 3) - template) <= 10


def test_packed_demonstrations_share_rows_that_are_filled_evenly(
    data: DataSet, tiny_policy: Policy
) -> None:
    records = [
        data.records[0].model_copy(update={"id": str(length), "response": "x" * length})
        for length in (10, 190, 199, 30, 45)
    ]
    processor = tiny_policy.processor
    batch = PackingCollator(data, processor).demonstrations(records, most_tokens=1000)
    padded = Collator(data, processor).demonstrations(records, most_tokens=1000)

    prompt = batch.prompts.input_ids.shape[1]
    assert batch.response_mask.sum(1).tolist() == [200, 31, 11, 191, 46]
    assert batch.packed == (3, 2)
    assert batch.tokens == padded.tokens == 5 * prompt + 200 + 31 + 11 + 191 + 46
    assert batch.places == 2 * (3 * prompt + 200 + 31 + 11)
    # What is short goes through the model apart from what is long.
    assert padded.places == 5 * prompt + 3 * 46 + 2 * 200
