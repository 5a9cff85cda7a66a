"""Three optimizer steps of one model in TRL and in ours, with everything that a run does in them.

The model is a Qwen3-VL of a few thousand weights in float64, the prompts are text, completions and
rewards are fixed. Two things are replaced, and no more: TRL's fused kernel of log-probabilities,
which computes in float32, by the log-softmax of the same model's logits; and the tokens that our
policy bans by none, because TRL bans none. AdamW with weight decay, the clipping of gradients, the
accumulation over several passes, the order of batches and the reuse of rollouts are each side's
own.
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from torch import Tensor, nn
from transformers import AutoTokenizer, Qwen3VLForConditionalGeneration
from trl import GRPOConfig, GRPOTrainer

from prism_engine.algorithms.grpo import Grpo
from prism_engine.algorithms.objective import Objective
from prism_engine.batch import TrainingBatch
from prism_engine.contract.algorithms import Grpo as GrpoSettings
from prism_engine.contract.settings import Optimizer
from prism_engine.policy.learner import Learner, Passes
from prism_engine.policy.policy import Policy
from prism_engine.policy.precision import compute_in_float64
from prism_engine.stages.rollouts import spread
from tests.engine.algorithms.oracle import TRL_EPSILON

UPDATES = 3
PROMPTS, GROUP, LONGEST = 3, 4, 12
PASSES = 3
CHECKPOINTING = next(
    field.name
    for field in fields(GRPOConfig)
    if field.name in ("activation_checkpointing", "gradient_checkpointing")
)
"""What the transformers that are installed call it: its releases have renamed it."""
LEARNING_RATE, WEIGHT_DECAY, GRADIENT_NORM, KL = 1e-3, 0.1, 0.05, 0.04


@dataclass(frozen=True)
class Trained:
    """How far both sides' weights are apart, and how far they went."""

    difference: float
    moved: float
    gradient_norms: list[float]  # before clipping
    ratio_clipped: float  # share of tokens, of ours


def train_both(folder: Path, scratch: Path, *, iterations: int) -> Trained:
    """Take three optimizer steps on both sides.

    Args:
        folder: of the model.
        scratch: where TRL may write.
        iterations: optimizer steps on the same rollouts, a divisor of three.
    """
    policy = Policy.load(folder, torch.float64, torch.device("cpu"))
    policy.banned = policy.banned[:0]
    before = _weights(policy.model)
    script = Script(policy, UPDATES // iterations)
    theirs, norms = _train_trl(folder, scratch, script, iterations)
    clipped = _train_ours(folder, policy, script, iterations)
    ours = _weights(policy.model)
    assert ours.keys() == theirs.keys()
    return Trained(
        difference=max((ours[name] - theirs[name]).abs().max().item() for name in ours),
        moved=max((ours[name] - before[name]).abs().max().item() for name in ours),
        gradient_norms=norms,
        ratio_clipped=clipped,
    )


class Script:
    """What is asked and said: `PROMPTS` questions a generation, `GROUP` completions to each."""

    def __init__(self, policy: Policy, generations: int) -> None:
        self.processor = policy.processor
        self.questions = [f"{'why' * (1 + n % 3)} {n}?" for n in range(PROMPTS * generations)]
        random = torch.Generator().manual_seed(0)
        self._said = {
            question: [self._completion(random) for _ in range(GROUP)]
            for question in self.questions
        }

    def _completion(self, random: torch.Generator) -> list[int]:
        length = int(torch.randint(2, LONGEST, (1,), generator=random))
        letters = torch.randint(97, 123, (length,), generator=random).tolist()
        return self.processor.encode_response("".join(map(chr, letters)))

    def completions(self, question: str) -> list[list[int]]:
        return self._said[question]

    def prompt_ids(self, question: str) -> list[int]:
        return self.processor.encode_prompt(question, []).input_ids.tolist()

    def rollout(self, prompts: list[str], trainer: GRPOTrainer) -> dict[str, list[Any]]:
        """TRL's `rollout_func`: every question comes as often as its group is large."""
        seen: Counter[str] = Counter()
        completions = []
        for prompt in prompts:
            completions.append(self.completions(prompt)[seen[prompt]])
            seen[prompt] += 1
        return {
            "prompt_ids": [self.prompt_ids(prompt) for prompt in prompts],
            "completion_ids": completions,
            "logprobs": [[0.0] * len(ids) for ids in completions],
        }


def reward_of(ids: list[int]) -> float:
    """An arbitrary number that floating point holds exactly."""
    return sum(ids) % 8 / 8


class PlainGRPOTrainer(GRPOTrainer):
    """TRL's trainer with log-probabilities in the model's own number format."""

    def _get_per_token_logps_and_entropies(
        self,
        model: nn.Module,
        input_ids: Tensor,
        attention_mask: Tensor,
        logits_to_keep: int,
        *args: Any,
        **kwargs: Any,
    ) -> tuple[Tensor, Tensor, None]:
        logits = model(input_ids=input_ids, attention_mask=attention_mask).logits
        logprobs = logits[:, -logits_to_keep - 1 : -1].log_softmax(-1)
        chosen = logprobs.gather(-1, input_ids[:, -logits_to_keep:, None]).squeeze(-1)
        return chosen, -(logprobs.exp() * logprobs).sum(-1).detach(), None


def _train_trl(
    folder: Path, scratch: Path, script: Script, iterations: int
) -> tuple[dict[str, Tensor], list[float]]:
    os.environ.setdefault("TRL_EXPERIMENTAL_SILENCE", "1")
    rows = PROMPTS * GROUP
    torch.set_default_dtype(torch.float64)
    try:
        trainer = PlainGRPOTrainer(
            model=Qwen3VLForConditionalGeneration.from_pretrained(folder, dtype=torch.float64),
            reward_funcs=lambda completion_ids, **_: [reward_of(ids) for ids in completion_ids],
            args=GRPOConfig(
                output_dir=str(scratch),
                per_device_train_batch_size=rows // PASSES,
                gradient_accumulation_steps=PASSES,
                num_generations=GROUP,
                num_iterations=iterations,
                max_steps=UPDATES,
                max_completion_length=LONGEST,
                loss_type="grpo",
                beta=KL,
                use_bias_correction_kl=True,
                learning_rate=LEARNING_RATE,
                lr_scheduler_type="constant",
                weight_decay=WEIGHT_DECAY,
                max_grad_norm=GRADIENT_NORM,
                optim="adamw_torch",
                shuffle_dataset=False,
                **{CHECKPOINTING: False},
                bf16=False,
                use_cpu=True,
                report_to="none",
                save_strategy="no",
                logging_steps=1,
                disable_tqdm=True,
            ),
            train_dataset=Dataset.from_dict({"prompt": script.questions}),
            processing_class=AutoTokenizer.from_pretrained(folder),
            rollout_func=script.rollout,
        )
        for model in (trainer.model, trainer.ref_model):
            compute_in_float64(model)
        trainer.train()
    finally:
        torch.set_default_dtype(torch.float32)
    norms = [float(log["grad_norm"]) for log in trainer.state.log_history if "grad_norm" in log]
    return _weights(trainer.accelerator.unwrap_model(trainer.model)), norms


def _train_ours(folder: Path, policy: Policy, script: Script, iterations: int) -> float:
    reference = Policy.load(folder, torch.float64, torch.device("cpu"))
    reference.banned = reference.banned[:0]
    algorithm = Grpo(GrpoSettings(average="response", deviation_epsilon=TRL_EPSILON), LONGEST)
    batches = [
        _batch(script, algorithm, script.questions[first : first + PROMPTS])
        for first in range(0, len(script.questions), PROMPTS)
    ]
    settings = Optimizer(
        learning_rate=LEARNING_RATE,
        weight_decay=WEIGHT_DECAY,
        max_gradient_norm=GRADIENT_NORM,
    )
    # As many tokens as a third of the batch holds, so that gradients add up over passes here too.
    tokens = sum(part.numel() for part in (batches[0].response_ids, batches[0].prompts.input_ids))
    learner = Learner(
        policy,
        Objective(algorithm, kl_coefficient=KL, kl_bias_correction=True),
        settings,
        UPDATES,
        Passes(tokens // PASSES, iterations),
        reference=reference,
    )
    assert len(list(batches[0].split(tokens // PASSES))) > 1
    metrics = [learner.update(batch, step) for step, batch in enumerate(batches, start=1)]
    return metrics[-1]["clip_fraction"]


def _batch(script: Script, algorithm: Grpo, questions: list[str]) -> TrainingBatch:
    processor = script.processor
    said = [ids for question in questions for ids in script.completions(question)]
    ids, mask = processor.pad_responses(said)
    rewards = torch.tensor([reward_of(ids) for ids in said], dtype=torch.float64)
    advantages = algorithm.advantages({"only": rewards.view(-1, GROUP)}, {"only": 1.0})
    return TrainingBatch(
        prompts=processor.pad([processor.encode_prompt(question, []) for question in questions]),
        prompt_index=torch.arange(len(questions)).repeat_interleave(GROUP),
        response_ids=ids,
        response_mask=mask,
        learned_mask=mask,
        behaviour_logprobs=torch.zeros(ids.shape, dtype=torch.float64),
        advantages=spread(advantages, mask),
    )


def _weights(model: nn.Module) -> dict[str, Tensor]:
    return {name: weight.detach().clone() for name, weight in model.named_parameters()}
