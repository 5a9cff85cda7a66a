from __future__ import annotations

import pytest
import torch

from prism_engine.algorithms.grpo import Grpo
from prism_engine.batch import Drawn, Rollouts
from prism_engine.contract.algorithms import Grpo as GrpoSettings
from prism_engine.data.records import Record
from prism_engine.data.response import Span, parse_response
from prism_engine.discriminators.sections import EXPERTS
from prism_engine.errors import InvalidModel
from prism_engine.policy.policy import Policy
from prism_engine.stages.credit import ResponseCredit, SectionCredit, caption_mask, token_span

CAPTION = "<caption>- 漢字 😀</caption>"
WELL_FORMED = f"\n{CAPTION}\n<think>so</think>\n<answer>2</answer>\n"
GRPO = Grpo(GrpoSettings(scale_rewards="none"), 100)
WEIGHTS = {"perception": 0.75, "reasoning": 0.25}


def drawn_of(policy: Policy, *texts: str) -> Drawn:
    """One prompt with these rollouts."""
    processor = policy.processor
    ids, mask = processor.pad_responses([processor.encode_response(text) for text in texts])
    finished = torch.ones(len(texts), dtype=torch.bool)
    return Drawn(
        records=(Record(id="a", question="?"),),
        prompts=processor.pad([processor.encode_prompt("?", [])]),
        rollouts=Rollouts(ids, mask, torch.zeros(ids.shape), finished),
        texts=texts,
        sections=tuple(parse_response(text) for text in texts),
        rollouts_per_prompt=len(texts),
        seconds=0.0,
    )


@pytest.fixture
def drawn(tiny_policy: Policy) -> Drawn:
    return drawn_of(tiny_policy, WELL_FORMED, WELL_FORMED.replace("2", "three"), "no form at all")


REWARDS = {
    "perception": torch.tensor([[3.0, 0.0, 0.0]]),  # advantages 2, -1, -1
    "reasoning": torch.tensor([[0.0, 6.0, 0.0]]),  # advantages -2, 4, -2
}


def test_the_caption_is_found_among_the_bytes(tiny_policy: Policy, drawn: Drawn) -> None:
    """The tiny model's tokens are bytes, of which some characters here have three or four."""
    found = caption_mask(drawn, tiny_policy.processor.decode)
    before, length = len(b"\n"), len(CAPTION.encode())
    for row in (0, 1):
        expected = [before <= place < before + length for place in range(found.shape[1])]
        assert found[row].tolist() == expected
    assert not found[2].any()


def test_a_token_belongs_to_the_section_that_it_begins_in() -> None:
    tokens = ["\n<cap", "tion>c</capt", "ion>\n<think>", "t</think>"]

    def decode(ids) -> str:
        return "".join(tokens[place] for place in ids)

    text = decode(range(4))
    caption = Span(text.index("<caption>"), text.index("\n<think>"))
    think = Span(text.index("<think>"), len(text))
    # The first token begins with the new line before the caption, the third inside of it.
    assert token_span(range(4), caption, decode) == slice(1, 3)
    assert token_span(range(4), think, decode) == slice(3, 4)


def test_few_prefixes_are_decoded(tiny_policy: Policy) -> None:
    text = f"<caption>{'c' * 4000}</caption><think>t</think><answer>1</answer>"
    drawn = drawn_of(tiny_policy, text)
    lengths = []

    def decode(ids) -> str:
        lengths.append(len(ids))
        return tiny_policy.processor.decode(ids)

    found = caption_mask(drawn, decode)

    assert found.sum() == len("<caption></caption>") + 4000
    assert len(lengths) <= 2 * 13


def test_every_section_gets_the_advantage_of_its_own_expert(
    tiny_policy: Policy, drawn: Drawn
) -> None:
    credit = SectionCredit(tiny_policy.processor, EXPERTS)
    found = credit.advantages(GRPO, REWARDS, WEIGHTS, drawn)

    caption = caption_mask(drawn, tiny_policy.processor.decode)
    others = drawn.rollouts.mask & ~caption
    # Weights of 0.75 and 0.25 are 1.5 and 0.5 times their mean.
    for row, (perception, reasoning) in enumerate([(3.0, -1.0), (-1.5, 2.0)]):
        assert found[row][caption[row]].unique().tolist() == [perception]
        assert found[row][others[row]].unique().tolist() == [reasoning]
    # The malformed rollout gets 0.75 · -1 + 0.25 · -2 everywhere.
    assert found[2][drawn.rollouts.mask[2]].unique().tolist() == [-1.25]
    assert not found[~drawn.rollouts.mask].any()


def test_the_end_token_belongs_to_the_reasoning(tiny_policy: Policy, drawn: Drawn) -> None:
    found = SectionCredit(tiny_policy.processor, EXPERTS).advantages(GRPO, REWARDS, WEIGHTS, drawn)
    last = int(drawn.rollouts.mask[0].sum()) - 1
    assert drawn.rollouts.ids[0, last] == tiny_policy.processor.end_id
    assert found[0, last] == -1.0


def test_by_default_every_token_gets_the_mixture(tiny_policy: Policy, drawn: Drawn) -> None:
    found = ResponseCredit(tiny_policy.processor, EXPERTS).advantages(GRPO, REWARDS, WEIGHTS, drawn)
    for row, expected in enumerate([1.0, 0.25, -1.25]):
        assert found[row][drawn.rollouts.mask[row]].unique().tolist() == [expected]


def test_one_expert_for_everything_has_no_sections(tiny_policy: Policy) -> None:
    with pytest.raises(InvalidModel, match=r"scores response; use credit: response"):
        SectionCredit(tiny_policy.processor, ["response"])
