"""From prompts to groups of rollouts, and from judged groups to a batch to learn from."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Mapping, Sequence
from statistics import fmean

import torch
from torch import Tensor

from prism_engine.batch import Drawn, PromptBatch, RolloutBatch, Rollouts
from prism_engine.contract.config import GroupedRun
from prism_engine.contract.events import AnswerVerdict
from prism_engine.contract.structure import (
    caption_items,
    caption_precision,
    caption_recall,
    reasoning_steps,
)
from prism_engine.data.collate import Collator
from prism_engine.data.records import DataSet, Record
from prism_engine.data.response import Sections, parse_response
from prism_engine.errors import Diverged
from prism_engine.memory import spent_on
from prism_engine.policy.processor import Processor
from prism_engine.policy.sampler.sampler import Sampler
from prism_engine.randomness import Randomness
from prism_engine.rewards.answer import answer_verdict, verify_ahead


class Collector(ABC):
    """Where a step's rollouts come from: groups of them for the records that the step draws."""

    def __init__(
        self, settings: GroupedRun, data: DataSet, processor: Processor, randomness: Randomness
    ) -> None:
        self._settings = settings
        self._data = data
        self._processor = processor
        self._collator = Collator(data, processor)
        self._randomness = randomness

    def draw(self, step: int) -> Drawn:
        """The rollouts of a step: the same for the same step, seed and weights.

        Raises:
            Diverged: the policy's probabilities are no numbers any more.
        """
        drawn = self.respond(
            records_of(step, self._settings, self._data, self._randomness),
            self._randomness.generator("rollouts", step),
            records_of(step + 1, self._settings, self._data, self._randomness),
        )
        refuse_non_finite(drawn, step)
        return drawn

    def respond(
        self,
        records: Sequence[Record],
        generator: torch.Generator,
        following: Sequence[Record] = (),
    ) -> Drawn:
        """A group of rollouts for each of these records; all chance comes from the generator.

        Images of the `following` ones are read meanwhile.
        """
        began = time.perf_counter()
        prompts = self._collator.prompts(records)
        if following:
            self._collator.ahead(following)
        rollouts = self._rollouts(records, prompts, generator)
        return take_apart(records, prompts, rollouts, self._processor, began)

    @abstractmethod
    def _rollouts(
        self, records: Sequence[Record], prompts: PromptBatch, generator: torch.Generator
    ) -> Rollouts:
        """The groups of the records, one after the other, on the CPU."""


class RolloutCollector(Collector):
    """Draws from the policy."""

    def __init__(
        self,
        settings: GroupedRun,
        data: DataSet,
        processor: Processor,
        sampler: Sampler,
        randomness: Randomness,
    ) -> None:
        super().__init__(settings, data, processor, randomness)
        self._sampler = sampler

    def _rollouts(
        self, records: Sequence[Record], prompts: PromptBatch, generator: torch.Generator
    ) -> Rollouts:
        settings = self._settings
        with spent_on("sampling"):
            return self._sampler.sample(
                prompts,
                settings.rollouts_per_prompt,
                temperature=settings.sampling.temperature,
                max_new_tokens=settings.sampling.max_new_tokens,
                generator=generator,
            ).to(torch.device("cpu"))

    def gather(self, draws: Sequence[Drawn], chosen: Sequence[Sequence[int]]) -> Drawn:
        """One draw made of the chosen groups of several, in order.

        Args:
            draws: with equally large groups.
            chosen: of every draw the places of the groups that are wanted, at least one in all.
        """
        if len(draws) == 1 and list(chosen[0]) == list(range(len(draws[0].records))):
            return draws[0]
        group = draws[0].rollouts_per_prompt
        groups = [
            (drawn, place) for drawn, places in zip(draws, chosen, strict=True) for place in places
        ]
        rows = [(drawn, place * group + each) for drawn, place in groups for each in range(group)]
        records = tuple(drawn.records[place] for drawn, place in groups)
        return Drawn(
            records=records,
            prompts=self._collator.prompts(records),
            rollouts=Rollouts.joined([drawn.rollouts.select([row]) for drawn, row in rows]),
            texts=tuple(drawn.texts[row] for drawn, row in rows),
            sections=tuple(drawn.sections[row] for drawn, row in rows),
            rollouts_per_prompt=group,
            seconds=sum(drawn.seconds for drawn in draws),
        )


def records_of(
    step: int, settings: GroupedRun, data: DataSet, randomness: Randomness
) -> list[Record]:
    """The records of a step; none after the last one."""
    if step > settings.steps:
        return []
    items = randomness.items(step, settings.prompts_per_step, len(data))
    return [data.records[item] for item in items]


def refuse_non_finite(drawn: Drawn, step: int) -> None:
    """Raises `Diverged` if the policy's probabilities are no numbers any more."""
    if not drawn.rollouts.logprobs.isfinite().all():
        raise Diverged(step, "policy's probability of a rollout")


def take_apart(
    records: Sequence[Record],
    prompts: PromptBatch,
    rollouts: Rollouts,
    processor: Processor,
    began: float,
) -> Drawn:
    """Parse every rollout once, whoever wrote it.

    Args:
        records: P items.
        prompts: what they ask.
        rollouts: P·G responses.
        processor: reads tokens.
        began: when drawing them began, by the performance counter.
    """
    texts = tuple(
        processor.decode(ids[mask].tolist())
        for ids, mask in zip(rollouts.ids, rollouts.mask, strict=True)
    )
    sections = tuple(
        parse_response(text) if finished else None
        for text, finished in zip(texts, rollouts.finished.tolist(), strict=True)
    )
    return Drawn(
        records=tuple(records),
        prompts=prompts,
        rollouts=rollouts,
        texts=texts,
        sections=sections,
        rollouts_per_prompt=len(texts) // len(records),
        seconds=time.perf_counter() - began,
    )


def rollout_batch(
    drawn: Drawn,
    rewards: Mapping[str, Tensor],
    advantages: Tensor,
    judge_seconds: float,
    learned: Tensor | None = None,
) -> RolloutBatch:
    """Put judged rollouts together for the learner.

    Args:
        drawn: P prompts with G rollouts each, B in all.
        rewards: by channel, (B,).
        advantages: (B, R).
        judge_seconds: how long judging took.
        learned: (B,) bool; which rollouts are learned from, all if left out.
    """
    rollouts, group = drawn.rollouts, drawn.rollouts_per_prompt
    return RolloutBatch(
        prompts=drawn.prompts,
        prompt_index=torch.arange(len(drawn.records)).repeat_interleave(group),
        response_ids=rollouts.ids,
        response_mask=rollouts.mask,
        learned_mask=rollouts.mask if learned is None else rollouts.mask & learned[:, None],
        behaviour_logprobs=rollouts.logprobs,
        advantages=advantages,
        drawn=drawn,
        rewards=dict(rewards),
        judge_seconds=judge_seconds,
    )


def spread(advantages: Tensor, mask: Tensor) -> Tensor:
    """(B, R): the advantages (P, G) of whole responses on each of their tokens (B, R), else 0."""
    return advantages.flatten()[:, None].expand(mask.shape).masked_fill(~mask, 0.0)


def accuracy_of(drawn: Drawn) -> Tensor:
    """(P, G): 1 where the answer of a well-formed rollout is right, otherwise 0."""
    right = [verdict == "right" for verdict in verdicts_on(drawn)]
    return torch.tensor(right, dtype=torch.float64).view(len(drawn.records), -1)


def verdicts_on(drawn: Drawn) -> list[AnswerVerdict | None]:
    """What is to be said of each of the B answers; None of one that cannot be verified."""
    verify_ahead(drawn.said)
    return [answer_verdict(record, sections) for record, sections in drawn.said]


def measure_rollouts(*draws: Drawn) -> dict[str, float]:
    """What there is to say of all the rollouts of a step, whoever judged them."""
    answered = [record.answer is not None for drawn in draws for record in drawn.records]
    accuracy = torch.cat([accuracy_of(drawn) for drawn in draws])[answered]
    lengths = torch.cat([drawn.rollouts.mask.sum(1) for drawn in draws]).float()
    return {
        **({"accuracy": accuracy.mean().item()} if any(answered) else {}),
        "valid_share": _mean([drawn.valid for drawn in draws]),
        "truncated_share": _mean([~drawn.rollouts.finished for drawn in draws]),
        "rollout_tokens": lengths.sum().item(),
        "response_tokens": lengths.mean().item(),
        "response_tokens_longest": lengths.max().item(),
        "rollout_seconds": sum(drawn.seconds for drawn in draws),
        **measure_verdicts(*draws),
        **measure_structure(*draws),
    }


def _mean(parts: Sequence[Tensor]) -> float:
    return torch.cat(list(parts)).float().mean().item()


def measure_verdicts(*draws: Drawn) -> dict[str, float]:
    """Why answers were not right without being wrong; nothing where none could be verified."""
    verdicts = [verdict for drawn in draws for verdict in verdicts_on(drawn) if verdict]
    if not verdicts:
        return {}
    return {
        "unparsed_share": verdicts.count("unparsed") / len(verdicts),
        "timeout_share": verdicts.count("timeout") / len(verdicts),
    }


def measure_structure(*draws: Drawn) -> dict[str, float]:
    """What well-formed rollouts are made of, and how that compares with the demonstrations.

    A mean over nothing is left out: without well-formed rollouts nothing is measured, and without
    demonstrations nothing is compared.
    """
    measured = defaultdict(list)
    for drawn in draws:
        for row, sections in enumerate(drawn.sections):
            if sections is not None:
                for name, number in _structure(sections, drawn.record_of(row)).items():
                    measured[name].append(number)
    return {name: fmean(numbers) for name, numbers in measured.items()}


def _structure(sections: Sections, record: Record) -> dict[str, float]:
    items = caption_items(sections.caption)
    measured = {"caption_items": len(items), "reasoning_steps": reasoning_steps(sections.think)}
    demonstrated = parse_response(record.response or "")
    if demonstrated is None:
        return measured
    reference = caption_items(demonstrated.caption)
    return {
        **measured,
        "caption_recall": caption_recall(items, reference),
        "caption_precision": caption_precision(items, reference),
    }
