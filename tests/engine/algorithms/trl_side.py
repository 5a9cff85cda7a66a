"""TRL 1.16 as the oracle: its own methods, on numbers that are given.

`_generate_and_score_completions` turns rewards into advantages and log-probabilities of sampler
and learner into the correction for their mismatch; `_compute_loss` turns these into a loss. Both
are private, hence the pinned version. Neither runs a model here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import torch
from torch import Tensor
from trl import GRPOTrainer, RLOOTrainer

END, PAD, WORD = 1, 0, 2


@dataclass(frozen=True)
class Given:
    """What both sides get: B = P·G responses of up to R tokens, everything in float64."""

    mask: Tensor  # (B, R) bool; tokens of a response, without gaps
    learned: Tensor  # (B, R) bool; those of them that are learned from
    finished: Tensor  # (B,) bool
    logprobs: Tensor  # (B, R)
    old_logprobs: Tensor  # (B, R)
    behaviour_logprobs: Tensor  # (B, R)
    reference_logprobs: Tensor  # (B, R)
    rewards: dict[str, Tensor]  # by channel, (P, G)
    weights: dict[str, float]


@dataclass(frozen=True)
class Answer:
    """What one side makes of it."""

    loss: float
    gradient: Tensor  # (B, R) by the log-probabilities
    advantages: Tensor  # (B,)
    clipped_low: float | None
    clipped_high: float


@dataclass(frozen=True)
class Asked:
    """TRL's own settings."""

    loss_type: str
    importance_sampling_level: str = "token"
    epsilon_low: float = 0.2
    epsilon_high: float = 0.2
    scale_rewards: str = "group"
    multi_objective_aggregation: str = "sum_then_normalize"
    beta: float = 0.0
    use_bias_correction_kl: bool = False
    correction: str | None = None
    correction_cap: float = 3.0
    mask_truncated_completions: bool = False
    max_completion_length: int = 1


def grpo_of_trl(asked: Asked, given: Given) -> Answer:
    """Loss and gradient of `GRPOTrainer`."""
    logprobs = given.logprobs.clone().requires_grad_()
    trainer = _trainer(asked, given, logprobs)
    with _in_float64():
        inputs = GRPOTrainer._generate_and_score_completions(
            trainer, [{"prompt": ""}] * len(logprobs)
        )
        loss = GRPOTrainer._compute_loss(trainer, None, inputs)
    loss.backward()
    metrics = trainer._metrics["train"]
    if asked.loss_type == "cispo":
        low, high = None, metrics["cispo_clip_ratio"][0]
    else:
        low, high = metrics["clip_ratio/low_mean"][0], metrics["clip_ratio/high_mean"][0]
    return Answer(loss.item(), logprobs.grad, inputs["advantages"], low, high)


def rloo_of_trl(asked: Asked, given: Given) -> Answer:
    """Loss and gradient of `RLOOTrainer`, which knows no tokens that are not learned from."""
    logprobs = given.logprobs.clone().requires_grad_()
    trainer = _trainer(asked, given, logprobs)
    ids, mask, *_ = _generated(given)
    trainer._generate = lambda prompts: (ids, mask, [""] * len(ids))
    with _in_float64():
        inputs = RLOOTrainer._generate_and_score_completions(
            trainer, [{"prompt": ""}] * len(logprobs)
        )
        loss = RLOOTrainer._compute_loss(trainer, None, inputs)
    loss.backward()
    metrics = trainer._metrics["train"]
    return Answer(
        loss.item(),
        logprobs.grad,
        inputs["advantages"],
        metrics["clip_ratio/low_mean"][0],
        metrics["clip_ratio/high_mean"][0],
    )


def _generated(given: Given) -> tuple[list, ...]:
    """Prompts, completions, masks of learned tokens and the sampler's log-probabilities."""
    lengths = given.mask.sum(1).tolist()
    completions = [
        [WORD] * (length - 1) + [END if finished else WORD]
        for length, finished in zip(lengths, given.finished.tolist(), strict=True)
    ]
    learned = [row[:n].int().tolist() for row, n in zip(given.learned, lengths, strict=True)]
    sampled = [row[:n].tolist() for row, n in zip(given.behaviour_logprobs, lengths, strict=True)]
    return [[WORD]] * len(lengths), completions, learned, sampled


def _trainer(asked: Asked, given: Given, logprobs: Tensor) -> Any:
    """What the methods read of a trainer, and nothing else."""
    model = SimpleNamespace(training=True, is_gradient_checkpointing=False)
    reference = SimpleNamespace()
    scored = {
        id(model): given.old_logprobs,
        id(reference): given.reference_logprobs,
        id(None): logprobs,
    }
    entropies = torch.zeros_like(given.logprobs)
    prompts, completions, learned, sampled = _generated(given)
    names = sorted(given.rewards)
    return SimpleNamespace(
        model=model,
        ref_model=reference,
        accelerator=SimpleNamespace(
            device=torch.device("cpu"),
            num_processes=1,
            process_index=0,
            gather=lambda tensor: tensor,
            reduce=lambda tensor, reduction: tensor,
        ),
        _get_per_token_logps_and_entropies=lambda model, *_, **__: (
            scored[id(model)],
            entropies,
            None,
        ),
        _generate=lambda _: (
            prompts,
            completions,
            learned,
            [""] * len(completions),
            sampled,
            {},
            None,
            None,
        ),
        _calculate_rewards=lambda *_: torch.stack([given.rewards[n].flatten() for n in names], 1),
        reward_func_names=names,
        reward_funcs=names,
        reward_weights=torch.tensor([given.weights[name] for name in names], dtype=torch.float64),
        reward_clip_range=None,
        normalize_advantages=False,
        num_generations=len(next(iter(given.rewards.values()))[0]),
        num_iterations=2,
        args=SimpleNamespace(
            delta=None,
            use_bias_correction_kl=asked.use_bias_correction_kl,
            gradient_accumulation_steps=1,
            steps_per_generation=1,
            per_device_train_batch_size=len(logprobs),
            gradient_checkpointing_kwargs=None,
        ),
        importance_sampling_level=asked.importance_sampling_level,
        loss_type=asked.loss_type,
        epsilon_low=asked.epsilon_low,
        epsilon_high=asked.epsilon_high,
        beta=asked.beta,
        scale_rewards=asked.scale_rewards,
        multi_objective_aggregation=asked.multi_objective_aggregation,
        mask_truncated_completions=asked.mask_truncated_completions,
        max_completion_length=asked.max_completion_length,
        use_vllm=asked.correction is not None,
        vllm_importance_sampling_correction=asked.correction is not None,
        vllm_importance_sampling_mode=asked.correction,
        vllm_importance_sampling_clip_min=None,
        vllm_importance_sampling_clip_max=asked.correction_cap,
        current_gradient_accumulation_steps=1,
        top_entropy_quantile=1.0,
        off_policy_mask_threshold=None,
        aux_loss_enabled=False,
        _entropy_bonus_enabled=False,
        _tokenizer=SimpleNamespace(pad_token_id=PAD),
        eos_token_ids=[END],
        pad_to_multiple_of=None,
        environments=None,
        environment_factories=None,
        tools=None,
        log_multimodal=False,
        _metrics={"train": defaultdict(list)},
        _logs={"prompt": [], "completion": [], "advantages": [], "rewards": defaultdict(list)},
        _pending_extra_logs={},
        _pending_metrics={},
    )


@contextmanager
def _in_float64() -> Iterator[None]:
    """TRL makes tensors of Python's numbers in the default format."""
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        torch.set_default_dtype(torch.float32)
