"""From prompts to groups of rollouts, and from judged groups to a batch to learn from."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Protocol

import torch
from torch import Tensor

from prism_engine.batch import Drawn, PromptBatch, RolloutBatch, Rollouts
from prism_engine.benchmarks.structure import (
    caption_items,
    caption_precision,
    caption_recall,
    reasoning_steps,
)
from prism_engine.contract.config import GroupedRun
from prism_engine.data.collate import Collator
from prism_engine.data.records import DataSet, Record
from prism_engine.data.response import parse_response
from prism_engine.errors import Diverged
from prism_engine.policy.processor import Processor
from prism_engine.policy.sampler.sampler import Sampler
from prism_engine.randomness import Randomness
from prism_engine.rewards.answer import answer_reward


class Collector(Protocol):
    """Where a step's rollouts come from."""

    def draw(self, step: int) -> Drawn:
        """The rollouts of a step: the same for the same step, seed and weights."""
        ...

    def respond(self, records: Sequence[Record], generator: torch.Generator) -> Drawn:
        """A group of rollouts for each of these records; all chance comes from the generator."""
        ...


class RolloutCollector:
    """Draws every step's group of rollouts for the next prompts from the policy."""

    def __init__(
        self,
        settings: GroupedRun,
        data: DataSet,
        processor: Processor,
        sampler: Sampler,
        randomness: Randomness,
    ) -> None:
        self._settings = settings
        self._data = data
        self._processor = processor
        self._collator = Collator(data, processor)
        self._sampler = sampler
        self._randomness = randomness

    def draw(self, step: int) -> Drawn:
        items = self._randomness.items(step, self._settings.prompts_per_step, len(self._data))
        records = [self._data.records[item] for item in items]
        drawn = self.respond(records, self._randomness.generator("rollouts", step))
        if not drawn.rollouts.logprobs.isfinite().all():
            raise Diverged(step, "policy's probability of a rollout")
        return drawn

    def respond(self, records: Sequence[Record], generator: torch.Generator) -> Drawn:
        began = time.perf_counter()
        settings = self._settings
        prompts = self._collator.prompts(records)
        rollouts = self._sampler.sample(
            prompts,
            settings.rollouts_per_prompt,
            temperature=settings.sampling.temperature,
            max_new_tokens=settings.sampling.max_new_tokens,
            generator=generator,
        ).to(torch.device("cpu"))
        return take_apart(records, prompts, rollouts, self._processor, began)


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
    kept: Tensor,
    judge_seconds: float,
) -> RolloutBatch:
    """Put judged rollouts together for the learner.

    Args:
        drawn: P prompts with G rollouts each, B in all.
        rewards: by channel, (B,).
        advantages: (B, R).
        kept: (P,) bool; the rollouts of the other groups are not learned from.
        judge_seconds: how long judging took.
    """
    rollouts, group = drawn.rollouts, drawn.rollouts_per_prompt
    return RolloutBatch(
        prompts=drawn.prompts,
        prompt_index=torch.arange(len(drawn.records)).repeat_interleave(group),
        response_ids=rollouts.ids,
        response_mask=rollouts.mask,
        learned_mask=rollouts.mask & kept.repeat_interleave(group)[:, None],
        behaviour_logprobs=rollouts.logprobs,
        advantages=advantages,
        drawn=drawn,
        rewards=dict(rewards),
        judge_seconds=judge_seconds,
    )


def spread(advantages: Tensor, mask: Tensor) -> Tensor:
    """(B, R): the advantages (P, G) of whole responses on each of their tokens (B, R), else 0."""
    return advantages.flatten()[:, None].expand(mask.shape).masked_fill(~mask, 0.0)


def measure_rollouts(batch: RolloutBatch) -> dict[str, float]:
    """What there is to say of a step's rollouts, whoever judged them."""
    drawn = batch.drawn
    right = [answer_reward(drawn.record_of(row), s) for row, s in enumerate(drawn.sections)]
    return {
        "accuracy": sum(right) / len(right),
        "valid_share": drawn.valid.float().mean().item(),
        "response_tokens": drawn.rollouts.mask.sum(1).float().mean().item(),
        "rollout_seconds": drawn.seconds,
        "judge_seconds": batch.judge_seconds,
        **measure_structure(drawn),
    }


def measure_structure(drawn: Drawn) -> dict[str, float]:
    """What well-formed rollouts are made of, and how that compares with the demonstrations.

    A mean over nothing is left out: without well-formed rollouts nothing is measured, and without
    demonstrations nothing is compared.
    """
    measured = defaultdict(list)
    for row, sections in enumerate(drawn.sections):
        if sections is None:
            continue
        items = caption_items(sections.caption)
        measured["caption_items"].append(len(items))
        measured["reasoning_steps"].append(reasoning_steps(sections.think))
        demonstrated = parse_response(drawn.record_of(row).response or "")
        if demonstrated is not None:
            reference = caption_items(demonstrated.caption)
            measured["caption_recall"].append(caption_recall(items, reference))
            measured["caption_precision"].append(caption_precision(items, reference))
    return {name: fmean(numbers) for name, numbers in measured.items()}
