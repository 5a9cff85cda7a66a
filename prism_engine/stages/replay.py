"""Persistent negatives: rollouts of earlier steps that the discriminator learns from again.

A discriminator that sees the newest rollouts alone forgets what it had learned of older ones, and
its rewards with it (arXiv 2609.30864).
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from prism_engine.batch import Drawn, Rollouts
from prism_engine.data.records import Record
from prism_engine.policy.processor import Processor
from prism_engine.randomness import Randomness
from prism_engine.stages.rollouts import take_apart


class Replay:
    """Keeps the last well-formed rollouts of a run.

    Args:
        share: of every group, that earlier rollouts of the same prompt take the place of.
        size: so many rollouts are kept, the newest.
        records: the data set; a rollout is kept with its record's place in it.
        processor: reads tokens.
        randomness: of the run.
    """

    def __init__(
        self,
        share: float,
        size: int,
        records: Sequence[Record],
        processor: Processor,
        randomness: Randomness,
    ) -> None:
        self._share = share
        self._places = {record.id: place for place, record in enumerate(records)}
        self._processor = processor
        self._randomness = randomness
        self._kept: deque[tuple[int, Tensor]] = deque(maxlen=size)

    def keep(self, drawn: Drawn) -> None:
        """Remember a step's well-formed rollouts, if any will ever be learned from again."""
        if self._share:
            self._kept += [
                (self._places[drawn.record_of(row).id], _response(drawn.rollouts, row))
                for row in drawn.valid.nonzero().flatten().tolist()
            ]

    def mixed_into(self, drawn: Drawn, step: int) -> Drawn:
        """What to learn from in place of `drawn`: itself, if nothing earlier is known.

        The last rollouts of a group make room; a group has no order, so that any would do.
        """
        began = time.perf_counter()
        generator = self._randomness.generator("replay", step)
        replaced = self._replaced(drawn, generator)
        if not replaced:
            return drawn
        rows = range(len(drawn.texts))
        written = [replaced.get(row, _response(drawn.rollouts, row)) for row in rows]
        ids, mask = self._processor.pad_responses([response.tolist() for response in written])
        finished = drawn.rollouts.finished.clone()
        finished[list(replaced)] = True
        rollouts = Rollouts(ids, mask, torch.zeros(ids.shape), finished)
        return take_apart(drawn.records, drawn.prompts, rollouts, self._processor, began)

    def _replaced(self, drawn: Drawn, generator: torch.Generator) -> dict[int, Tensor]:
        """Earlier rollouts of the same prompts, by the row that each of them takes."""
        group = drawn.rollouts_per_prompt
        replaced = {}
        for prompt, record in enumerate(drawn.records):
            place = self._places[record.id]
            earlier = [response for kept, response in self._kept if kept == place]
            order = torch.randperm(len(earlier), generator=generator).tolist()
            last = (prompt + 1) * group - 1
            for number, chosen in enumerate(order[: round(self._share * group)]):
                replaced[last - number] = earlier[chosen]
        return replaced

    def state(self) -> dict[str, Tensor]:
        """Places of the records, lengths, and all ids one after the other."""
        none = torch.tensor([], dtype=torch.int64)
        return {
            "places": torch.tensor([place for place, _ in self._kept], dtype=torch.int64),
            "lengths": torch.tensor([len(ids) for _, ids in self._kept], dtype=torch.int64),
            "ids": torch.cat([none, *(ids for _, ids in self._kept)]),
        }

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        responses = state["ids"].split(state["lengths"].tolist())
        self._kept.clear()
        self._kept += zip(state["places"].tolist(), responses, strict=True)


def _response(rollouts: Rollouts, row: int) -> Tensor:
    """(tokens,) what was said, without padding."""
    return rollouts.ids[row][rollouts.mask[row]]
