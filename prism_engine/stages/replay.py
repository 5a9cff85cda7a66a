"""Persistent negatives: rollouts of earlier steps that the discriminator learns from again.

A discriminator that sees the newest rollouts alone forgets what it had learned of older ones, and
its rewards with it (arXiv 2609.30864). Whole groups come back together with their prompts, since a
pass over the data that draws every prompt once has nothing else to bring back.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from prism_engine.batch import Drawn, PromptBatch, Rollouts
from prism_engine.data.records import Record
from prism_engine.policy.processor import Processor
from prism_engine.randomness import Randomness
from prism_engine.stages.rollouts import take_apart


@dataclass(frozen=True)
class Group:
    """The rollouts of one prompt at one step."""

    place: int  # of the record in the data set
    responses: tuple[Tensor, ...]  # G of (tokens,) int64, without padding
    finished: Tensor  # (G,) bool


class Replay:
    """Keeps the last groups of a run that have a well-formed rollout.

    Args:
        share: of a step's prompts, that earlier ones take the place of.
        size: so many groups are kept, the newest.
        records: the data set; a group is kept with its record's place in it.
        encode: makes prompts of records.
        processor: reads tokens.
        randomness: of the run.
    """

    def __init__(
        self,
        share: float,
        size: int,
        records: Sequence[Record],
        encode: Callable[[Sequence[Record]], PromptBatch],
        processor: Processor,
        randomness: Randomness,
    ) -> None:
        self._share = share
        self._records = records
        self._places = {record.id: place for place, record in enumerate(records)}
        self._encode = encode
        self._processor = processor
        self._randomness = randomness
        self._kept: deque[Group] = deque(maxlen=size)

    def keep(self, drawn: Drawn) -> None:
        """Remember a step's groups, if any will ever be learned from again."""
        if self._share:
            valid = drawn.valid.view(len(drawn.records), -1).any(1).tolist()
            groups = _groups_of(drawn)
            self._kept += [
                Group(self._places[record.id], responses, finished)
                for record, (responses, finished), useful in zip(
                    drawn.records, groups, valid, strict=True
                )
                if useful
            ]

    def mixed_into(self, drawn: Drawn, step: int) -> Drawn:
        """What to learn from in place of `drawn`: itself, if nothing earlier is known.

        The last prompts of the step make room; they have no order, so that any would do.
        """
        began = time.perf_counter()
        earlier = self._earlier(len(drawn.records), step)
        if not earlier:
            return drawn
        fresh = len(drawn.records) - len(earlier)
        records = [*drawn.records[:fresh], *(self._records[group.place] for group in earlier)]
        groups = [*_groups_of(drawn)[:fresh], *((one.responses, one.finished) for one in earlier)]
        ids, mask = self._processor.pad_responses(
            [response.tolist() for responses, _ in groups for response in responses]
        )
        finished = torch.cat([each for _, each in groups])
        rollouts = Rollouts(ids, mask, torch.zeros(ids.shape), finished)
        return take_apart(records, self._encode(records), rollouts, self._processor, began)

    def _earlier(self, prompts: int, step: int) -> list[Group]:
        """The groups that come back at a step of so many prompts."""
        generator = self._randomness.generator("replay", step)
        order = torch.randperm(len(self._kept), generator=generator).tolist()
        return [self._kept[place] for place in order[: round(self._share * prompts)]]

    def state(self) -> dict[str, Tensor]:
        """Places of the records; of all rollouts lengths and whether they ended; all ids."""
        responses = [response for group in self._kept for response in group.responses]
        none = torch.tensor([], dtype=torch.int64)
        return {
            "places": torch.tensor([group.place for group in self._kept], dtype=torch.int64),
            "lengths": torch.tensor([len(ids) for ids in responses], dtype=torch.int64),
            "finished": torch.cat([none.bool(), *(group.finished for group in self._kept)]),
            "ids": torch.cat([none, *responses]),
        }

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        places = state["places"].tolist()
        responses = state["ids"].split(state["lengths"].tolist())
        group = len(responses) // max(1, len(places))
        self._kept.clear()
        self._kept += [
            Group(place, tuple(responses[at : at + group]), state["finished"][at : at + group])
            for place, at in zip(places, range(0, len(responses), max(1, group)), strict=True)
        ]


def _groups_of(drawn: Drawn) -> list[tuple[tuple[Tensor, ...], Tensor]]:
    """Of every prompt what was said, without padding, and (G,) bool, whether it ended."""
    rollouts = drawn.rollouts
    responses = [ids[mask] for ids, mask in zip(rollouts.ids, rollouts.mask, strict=True)]
    size = drawn.rollouts_per_prompt
    return [
        (tuple(responses[at : at + size]), rollouts.finished[at : at + size])
        for at in range(0, len(responses), size)
    ]
