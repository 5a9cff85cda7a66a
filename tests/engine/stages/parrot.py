"""Games in which the policy says what a test wants it to say, over a tiny real Qwen3-VL."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import torch

from prism_engine.batch import PromptBatch, Rollouts
from prism_engine.contract.config import Warmup
from prism_engine.contract.discriminators import Discriminator, Moe
from prism_engine.contract.events import Audited, Event, EventLog, read_events
from prism_engine.data.collate import Collator
from prism_engine.data.records import read_data
from prism_engine.discriminators import DISCRIMINATORS
from prism_engine.discriminators.discriminator import Rules
from prism_engine.policy.policy import Policy
from prism_engine.policy.processor import Processor
from prism_engine.randomness import Randomness
from prism_engine.stages.audit import Auditor, hold_out
from prism_engine.stages.form import FormWatch
from prism_engine.stages.game import Equipment, demonstrated_sections
from prism_engine.stages.replay import Replay
from prism_engine.stages.rollouts import RolloutCollector
from prism_engine.stages.samples import Gallery
from prism_engine.stages.warmup import Warmup as WarmupStage
from tests.engine.stages.toy import write_toy_data

Speech = Callable[[torch.Generator, int], Sequence[str]]
"""From the step's generator and the number of prompts to all that is said, prompt by prompt."""


class Parrot:
    """A sampler that says given texts; the longest length allowed cuts them."""

    def __init__(self, processor: Processor, speech: Speech) -> None:
        self._processor = processor
        self._speech = speech

    def sample(
        self,
        prompts: PromptBatch,
        rollouts_per_prompt: int,
        *,
        max_new_tokens: int,
        generator: torch.Generator,
        **_: object,
    ) -> Rollouts:
        texts = self._speech(generator, len(prompts.input_ids))
        said = [self._processor.encode_response(text) for text in texts]
        ids, mask = self._processor.pad_responses(said)
        return Rollouts(
            ids=ids[:, :max_new_tokens],
            mask=mask[:, :max_new_tokens],
            logprobs=torch.zeros(len(ids), min(max_new_tokens, ids.shape[1])),
            finished=mask.sum(1) <= max_new_tokens,
        )


def stage_in_which(
    policy: Policy,
    folder: Path,
    demonstrations: list[str],
    speech: Speech | Sequence[str],
    *,
    discriminator: Discriminator | None = None,
    longest_section: int = 300,
    steps: int = 50,
    game: dict[str, object] | None = None,
    audit: dict[str, int] | None = None,
    **settings: object,
) -> WarmupStage:
    """A warm-up in which the records demonstrate these texts and the policy says the others.

    Four prompts a step, and as many more rows as are held out for audits. A sequence of texts is
    what the policy says to every prompt.
    """
    rows = 4 + (audit["prompts"] if audit else 0)
    pictures = -(-rows // len(demonstrations))
    data = read_data(write_toy_data(folder, demonstrations, pictures))
    texts, group = speech, settings.pop("rollouts_per_prompt", None)
    if not callable(speech):
        group, speech = len(texts), lambda _, prompts: [*texts] * prompts
    warmup = Warmup(
        policy={"model": "unused"}, data="unused", steps=steps, prompts_per_step=4,
        rollouts_per_prompt=group, sampling={"max_new_tokens": 300}, **settings,
        game={"optimizer": {"learning_rate": 3e-3}} | (game or {}),
        audit=audit or {"prompts": 0},
    )  # fmt: skip
    processor, randomness = policy.processor, Randomness(0)
    rules = Rules(warmup.game, warmup.steps, longest_section)
    chosen = discriminator or Moe()
    judge = DISCRIMINATORS[chosen.kind].fresh(
        policy, chosen, rules, torch.Generator().manual_seed(0)
    )
    trained, held = hold_out(data, warmup)
    demonstrated = demonstrated_sections(data)
    events = EventLog(folder / "events.jsonl")

    def collector(rows):
        return RolloutCollector(warmup, rows, processor, Parrot(processor, speech), randomness)

    gallery = Gallery(data, processor, folder / "shown")
    equipment = Equipment(
        rules=warmup.game,
        collector=collector(trained),
        discriminator=judge,
        demonstrations=demonstrated,
        replay=Replay(
            warmup.game.replay_share, warmup.game.replay_size, trained.records,
            Collator(trained, processor).prompts, processor, randomness,
        ),
        auditor=Auditor(
            warmup, rules, held, demonstrated, collector(held), judge, processor, randomness,
            gallery, events,
        ),
        form=FormWatch(events, "format_penalty"),
        gallery=gallery,
    )  # fmt: skip
    return WarmupStage(warmup, equipment)


def events_in(folder: Path) -> list[Event]:
    return list(read_events(folder / "events.jsonl"))


def audits_in(folder: Path) -> list[Audited]:
    return [event for event in events_in(folder) if isinstance(event, Audited)]
