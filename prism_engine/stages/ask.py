"""One question about one's own images: a greedy response and a few sampled ones."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from pathlib import Path

import torch

from prism_engine.batch import Drawn, Rollouts
from prism_engine.contract.config import Ask as AskSettings
from prism_engine.contract.events import Sample
from prism_engine.data.collate import Collator
from prism_engine.data.records import DataSet, Record
from prism_engine.discriminators.discriminator import Discriminator
from prism_engine.memory import spent_on
from prism_engine.policy.processor import Processor
from prism_engine.policy.sampler.sampler import Sampler
from prism_engine.randomness import Randomness
from prism_engine.stages.rollouts import measure_rollouts, refuse_non_finite, take_apart
from prism_engine.stages.samples import Gallery, shown_response
from prism_engine.stages.stage import Stage


class Ask(Stage[Drawn]):
    """Draws all responses in one step, and has their sections scored; nothing learns.

    Args:
        settings: the run's.
        data: the question, as the only record.
        processor: reads and writes tokens.
        sampler: draws from the policy.
        discriminator: scores the responses, if anybody does.
        randomness: of the run.
        gallery: keeps what is shown.
    """

    def __init__(
        self,
        settings: AskSettings,
        data: DataSet,
        processor: Processor,
        sampler: Sampler,
        discriminator: Discriminator | None,
        randomness: Randomness,
        gallery: Gallery,
    ) -> None:
        self._settings = settings
        self._records = data.records
        self._processor = processor
        self._collator = Collator(data, processor)
        self._sampler = sampler
        self._discriminator = discriminator
        self._randomness = randomness
        self._gallery = gallery

    def collect(self, step: int) -> Drawn:
        """The greedy response first. Raises `Diverged` where probabilities are no numbers."""
        began = time.perf_counter()
        prompts = self._collator.prompts(self._records)
        generator = self._randomness.generator("ask", step)

        def draw(count: int, temperature: float) -> Rollouts:
            return self._sampler.sample(
                prompts,
                count,
                temperature=temperature,
                max_new_tokens=self._settings.sampling.max_new_tokens,
                generator=generator,
            ).to(torch.device("cpu"))

        with spent_on("sampling"):
            rollouts = [draw(1, temperature=0.0)]
            if sampled := self._settings.samples_per_item:
                rollouts.append(draw(sampled, self._settings.sampling.temperature))
        joined = Rollouts.joined(rollouts)
        drawn = take_apart(self._records, prompts, joined, self._processor, began)
        refuse_non_finite(drawn, step)
        return drawn

    def reflect(self, batch: Drawn) -> dict[str, float]:
        return measure_rollouts(batch)

    def show(self, batch: Drawn, step: int) -> list[Sample]:
        """The question with every response to it."""
        (record,) = batch.records
        lengths, finished = batch.rollouts.mask.sum(1).tolist(), batch.rollouts.finished.tolist()
        responses = [
            shown_response(record, text, length, finished=whole, scores=scores)
            for text, length, whole, scores in zip(
                batch.texts, lengths, finished, self._scores(batch), strict=True
            )
        ]
        return [self._gallery.sample(record, responses)]

    @torch.no_grad()
    def _scores(self, drawn: Drawn) -> list[dict[str, float]]:
        """What the discriminator thinks of each response, by channel."""
        formed = [sections for sections in drawn.sections if sections is not None]
        if self._discriminator is None or not formed:
            return [{} for _ in drawn.texts]
        # It compares two sides and nobody demonstrated anything. A response in the place of the
        # demonstration changes no score: the same text is one row.
        channels = self._discriminator.score(drawn, formed[:1]).channels
        by_channel = {name: both.rollouts.flatten().tolist() for name, both in channels.items()}
        return [
            {name: scores[row] for name, scores in by_channel.items()}
            for row in range(len(drawn.texts))
        ]


def asked(images: Sequence[Path], question: str) -> DataSet:
    """A data set of one record. Its id follows from what is asked.

    The same question to two policies is the same item, so that the responses are found together.
    """
    root = Path("/")
    places = [image.resolve() for image in images]
    digest = hashlib.sha256(question.encode())
    for place in places:
        digest.update(hashlib.sha256(place.read_bytes()).digest())
    record = Record(
        id=f"question-{digest.hexdigest()[:12]}",
        question=question,
        images=[str(place.relative_to(root)) for place in places],
    )
    return DataSet(root, [record])
