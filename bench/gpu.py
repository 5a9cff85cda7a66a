"""`make bench-gpu`: the engine on one GPU, at the shape of a real model with random weights.

What is timed is what a run does: the learner's update on demonstrations and on groups of rollouts,
and the sampler. The work of a step is three times that of its forward pass, so that what is
computed again for want of memory does not count, and is compared with the rate at which the same
card multiplies large matrices in the same number format.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from rich.console import Console
from rich.table import Table
from torch import nn
from transformers import Qwen3VLConfig, Qwen3VLForConditionalGeneration

from bench.record import record
from prism_engine.algorithms.grpo import Grpo
from prism_engine.algorithms.imitation import Imitation
from prism_engine.algorithms.objective import Objective
from prism_engine.batch import PromptBatch, Rollouts, TrainingBatch
from prism_engine.contract.algorithms import Grpo as GrpoSettings
from prism_engine.contract.settings import Optimizer, Tuning
from prism_engine.policy.learner import Learner, Passes
from prism_engine.policy.policy import Policy
from prism_engine.policy.processor import Processor
from prism_engine.policy.sampler.shared_prefill import SharedPrefillSampler
from prism_engine.policy.tuning import tune
from prism_engine.randomness import Randomness
from tests.engine.tiny import SPECIAL, byte_tokenizer

GIBIBYTE = 2**30
REPEATS = 5
MATRIX = 8192
IMAGE_SIDE = 1024
RESPONSE_TOKENS = 512
PROMPTS, GROUP = 4, 16
DEMONSTRATIONS = 8
SAMPLED_TOKENS = 128
TOKENS_PER_PASS = 8192

SHAPES: dict[str, tuple[dict[str, int], dict[str, int]]] = {
    "2b": (
        {"hidden_size": 2048, "intermediate_size": 6144, "num_hidden_layers": 28,
         "num_attention_heads": 16},
        {"depth": 24, "hidden_size": 1024, "intermediate_size": 4096, "out_hidden_size": 2048},
    ),
    "4b": (
        {"hidden_size": 2560, "intermediate_size": 9728, "num_hidden_layers": 36,
         "num_attention_heads": 32},
        {"depth": 24, "hidden_size": 1024, "intermediate_size": 4096, "out_hidden_size": 2560},
    ),
}  # fmt: skip
"""Text and vision tower of Qwen3-VL-2B and -4B, where they differ from each other."""

console = Console(width=None if sys.stdout.isatty() else 120)


def main() -> None:
    """Measure, print the table and write the figures."""
    parser = argparse.ArgumentParser(prog="python -m bench.gpu")
    parser.add_argument("--shape", choices=sorted(SHAPES), default="4b")
    shape = parser.parse_args().shape
    if not torch.cuda.is_available():
        sys.exit("bench-gpu: torch finds no GPU on this machine, so there is nothing to measure.")
    torch.manual_seed(0)
    matrix_rate = measure_matrix_rate()
    with tempfile.TemporaryDirectory(prefix="prism-gpu-") as folder:
        policy = random_policy(Path(folder), shape)
        tune(policy, Tuning(gradient_checkpointing=True), Randomness(0))
        figures = {
            "device": torch.cuda.get_device_name(),
            "torch": torch.__version__,
            "shape": shape,
            "parameters": sum(p.numel() for p in policy.model.parameters()),
            "matrix_tflops": round(matrix_rate / 1e12, 1),
            "sampling": measure_sampling(policy),
            "update": measure_learning(policy, rollout_batch(policy), matrix_rate, "grpo"),
            "sft": measure_learning(policy, demonstration_batch(policy), matrix_rate, "sft"),
        }
    console.print(table(figures))
    record("gpu", figures)


def random_policy(folder: Path, shape: str) -> Policy:
    """A policy of the given shape, in bfloat16 over float32 weights, that reads bytes."""
    tokenizer = byte_tokenizer()
    tokenizer.save_pretrained(folder)
    ids = dict(zip(SPECIAL, tokenizer.convert_tokens_to_ids(list(SPECIAL)), strict=True))
    text, vision = SHAPES[shape]
    config = Qwen3VLConfig(
        text_config={
            **text, "vocab_size": 151_936, "num_key_value_heads": 8, "head_dim": 128,
            "max_position_embeddings": 262_144, "initializer_range": 0.02,
            "rope_parameters": {"rope_type": "default", "rope_theta": 5e6,
                                "mrope_section": [24, 20, 20], "mrope_interleaved": True},
        },
        vision_config={
            **vision, "num_heads": 16, "patch_size": 16, "temporal_patch_size": 2,
            "spatial_merge_size": 2, "num_position_embeddings": 2304,
            "deepstack_visual_indexes": [5, 11, 17],
        },
        image_token_id=ids["<|image_pad|>"],
        video_token_id=ids["<|video_pad|>"],
        vision_start_token_id=ids["<|vision_start|>"],
        vision_end_token_id=ids["<|vision_end|>"],
        tie_word_embeddings=True,
    )  # fmt: skip
    config.save_pretrained(folder)
    images = {
        "patch_size": 16, "temporal_patch_size": 2, "merge_size": 2,
        "size": {"shortest_edge": 65_536, "longest_edge": 16_777_216},
        "image_mean": [0.5] * 3, "image_std": [0.5] * 3,
    }  # fmt: skip
    (folder / "preprocessor_config.json").write_text(json.dumps(images))
    with torch.device("cuda"):
        model = Qwen3VLForConditionalGeneration(config)
    return Policy(model.float(), Processor.load(folder), torch.bfloat16)


def prompts(policy: Policy, count: int) -> PromptBatch:
    """Questions about images of noise."""
    noise = np.random.default_rng(0).integers(0, 256, (count, IMAGE_SIDE, IMAGE_SIDE, 3), np.uint8)
    encode = policy.processor.encode_prompt
    return policy.processor.pad([encode("What follows?", [Image.fromarray(one)]) for one in noise])


def demonstration_batch(policy: Policy) -> TrainingBatch:
    """Demonstrations of one length, one to a prompt."""
    return _batch(policy, DEMONSTRATIONS, 1)


def rollout_batch(policy: Policy) -> TrainingBatch:
    """Groups of rollouts of one length."""
    return _batch(policy, PROMPTS, GROUP)


def _batch(policy: Policy, count: int, group: int) -> TrainingBatch:
    rows = count * group
    ids = torch.randint(0, 256, (rows, RESPONSE_TOKENS))
    mask = torch.ones(rows, RESPONSE_TOKENS, dtype=torch.bool)
    return TrainingBatch(
        prompts=prompts(policy, count),
        prompt_index=torch.arange(count).repeat_interleave(group),
        response_ids=ids,
        response_mask=mask,
        learned_mask=mask,
        behaviour_logprobs=torch.full(ids.shape, -12.0),
        advantages=torch.randn(rows, 1).expand(mask.shape),
    )


def measure_matrix_rate() -> float:
    """Operations per second of one large product in bfloat16, the median of several."""
    left, right = (torch.randn(MATRIX, MATRIX, device="cuda", dtype=torch.bfloat16) for _ in "ab")
    return 2 * MATRIX**3 / statistics.median(_seconds(lambda: left @ right, 20))


def measure_learning(
    policy: Policy, batch: TrainingBatch, matrix_rate: float, kind: str
) -> dict[str, float]:
    """One optimizer step: seconds, tokens per second, share of the matrix rate, peak memory."""
    forward = _operations(policy, batch)
    loss = Imitation() if kind == "sft" else Objective(Grpo(GrpoSettings(), RESPONSE_TOKENS))
    learner = Learner(policy, loss, Optimizer(learning_rate=1e-9), steps=100, passes=Passes())
    learner.update(batch, 1)
    torch.cuda.reset_peak_memory_stats()
    seconds = _seconds(lambda: learner.update(batch, 1), REPEATS)
    peak = torch.cuda.max_memory_allocated()
    median = statistics.median(seconds)
    tokens = int(batch.prompts.attention_mask.sum() + batch.response_mask.sum())
    return {
        "seconds": round(median, 4),
        "seconds_min": round(min(seconds), 4),
        "seconds_max": round(max(seconds), 4),
        "tokens": tokens,
        "tokens_per_second": round(tokens / median),
        "operations": 3 * forward,
        "share_of_matrix_rate": round(3 * forward / median / matrix_rate, 4),
        "peak_gib": round(peak / GIBIBYTE, 2),
    }


def _operations(policy: Policy, batch: TrainingBatch) -> int:
    """How many operations of matrix products one forward pass takes: two a weight and token.

    Attention is left out, which is a few in a hundred at these lengths.
    """
    body, head = policy.model.model, policy.model.lm_head.weight.numel()
    read = int(batch.prompts.attention_mask.sum() + batch.response_mask.sum())
    language = _weights(body.language_model) - body.get_input_embeddings().weight.numel()
    seen = _weights(body.visual) * len(batch.prompts.pixel_values)
    return 2 * (language * read + head * int(batch.learned_mask.sum()) + seen)


def _weights(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def measure_sampling(policy: Policy) -> dict[str, float]:
    """Groups of rollouts: tokens per second, and how far the learner's log-probabilities are."""
    asked = prompts(policy, PROMPTS)
    drawn: list[Rollouts] = []
    seconds = _seconds(lambda: drawn.append(_sample(policy, asked)), 3)
    rollouts = drawn[-1]
    batch = TrainingBatch(
        prompts=asked.to(policy.device),
        prompt_index=torch.arange(PROMPTS, device=policy.device).repeat_interleave(GROUP),
        response_ids=rollouts.ids,
        response_mask=rollouts.mask,
        learned_mask=rollouts.mask,
        behaviour_logprobs=rollouts.logprobs,
        advantages=torch.zeros_like(rollouts.logprobs),
    )
    with torch.no_grad():
        learned = policy.score(batch, 1.0).logprobs
    gap = (learned - rollouts.logprobs[rollouts.mask]).abs()
    return {
        "seconds": round(statistics.median(seconds), 4),
        "tokens_per_second": round(int(rollouts.mask.sum()) / statistics.median(seconds)),
        "logprob_gap_mean": gap.mean().item(),
        "logprob_gap_max": gap.max().item(),
    }


def _sample(policy: Policy, asked: PromptBatch) -> Rollouts:
    return SharedPrefillSampler(policy).sample(
        asked,
        GROUP,
        temperature=1.0,
        max_new_tokens=SAMPLED_TOKENS,
        generator=torch.Generator().manual_seed(0),
    )


def _seconds(work: Callable[[], object], repeats: int) -> list[float]:
    """How long each of several repeats takes, after one that is not counted."""
    work()
    measured = []
    for _ in range(repeats):
        torch.cuda.synchronize()
        began = time.perf_counter()
        work()
        torch.cuda.synchronize()
        measured.append(time.perf_counter() - began)
    return measured


def table(figures: dict[str, dict[str, float]]) -> Table:
    """One row per phase."""
    title = f"{figures['device']}, {figures['matrix_tflops']} TFLOP/s in products of matrices"
    result = Table("Phase", "Seconds", "Tokens/s", "Of the matrix rate", "Peak GiB", title=title)
    for phase in ("sampling", "update", "sft"):
        row = figures[phase]
        share = row.get("share_of_matrix_rate")
        result.add_row(
            phase,
            f"{row['seconds']:.3f}",
            f"{row['tokens_per_second']:,}",
            f"{share:.1%}" if share else "",
            f"{row['peak_gib']:.1f}" if "peak_gib" in row else "",
        )
    return result


if __name__ == "__main__":
    main()
