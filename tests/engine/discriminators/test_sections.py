"""The honest game: identical text on both sides gives exactly equal inputs."""

import pytest
import torch

from prism_engine.data.response import parse_response
from prism_engine.discriminators.sections import (
    EXPERTS,
    WHOLE_RESPONSE,
    collate_sections,
    encode_section,
    encode_sections,
    split_rows,
)
from prism_engine.policy.policy import Policy
from tests.engine.discriminators.game import response, sections

CHANNELS = {**EXPERTS, **WHOLE_RESPONSE}
SHORT, LONG = "- x", "- a red circle\n" * 20


@pytest.fixture
def processor(tiny_policy: Policy):
    return tiny_policy.processor


def through_the_sampler(processor, text: str) -> str:
    """What becomes of a text that the policy writes: ids, padding, and text again."""
    ids, mask = processor.pad_responses([processor.encode_response(text), [0] * 900])
    return processor.decode(ids[0][mask[0]].tolist())


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("text", [SHORT, LONG], ids=["short", "long"])
@pytest.mark.parametrize("longest", [8, 40, 1000], ids=["far over", "over", "within"])
def test_identical_text_gives_identical_ids(processor, channel, text, longest):
    demonstration = parse_response(response(text, think=text))
    rollout = parse_response(through_the_sampler(processor, response(text, think=text)))
    there, back = (
        encode_section(CHANNELS[channel](side), processor, longest)
        for side in (demonstration, rollout)
    )
    assert there == back
    assert len(there) <= longest


@pytest.mark.parametrize("channel", CHANNELS)
def test_white_space_around_the_blocks_does_not_tell_the_sides_apart(processor, channel):
    tidy = parse_response(response("- x", "y", "1"))
    loose = parse_response(
        "\n <caption>\n- x </caption>  \n\n<think> y\n</think><answer> 1 </answer>\n\n"
    )
    there, back = (encode_section(CHANNELS[channel](s), processor, 99) for s in (tidy, loose))
    assert there == back


@pytest.mark.parametrize("longest", [4, 17, 400])
def test_every_section_ends_with_the_same_token(processor, longest):
    for text in (SHORT, LONG):
        for read in CHANNELS.values():
            ids = encode_section(read(sections(text, think=text)), processor, longest)
            assert ids[-1] == processor.end_id
            assert processor.end_id not in ids[:-1]
            assert processor.pad_id not in ids


def test_a_section_over_the_limit_is_cut_before_its_end_token(processor):
    whole = encode_section(EXPERTS["perception"](sections(LONG)), processor, 1000)
    cut = encode_section(EXPERTS["perception"](sections(LONG)), processor, 50)
    assert cut == (*whole[:49], processor.end_id)
    assert len(encode_section(EXPERTS["perception"](sections(LONG)), processor, len(whole))) == len(
        whole
    )


def test_what_the_experts_read(processor):
    said = sections("- a\n- b", "c", "7")
    read = {
        channel: processor.decode(encode_section(text_of(said), processor, 99))
        for channel, text_of in CHANNELS.items()
    }
    assert read == {
        "perception": "<caption>\n- a\n- b\n</caption>",
        "reasoning": "<think>\nc\n</think>\n<answer>7</answer>",
        "response": "<caption>\n- a\n- b\n</caption>\n<think>\nc\n</think>\n<answer>7</answer>",
    }


def test_identical_text_shares_a_row_within_a_prompt_only(processor):
    demonstrations = [sections("- a", "c"), sections("- a", "c")]
    rollouts = [sections("- a", "d"), None, sections("- b", "c"), sections("- b", "d")]
    encoded = encode_sections(EXPERTS, demonstrations, rollouts, processor, 99)
    assert [prompt for prompt, _ in encoded.rows] == [0, 0, 0, 1, 1, 1, 1]
    (same, _), (one, twin) = encoded.rollouts["perception"].tolist()
    assert same == encoded.demonstrations["perception"][0]
    assert one == twin != encoded.demonstrations["perception"][1]
    (other, _), (same, another) = encoded.rollouts["reasoning"].tolist()
    assert other != encoded.demonstrations["reasoning"][0]
    assert same == encoded.demonstrations["reasoning"][1] != another


def test_rows_are_cut_where_memory_ends():
    rows = [(0, (1, 2, 3)), (0, (4,)), (1, (5, 6)), (2, (7,) * 50), (3, (8,))]
    assert split_rows(rows, 5, 1000) == [rows]
    # The first prompt with both its sections costs 5 + 3 + 1 tokens, the second 5 + 2.
    assert split_rows(rows, 5, 16) == [rows[:3], rows[3:4], rows[4:]]
    assert split_rows(rows, 5, 15) == [rows[:2], rows[2:3], rows[3:4], rows[4:]]
    assert split_rows(rows, 5, 8) == [[row] for row in rows]


@pytest.mark.parametrize("neighbour", [SHORT, LONG], ids=["unpadded", "padded"])
def test_a_row_is_the_same_whatever_stands_beside_it(processor, neighbour):
    ids = encode_section(EXPERTS["perception"](sections(SHORT)), processor, 400)
    other = encode_section(EXPERTS["perception"](sections(neighbour)), processor, 400)
    batch = collate_sections([(0, ids), (1, other), (0, ids)], torch.tensor([5, 9]), processor)
    length = len(ids)
    assert batch.ids[0, :length].tolist() == list(ids)
    assert batch.mask.sum(1).tolist() == [length, len(other), length]
    assert batch.position_ids[:, 0, :length].tolist() == [list(range(5, 5 + length))] * 3
    assert batch.scored.tolist() == [length - 1, len(other) - 1, length - 1]
    assert (batch.ids[torch.arange(3), batch.scored] == processor.end_id).all()
    for tensor in (batch.ids, batch.mask, batch.position_ids.transpose(0, 1)):
        assert torch.equal(tensor[0], tensor[2])
