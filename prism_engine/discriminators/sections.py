"""The honest game: demonstrations and rollouts become inputs by the same road.

PRISM's released code cuts demonstrations at 512 tokens, ends the two sides by different tokens
and begins them by different white space, so that its discriminator can win without reading. Here
both sides are taken apart by the one parser, written anew from what it found (so that white space
between the blocks is the same), tokenised, cut to one length and closed by the one end token, and
the score is read at that token. Identical text therefore gives exactly equal inputs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from prism_engine.batch import OnDevice
from prism_engine.data.response import Sections
from prism_engine.discriminators.discriminator import Channels, ChannelScores
from prism_engine.policy.processor import Processor


def _caption(sections: Sections) -> str:
    return f"<caption>\n{sections.caption}\n</caption>"


def _reasoning(sections: Sections) -> str:
    return f"<think>\n{sections.think}\n</think>\n<answer>{sections.answer}</answer>"


EXPERTS: Channels = {"perception": _caption, "reasoning": _reasoning}
"""PRISM: the perception expert reads the caption, the reasoning expert think and answer."""

WHOLE_RESPONSE: Channels = {"response": lambda s: f"{_caption(s)}\n{_reasoning(s)}"}
"""GAD: one score for all of it."""


@dataclass(frozen=True)
class SectionBatch(OnDevice):
    """Sections, each continuing one prompt, padded on the right. N rows, S tokens."""

    ids: Tensor  # (N, S) int64
    mask: Tensor  # (N, S) bool; False in the padding
    position_ids: Tensor  # (3, N, S) int64; they go on after the prompt's
    scored: Tensor  # (N,) int64; the column of the end token, where the score is read
    prompt_index: Tensor  # (N,) int64


Row = tuple[int, tuple[int, ...]]
"""A prompt's number and the ids of a section that continues it."""


@dataclass(frozen=True)
class EncodedSections:
    """The sections of a step, each text of a prompt once.

    A policy that has learned to see writes the same caption several times in a group, and the
    demonstration's too. One row is enough: the score is the same and gradients add up.
    """

    rows: tuple[Row, ...]  # N of them, sorted
    demonstrations: dict[str, Tensor]  # by channel, (P,) int64: each prompt's row
    rollouts: dict[str, Tensor]  # by channel, (P, G) int64: each rollout's row, 0 if invalid

    def scores_of(self, channel: str, scores: Tensor) -> ChannelScores:
        """Hand the rows' scores (N,) to the two sides of a channel."""
        return ChannelScores(scores[self.demonstrations[channel]], scores[self.rollouts[channel]])


def encode_section(text: str, processor: Processor, longest: int) -> tuple[int, ...]:
    """What a channel reads as ids: text, cut at `longest` tokens, then the end token.

    This is the only way from text to what a discriminator reads.
    """
    return (*processor.encode_text(text)[: longest - 1], processor.end_id)


def encode_sections(
    channels: Channels,
    demonstrations: Sequence[Sections],
    rollouts: Sequence[Sections | None],
    processor: Processor,
    longest: int,
) -> EncodedSections:
    """Encode what P demonstrations and P·G rollouts, prompt by prompt, say in every channel.

    The rows are sorted, so that the batch, and with it every score to the last bit, is the same
    when the two sides change places.
    """
    group = len(rollouts) // len(demonstrations)

    def keys(channel: str, said: Iterable[tuple[int, Sections | None]]) -> list[Row | None]:
        return [
            sections and (prompt, encode_section(channels[channel](sections), processor, longest))
            for prompt, sections in said
        ]

    drawn = [(number // group, sections) for number, sections in enumerate(rollouts)]
    demonstrated_keys = {channel: keys(channel, enumerate(demonstrations)) for channel in channels}
    drawn_keys = {channel: keys(channel, drawn) for channel in channels}
    sides = [*demonstrated_keys.values(), *drawn_keys.values()]
    rows = sorted({key for side in sides for key in side if key is not None})
    place = {row: number for number, row in enumerate(rows)}

    def places(side: list[Row | None]) -> Tensor:
        return torch.tensor([place.get(key, 0) for key in side])

    return EncodedSections(
        rows=tuple(rows),
        demonstrations={channel: places(side) for channel, side in demonstrated_keys.items()},
        rollouts={channel: places(side).view(-1, group) for channel, side in drawn_keys.items()},
    )


def split_rows(rows: Sequence[Row], prompt_length: int, most_tokens: int) -> list[Sequence[Row]]:
    """Cut sorted rows into parts of at most so many tokens, each of at least one row.

    A row costs its own tokens, and its prompt's if no row before it in the part has the same one.
    """
    parts: list[Sequence[Row]] = []
    first, tokens = 0, 0
    for number, (prompt, ids) in enumerate(rows):
        alone = len(ids) + prompt_length
        cost = len(ids) if number > first and rows[number - 1][0] == prompt else alone
        if number > first and tokens + cost > most_tokens:
            parts.append(rows[first:number])
            first, tokens, cost = number, 0, alone
        tokens += cost
    return [*parts, rows[first:]]


def collate_sections(
    rows: Iterable[Row], next_position: Tensor, processor: Processor
) -> SectionBatch:
    """Put sections below each other.

    Args:
        rows: N of them.
        next_position: (P,) the position after each prompt.
        processor: Knows the padding.
    """
    numbers, sections = zip(*rows, strict=True)
    prompt_index = torch.tensor(numbers)
    ids, mask = processor.pad_responses(sections)
    positions = next_position.cpu()[prompt_index][:, None] + torch.arange(ids.shape[1])
    return SectionBatch(
        ids=ids,
        mask=mask,
        position_ids=positions.masked_fill(~mask, 0).expand(3, -1, -1),
        scored=mask.sum(1) - 1,
        prompt_index=prompt_index,
    )
