"""What of a policy learns, and in how much memory: the one place that prepares it for learning."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import nn
from torch.utils.checkpoint import checkpoint
from transformers import PreTrainedModel

from prism_engine.batch import TrainingBatch
from prism_engine.contract.settings import Tower, Tuning
from prism_engine.policy.adapters import add_adapters, without_adapters
from prism_engine.policy.learner import PolicyLearner
from prism_engine.policy.logprobs import TokenScores
from prism_engine.policy.policy import Policy
from prism_engine.randomness import Randomness


def tune(policy: Policy, settings: Tuning, randomness: Randomness) -> None:
    """Prepare a policy: freeze what stays as it is, add adapters, and say what is kept in memory.

    What is frozen has no gradient and no optimizer state, and below the lowest part that learns
    no activations are kept.
    """
    for tower in settings.frozen:
        for module in tower_modules(policy.model, tower):
            module.requires_grad_(False)
    if settings.lora:
        add_adapters(policy.model, settings.lora, randomness.generator("adapters", 0))
    if settings.gradient_checkpointing:
        recompute_activations(policy.model.model.visual.blocks)
        recompute_activations(policy.model.model.language_model.layers)


def tower_modules(model: PreTrainedModel, tower: Tower) -> list[nn.Module]:
    """The modules of the vision tower, of what projects its features, or of the language model."""
    visual = model.model.visual
    projector = [visual.merger, *getattr(visual, "deepstack_merger_list", [])]
    if tower == "projector":
        return projector
    if tower == "language":
        return [model.model.language_model, model.lm_head]
    return [module for module in visual.children() if not set(module.modules()) & set(projector)]


def recompute_activations(layers: Iterable[nn.Module]) -> None:
    """Keep only what goes into each layer; the rest is computed again in the backward pass.

    The layers may read and write the caches of `prefix.py`, which are the same the second time.
    """
    for layer in layers:
        layer.forward = _recomputed(layer.forward)


def _recomputed(forward: Callable[..., Any]) -> Callable[..., Any]:
    def recomputed(*args: Any, **kwargs: Any) -> Any:
        if not torch.is_grad_enabled():
            return forward(*args, **kwargs)
        return checkpoint(forward, *args, use_reentrant=False, **kwargs)

    return recomputed


class WithoutAdapters:
    """The policy that the adapters were put on: the reference of a divergence, in no memory."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy

    def score(self, batch: TrainingBatch, temperature: float) -> TokenScores:
        """Score the learned tokens of a batch; see `Policy.score`."""
        with without_adapters(self._policy.model):
            return self._policy.score(batch, temperature)


class DroppingLearner:
    """A learner whose adapters drop inputs, by masks that seed, step and rank alone decide."""

    def __init__(
        self, learner: PolicyLearner, policy: Policy, randomness: Randomness, rank: int = 0
    ) -> None:
        self._learner = learner
        self._devices = [policy.device] if policy.device.type == "cuda" else []
        self._randomness = randomness
        self._purpose = f"dropout {rank}" if rank else "dropout"

    def update(self, batch: TrainingBatch, step: int) -> dict[str, float]:
        """Learn from the batch and say how that went."""
        with torch.random.fork_rng(self._devices):
            torch.manual_seed(self._randomness.generator(self._purpose, step).initial_seed())
            return self._learner.update(batch, step)
