from __future__ import annotations

from pathlib import Path

import pytest
import torch
from PIL import Image

from prism_engine.data.records import Turn
from prism_engine.errors import InvalidData
from prism_engine.policy.families import FAMILIES
from prism_engine.policy.policy import Policy
from prism_engine.policy.positions import rope_positions


def text_of(policy: Policy, ids: torch.Tensor | list[int]) -> str:
    return policy.processor._tokenizer.decode(ids)


def test_placeholders_are_expanded_to_one_per_merged_patch(
    tiny_policy: Policy, pictures: list[Image.Image]
) -> None:
    prompt = tiny_policy.processor.encode_prompt("How many?", [pictures[0], pictures[3]])

    assert prompt.grid_thw.tolist() == [[1, 4, 4], [1, 4, 10]]
    assert text_of(tiny_policy, prompt.input_ids) == (
        "<|im_start|>user\n"
        f"<|vision_start|>{'<|image_pad|>' * 4}<|vision_end|>"
        f"<|vision_start|>{'<|image_pad|>' * 10}<|vision_end|>"
        "How many?<|im_end|>\n<|im_start|>assistant\n"
    )
    assert prompt.token_types.sum() == 14
    assert tiny_policy.processor.pad([prompt]).pixel_values.shape == (16 + 40, 96)


def test_images_stand_where_the_question_marks_them(
    tiny_policy: Policy, pictures: list[Image.Image]
) -> None:
    question = "Is <image> or <image><image> red?"

    prompt = tiny_policy.processor.encode_prompt(question, [pictures[3], pictures[0], pictures[3]])

    first, second = (f"<|vision_start|>{'<|image_pad|>' * n}<|vision_end|>" for n in (10, 4))
    assert text_of(tiny_policy, prompt.input_ids) == (
        f"<|im_start|>user\nIs {first} or {second}{first} red?<|im_end|>\n<|im_start|>assistant\n"
    )
    assert prompt.grid_thw.tolist() == [[1, 4, 10], [1, 4, 4], [1, 4, 10]]


@pytest.mark.parametrize("family", FAMILIES)
def test_positions_are_those_of_transformers(
    tiny_folders: dict[str, Path], pictures: list[Image.Image], family: str
) -> None:
    policy = Policy.load(tiny_folders[family], torch.float32, torch.device("cpu"))
    processor = policy.processor
    prompts = [
        processor.encode_prompt("Two", [pictures[3], pictures[2]]),
        processor.encode_prompt("None at all, but a long question", []),
        processor.encode_prompt("One", [pictures[4]]),
        processor.encode_prompt("Is <image> or <image> it?", [pictures[0], pictures[4]]),
    ]
    batch = processor.pad(prompts)

    theirs, deltas = policy.model.model.get_rope_index(
        batch.input_ids,
        batch.token_types.int(),
        image_grid_thw=batch.grid_thw,
        attention_mask=batch.attention_mask,
    )

    mask = batch.attention_mask
    assert torch.equal(batch.position_ids[:, mask], theirs[:, mask])
    assert torch.equal(batch.next_position, deltas[:, 0] + mask.sum(1))


def test_positions_by_hand() -> None:
    types = torch.tensor([0, 0, 1, 1, 1, 1, 1, 1, 0, 0])
    grid = torch.tensor([[1, 4, 6]])

    assert rope_positions(types, grid, merge_size=2).tolist() == [
        [0, 1, 2, 2, 2, 2, 2, 2, 5, 6],
        [0, 1, 2, 2, 2, 3, 3, 3, 5, 6],
        [0, 1, 2, 3, 4, 2, 3, 4, 5, 6],
    ]


def test_a_part_of_a_padded_batch_holds_its_own_images(
    tiny_policy: Policy, pictures: list[Image.Image]
) -> None:
    processor = tiny_policy.processor
    prompts = [
        processor.encode_prompt("a", [pictures[0], pictures[3]]),
        processor.encode_prompt("b", []),
        processor.encode_prompt("c", [pictures[4]]),
    ]
    part = processor.pad(prompts).select(1, 3)

    assert torch.equal(part.pixel_values, processor.pad(prompts[2:]).pixel_values)
    assert torch.equal(part.grid_thw, prompts[2].grid_thw)
    assert part.images_per_prompt == (0, 1)
    assert torch.equal(part.input_ids[1][part.attention_mask[1]], prompts[2].input_ids)


def test_a_conversation_is_learned_where_the_assistant_speaks(
    tiny_policy: Policy, pictures: list[Image.Image]
) -> None:
    turns = [
        Turn(role="user", content="a1?"),
        Turn(role="assistant", content="red"),
        Turn(role="user", content="b1?"),
        Turn(role="assistant", content="blue"),
    ]

    prompt, ids, learned = tiny_policy.processor.encode_conversation(turns, [pictures[0]])

    assert torch.equal(
        prompt.input_ids, tiny_policy.processor.encode_prompt("a1?", [pictures[0]]).input_ids
    )
    asked = "\n<|im_start|>user\nb1?<|im_end|>\n<|im_start|>assistant\n"
    assert text_of(tiny_policy, ids) == f"red<|im_end|>{asked}blue<|im_end|>"
    spoken = [token for token, counts in zip(ids, learned, strict=True) if counts]
    assert text_of(tiny_policy, spoken) == "red<|im_end|>blue<|im_end|>"


def test_a_response_comes_back_as_it_was(tiny_policy: Policy) -> None:
    text = "<caption>\n- ein Fuß, 3 €\n</caption>"
    ids = tiny_policy.processor.encode_response(text)

    assert ids[-1] == tiny_policy.processor.end_id
    assert tiny_policy.processor.decode([*ids, tiny_policy.processor.pad_id]) == text


def test_reserved_tokens_are_refused_in_what_is_said(tiny_policy: Policy) -> None:
    with pytest.raises(InvalidData, match=r"reserved token <\|image_pad\|>"):
        tiny_policy.processor.encode_text("look: <|image_pad|>")
    with pytest.raises(InvalidData, match="1 image placeholders for 0 images"):
        tiny_policy.processor.encode_prompt("<|image_pad|>", [])


def test_padding_vision_and_placeholders_are_banned(tiny_policy: Policy) -> None:
    processor = tiny_policy.processor
    names = processor._tokenizer.convert_ids_to_tokens(list(processor.banned_ids))

    assert set(names) == {
        "<|endoftext|>", "<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>",
    }  # fmt: skip


def test_prompts_unfold_into_what_they_were_encoded_from(
    tiny_policy: Policy, pictures: list[Image.Image]
) -> None:
    processor = tiny_policy.processor
    large = Image.new("RGB", (90, 70), (200, 30, 60))
    batch = processor.pad(
        [
            processor.encode_prompt("none", []),
            processor.encode_prompt("two <image> of them <image>", [large, pictures[3]]),
            processor.encode_prompt("one", [pictures[0]]),
        ]
    )

    unfolded = processor.unfold(batch)

    images = [images for _, images in unfolded]
    assert [len(each) for each in images] == [0, 2, 1]
    assert images[1][0].size == processor._patcher.fit(90, 70)
    assert images[1][1].tobytes() == pictures[3].tobytes()
    assert images[2][0].tobytes() == pictures[0].tobytes()
    for ids, each in unfolded:
        assert ids.count(processor.image_id) == len(each)
    assert text_of(tiny_policy, unfolded[2][0]) == (
        "<|im_start|>user\n<|vision_start|><|image_pad|><|vision_end|>one<|im_end|>\n"
        "<|im_start|>assistant\n"
    )
