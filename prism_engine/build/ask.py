"""Runs that ask a policy one question."""

from __future__ import annotations

from pathlib import Path

from prism_engine.build.workplace import Job, Workplace
from prism_engine.checkpoint import Checkpoints
from prism_engine.contract.config import Ask
from prism_engine.contract.discriminators import Game
from prism_engine.discriminators import load_discriminator
from prism_engine.discriminators.discriminator import Discriminator, Rules
from prism_engine.loop import Loop, Schedule
from prism_engine.policy.learner import Spectator
from prism_engine.policy.policy import Policy
from prism_engine.stages import ask


def build_ask(settings: Ask, workplace: Workplace) -> Job:
    """Ask a policy one question about one's own images."""
    data = ask.asked([Path(image) for image in settings.images], settings.question)
    policy = workplace.policy(settings)
    stage = ask.Ask(
        settings,
        data,
        policy.processor,
        workplace.sampler(settings, policy),
        _discriminator(settings, workplace, policy),
        workplace.randomness,
        workplace.gallery(data, policy),
    )
    # One step leaves nothing behind that an attempt could go on from.
    schedule = Schedule(settings.kind, steps=1, checkpoint_every=2, samples_every=1)
    return Loop(
        schedule,
        stage,
        Spectator(),
        Checkpoints(workplace.checkpoints, {}, kept=1, best_by=None),
        exports=[],
        events=workplace.events,
        folder=workplace.folder,
        interruption=workplace.interruption,
    )


def _discriminator(settings: Ask, workplace: Workplace, policy: Policy) -> Discriminator | None:
    """Who scores the responses. It learns nothing, so that the game's settings are of no matter."""
    if settings.discriminator is None:
        return None
    rules = Rules(Game(), steps=1, longest_section=settings.sampling.max_new_tokens)
    folder = workplace.model(settings.discriminator, "discriminator")
    return load_discriminator(folder, policy, rules)
