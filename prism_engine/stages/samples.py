"""Items to be looked at: image, question, demonstration and rollouts, by section."""

from __future__ import annotations

import hashlib
import io
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from torch import Tensor

from prism_engine.batch import Drawn, RolloutBatch
from prism_engine.contract.events import Response, Sample, Section
from prism_engine.data.answers import written
from prism_engine.data.records import DataSet, Record
from prism_engine.data.response import Malformed, read_response
from prism_engine.distributed.ranks import Ranks
from prism_engine.distributed.single import ALONE
from prism_engine.policy.processor import Processor
from prism_engine.rewards.answer import answer_verdict

SHOWN_PROMPTS = 2
SHOWN_ROLLOUTS = 4

CUT = "cut at the longest length"
"""What is wrong with a response that its end token never ended."""

LARGEST_SIDE = 1024
"""Images are shown with at most so many pixels on a side."""


class Gallery:
    """Shows records, and keeps their images as `images/<sha256>.png` beside the events.

    Without a processor demonstrations are not shown: nobody could say how many tokens they have.
    Of several ranks the first writes.
    """

    def __init__(
        self,
        data: DataSet,
        processor: Processor | None,
        folder: Path,
        ranks: Ranks = ALONE.ranks,
    ) -> None:
        self._data = data
        self._processor = processor
        self._folder = folder
        self._ranks = ranks
        self._kept: dict[str, list[str]] = {}

    def sample(
        self,
        record: Record,
        rollouts: Sequence[Response],
        demonstration_scores: Mapping[str, float] | None = None,
    ) -> Sample:
        """Put one record, its demonstration and what the policy said together."""
        return Sample(
            item=record.id,
            question=record.messages[0].content if record.messages else record.question,
            gold=record.answer and written(record.answer),
            images=self._images(record),
            demonstration=self._demonstration(record, demonstration_scores),
            rollouts=list(rollouts),
        )

    def _demonstration(self, record: Record, scores: Mapping[str, float] | None) -> Response | None:
        text = record.messages[1].content if record.messages else record.response
        if text is None or self._processor is None:
            return None
        tokens = len(self._processor.encode_response(text))
        return shown_response(record, text, tokens, scores=scores)

    def _images(self, record: Record) -> list[str]:
        if record.id not in self._kept:
            self._kept[record.id] = [self._keep(image) for image in self._data.images(record)]
        return self._kept[record.id]

    def _keep(self, image: Image.Image) -> str:
        image.thumbnail((LARGEST_SIDE, LARGEST_SIDE))
        buffer = io.BytesIO()
        image.save(buffer, "PNG")
        sha256 = hashlib.sha256(buffer.getvalue()).hexdigest()
        if self._ranks.is_first:
            self._folder.mkdir(parents=True, exist_ok=True)
            (self._folder / f"{sha256}.png").write_bytes(buffer.getvalue())
        return sha256


def show_rollouts(
    batch: RolloutBatch,
    gallery: Gallery,
    scores: Mapping[str, Tensor] | None = None,
    demonstration_scores: Mapping[str, Tensor] | None = None,
) -> list[Sample]:
    """What the learner is told of, as `show_drawn` shows it.

    Args:
        batch: B rollouts of P prompts.
        gallery: shows the records.
        scores: of the rollouts by expert, (B,); meaningless where a rollout is malformed.
        demonstration_scores: of the demonstrations by expert, (P,).
    """

    def told(row: int) -> Told:
        advantage = batch.advantages[row][batch.response_mask[row]].mean().item()
        return Told(_row(batch.rewards, row), advantage)

    return show_drawn(batch.drawn, gallery, scores, demonstration_scores, told)


@dataclass(frozen=True)
class Told:
    """What the learner was told of a rollout."""

    rewards: Mapping[str, float]  # by channel
    advantage: float | None


UNTOLD = Told({}, None)


def show_drawn(
    drawn: Drawn,
    gallery: Gallery,
    scores: Mapping[str, Tensor] | None = None,
    demonstration_scores: Mapping[str, Tensor] | None = None,
    told: Callable[[int], Told] = lambda row: UNTOLD,
) -> list[Sample]:
    """The first few rollouts of the first few prompts, each beside its demonstration.

    Args:
        drawn: B rollouts of P prompts.
        gallery: shows the records.
        scores: of the rollouts by expert, (B,); meaningless where a rollout is malformed.
        demonstration_scores: of the demonstrations by expert, (P,).
        told: what the learner was told of a row.
    """
    group = drawn.rollouts_per_prompt
    lengths = drawn.rollouts.mask.sum(1).tolist()
    return [
        gallery.sample(
            record,
            [
                shown_response(
                    record,
                    drawn.texts[row],
                    lengths[row],
                    finished=bool(drawn.rollouts.finished[row]),
                    scores=_row(scores, row),
                    rewards=told(row).rewards,
                    advantage=told(row).advantage,
                )
                for row in range(prompt * group, prompt * group + min(group, SHOWN_ROLLOUTS))
            ],
            _row(demonstration_scores, prompt),
        )
        for prompt, record in enumerate(drawn.records[:SHOWN_PROMPTS])
    ]


def shown_response(
    record: Record,
    text: str,
    tokens: int,
    *,
    finished: bool = True,
    scores: Mapping[str, float] | None = None,
    rewards: Mapping[str, float] | None = None,
    advantage: float | None = None,
) -> Response:
    """A response taken apart, with what judges and verifiers said of it.

    Args:
        record: the item that it answers.
        text: the whole response.
        tokens: its length, end token included.
        finished: False if it was cut at the longest length, which makes it malformed.
        scores: by what the discriminator reads: `perception` and `reasoning`, or `response`.
        rewards: by channel.
        advantage: what the learner was told of it.
    """
    sections = read_response(text) if finished else CUT
    shown = {"text": text, "tokens": tokens, "rewards": rewards or {}, "advantage": advantage}
    if isinstance(sections, Malformed | str):
        return Response(valid=False, malformed=str(sections), **shown)
    scores = scores or {}
    found = answer_verdict(record, sections)
    return Response(
        valid=True,
        caption=Section(text=sections.caption, score=scores.get("perception")),
        reasoning=Section(text=sections.think, score=scores.get("reasoning")),
        answer=sections.answer,
        score=scores.get("response"),
        correct=None if found is None else found == "right",
        verdict=found,
        **shown,
    )


def _row(numbers: Mapping[str, Tensor] | None, row: int) -> dict[str, float]:
    """The row's number by name; one that does not apply is NaN and is left out."""
    row_of = {name: values[row].item() for name, values in (numbers or {}).items()}
    return {name: number for name, number in row_of.items() if not math.isnan(number)}
