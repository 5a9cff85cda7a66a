"""`make bench-gpu`: the engine on one GPU, at the shape of a real model with random weights.

What is timed is what a run does: the learner's update on demonstrations and on groups of rollouts,
and the sampler. The work of a step is three times that of its forward pass, so that what is
computed again for want of memory does not count, and is compared with the rate at which the same
card multiplies large matrices in the same number format.
"""

from __future__ import annotations

import argparse
import gc
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from rich.console import Console
from rich.table import Table
from torch.profiler import ProfilerActivity, profile
from transformers import Qwen3VLConfig, Qwen3VLForConditionalGeneration

from bench.record import record
from prism_engine.algorithms.grpo import Grpo
from prism_engine.algorithms.imitation import Imitation
from prism_engine.algorithms.objective import Objective
from prism_engine.batch import PromptBatch, Rollouts, TrainingBatch
from prism_engine.contract.algorithms import Grpo as GrpoSettings
from prism_engine.contract.config import read_pipeline
from prism_engine.contract.estimate import Lengths, estimate_pipeline
from prism_engine.contract.settings import Optimizer, Tuning
from prism_engine.contract.shape import Shape
from prism_engine.distributed.single import ALONE
from prism_engine.distributed.strategy import Strategy
from prism_engine.policy.learner import Learner, Passes
from prism_engine.policy.logprobs import token_scores
from prism_engine.policy.operations import update_operations
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
DEMONSTRATIONS = 12
SAMPLED_TOKENS = 128
TOKENS_PER_PASS = {"update": 9600, "sft": 6400}
"""A whole group of rollouts with its prompt; four demonstrations, each with its own."""
PEER_PASSES = 8
PROMPT_WORDS = 20
"""About as many tokens of a prompt are no image."""

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
    parser.add_argument("--layers", type=int, help="of the text tower, where all do not fit")
    parser.add_argument("--profile", action="store_true", help="print what the GPU spends time on")
    parser.add_argument("--peer", action="store_true", help="time TRL's GRPOTrainer too")
    arguments = parser.parse_args()
    if not torch.cuda.is_available():
        sys.exit("bench-gpu: torch finds no GPU on this machine, so there is nothing to measure.")
    torch.manual_seed(0)
    matrix_rate = measure_matrix_rate()
    with tempfile.TemporaryDirectory(prefix="prism-gpu-") as name:
        folder = Path(name)
        config = write_shape(folder, arguments.shape, arguments.layers)
        policy = random_policy(folder, config)
        figures = {
            "device": torch.cuda.get_device_name(),
            "torch": torch.__version__,
            "shape": arguments.shape,
            "layers": config.text_config.num_hidden_layers,
            "parameters": sum(p.numel() for p in policy.model.parameters()),
            "matrix_tflops": round(matrix_rate / 1e12, 1),
            "rows_beside_prefix": compare_rows(policy),
        }
        show(figures)
        for checkpointing in (False, True):
            tune(policy, Tuning(gradient_checkpointing=checkpointing), Randomness(0))
            for phase, batch in (("update", rollout_batch), ("sft", demonstration_batch)):
                if phase in figures:
                    continue
                policy.model.zero_grad()
                gc.collect()
                torch.cuda.empty_cache()
                try:
                    measured = measure_learning(policy, batch(policy), matrix_rate, phase)
                except torch.OutOfMemoryError:
                    continue
                measured["gradient_checkpointing"] = checkpointing
                measured["predicted_gib"] = predicted(folder, phase, checkpointing)
                figures[phase] = measured
                show(measured)
                if arguments.profile:
                    print_kernels(policy, batch(policy))
        figures["sampling"] = measure_sampling(policy)
        # The policy was taught before, so that its optimizer holds its moments, as in any such run.
        drawing = {"run": grouped_run("rlvr", SAMPLED_TOKENS)}
        figures["sampling"]["predicted_gib"] = estimated(folder, drawing, "run", "sampling")
        show(figures["sampling"])
        record("gpu", figures)
        if arguments.peer:
            figures["rlvr_step"] = measure_step(policy)
            del policy
            gc.collect()
            torch.cuda.empty_cache()
            figures["trl"] = measure_peer(folder, config)
            ratio = figures["trl"]["seconds"] / figures["rlvr_step"]["seconds"]
            figures["rlvr_ratio"] = round(ratio, 2)
            record("gpu", figures)
    console.print(table(figures))


def show(figures: dict[str, Any]) -> None:
    """Say early what is known, in case the machine is taken away."""
    print(json.dumps(figures), flush=True)


def write_shape(folder: Path, shape: str, layers: int | None) -> Qwen3VLConfig:
    """Write a model's folder without weights: its shape, a tokenizer of bytes, how it sees."""
    tokenizer = byte_tokenizer()
    tokenizer.save_pretrained(folder)
    ids = dict(zip(SPECIAL, tokenizer.convert_tokens_to_ids(list(SPECIAL)), strict=True))
    text, vision = SHAPES[shape]
    text = text | ({"num_hidden_layers": layers} if layers else {})
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
    return config


def random_model(config: Qwen3VLConfig) -> Qwen3VLForConditionalGeneration:
    """A model on the GPU with random weights in float32."""
    with torch.device("cuda"):
        return Qwen3VLForConditionalGeneration(config).float()


def random_policy(folder: Path, config: Qwen3VLConfig) -> Policy:
    """A policy in bfloat16 over float32 weights."""
    return Policy(random_model(config), Processor.load(folder), torch.bfloat16)


def predicted(folder: Path, phase: str, checkpointing: bool) -> float:
    """What `validate` says a run like this takes, in GiB."""
    tuning = {
        "gradient_checkpointing": checkpointing, "tokens_per_pass": TOKENS_PER_PASS[phase],
    }  # fmt: skip
    run = sft_run() if phase == "sft" else grouped_run("rlvr")
    return estimated(folder, {"run": run | {"tuning": tuning}}, "run", "learning")


def sft_run() -> dict[str, Any]:
    """The settings of a run whose step learns from a `demonstration_batch`."""
    return {"kind": "sft", "batch_size": DEMONSTRATIONS, "max_tokens": RESPONSE_TOKENS}


def grouped_run(kind: str, tokens: int = RESPONSE_TOKENS) -> dict[str, Any]:
    """The settings of a run whose step draws a `rollout_batch`."""
    return {
        "kind": kind, "prompts_per_step": PROMPTS, "rollouts_per_prompt": GROUP,
        "sampling": {"max_new_tokens": tokens},
    }  # fmt: skip


def estimated(folder: Path, runs: dict[str, dict[str, Any]], name: str, phase: str) -> float:
    """What `validate` says a phase of one of the runs takes, with all that is held, in GiB."""
    common = {"policy": {"model": str(folder)}, "data": "any", "steps": 1, "dtype": "bfloat16"}
    pipeline = read_pipeline({"name": "gpu", "runs": {n: common | run for n, run in runs.items()}})
    config = json.loads((folder / "config.json").read_text("utf-8"))
    image = (IMAGE_SIDE // 32) ** 2
    lengths = Lengths(image + PROMPT_WORDS, image)
    memory = estimate_pipeline(pipeline, {str(folder): Shape.of(config)}, lengths)[name]
    taken = sum(memory.held.values()) + sum(memory.phases[phase].values())
    return round(taken / GIBIBYTE, 2)


def compare_rows(policy: Policy) -> dict[str, float]:
    """How far groups in rows under attention by blocks are from groups behind their prompts.

    The latter go through torch's own attention and layers that are not compiled. Gradients are
    compared by the norm of their difference, as a share of their own norm.
    """
    batch = batch_of(policy, 1, 4).to(policy.device)
    results = []
    for states in (policy._states, policy._states_behind_prefix):
        policy.model.zero_grad()
        with policy.precision():
            logprobs = token_scores(
                states(batch), batch.response_ids[batch.learned_mask], policy.model.lm_head,
                policy.banned, 1.0,
            ).logprobs  # fmt: skip
            logprobs.mean().backward()
        layer = policy.model.model.language_model.layers[0]
        gradients = [
            layer.self_attn.q_proj.weight.grad,
            policy.model.model.visual.pos_embed.weight.grad,
        ]
        results.append((logprobs.detach(), torch.cat([g.flatten() for g in gradients]).clone()))
    policy.model.zero_grad()
    (logprobs, gradient), (others, other) = results
    return {
        "logprob_gap_mean": (logprobs - others).abs().mean().item(),
        "logprob_gap_max": (logprobs - others).abs().max().item(),
        "gradient_difference": ((gradient - other).norm() / other.norm()).item(),
    }


def measure_step(policy: Policy) -> dict[str, float]:
    """A whole step of reinforcement learning: images, sampling and update."""
    policy.banned = torch.cat([policy.banned, policy.banned.new_tensor([policy.processor.end_id])])
    loss = Objective(Grpo(GrpoSettings(), SAMPLED_TOKENS))
    passes = Passes(TOKENS_PER_PASS["update"])
    learner = Learner(policy, loss, Optimizer(learning_rate=1e-9), 100, passes)

    def step() -> None:
        asked = prompts(policy, PROMPTS)
        rollouts = sample(policy, asked)
        learner.update(_judged(asked, rollouts), 1)

    return _summary(_seconds(step, 2))


def measure_peer(folder: Path, config: Qwen3VLConfig) -> dict[str, float]:
    """The same step by TRL's GRPOTrainer, which starts from files of the same images."""
    from bench.peer import time_grpo
    from bench.question import Question

    noise = np.random.default_rng(0).integers(
        0, 256, (PROMPTS, IMAGE_SIDE, IMAGE_SIDE, 3), np.uint8
    )
    questions = []
    for number, pixels in enumerate(noise):
        Image.fromarray(pixels).save(folder / f"{number}.bmp")
        questions.append(Question("What follows?", folder / f"{number}.bmp"))
    seconds = time_grpo(
        random_model(config), folder, questions, GROUP, SAMPLED_TOKENS, 3, lambda: None,
        passes=PEER_PASSES, narrow=True,
    )  # fmt: skip
    return _summary(seconds[1:])


def _summary(seconds: list[float]) -> dict[str, float]:
    return {
        "seconds": round(statistics.median(seconds), 4),
        "seconds_min": round(min(seconds), 4),
        "seconds_max": round(max(seconds), 4),
    }


def prompts(policy: Policy, count: int) -> PromptBatch:
    """Questions about images of noise."""
    noise = np.random.default_rng(0).integers(0, 256, (count, IMAGE_SIDE, IMAGE_SIDE, 3), np.uint8)
    encode = policy.processor.encode_prompt
    return policy.processor.pad([encode("What follows?", [Image.fromarray(one)]) for one in noise])


def demonstration_batch(policy: Policy) -> TrainingBatch:
    """Demonstrations of one length, one to a prompt."""
    return batch_of(policy, DEMONSTRATIONS, 1)


def rollout_batch(policy: Policy) -> TrainingBatch:
    """Groups of rollouts of one length."""
    return batch_of(policy, PROMPTS, GROUP)


def batch_of(policy: Policy, count: int, group: int) -> TrainingBatch:
    """Responses of the longest length, so many to each of so many prompts."""
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
    operations = update_operations(policy, batch)
    learner = learner_of(policy, kind)
    learner.update(batch, 1)
    torch.cuda.reset_peak_memory_stats()
    seconds = _seconds(lambda: learner.update(batch, 1), REPEATS)
    peak = torch.cuda.max_memory_allocated()
    median = statistics.median(seconds)
    tokens = int(batch.prompts.attention_mask.sum() + batch.response_mask.sum())
    return {
        **_summary(seconds),
        "tokens": tokens,
        "tokens_per_second": round(tokens / median),
        "operations": operations,
        "share_of_matrix_rate": round(operations / median / matrix_rate, 4),
        "peak_gib": round(peak / GIBIBYTE, 2),
    }


def learner_of(policy: Policy, kind: str, strategy: Strategy = ALONE) -> Learner:
    """A learner from rollouts ("update"), or from demonstrations ("sft")."""
    loss = Imitation() if kind == "sft" else Objective(Grpo(GrpoSettings(), RESPONSE_TOKENS))
    passes = Passes(TOKENS_PER_PASS[kind])
    settings = Optimizer(learning_rate=1e-9)
    return Learner(policy, loss, settings, steps=100, passes=passes, strategy=strategy)


def print_kernels(policy: Policy, batch: TrainingBatch) -> None:
    """Which kernels one forward and backward pass over a part of the batch takes most time in."""
    part = next(batch.split(TOKENS_PER_PASS["update"])).to(policy.device)
    with profile(activities=[ProfilerActivity.CPU, ProfilerActivity.CUDA]) as seen:
        with policy.precision():
            policy.score(part, 1.0).logprobs.mean().backward()
        torch.cuda.synchronize()
    policy.model.zero_grad()
    print(
        seen.key_averages().table(
            sort_by="self_cuda_time_total", row_limit=45, max_name_column_width=70
        )
    )


def measure_sampling(policy: Policy) -> dict[str, float]:
    """Groups of rollouts: tokens per second, and how far the learner's log-probabilities are."""
    asked = prompts(policy, PROMPTS)
    drawn: list[Rollouts] = []
    torch.cuda.reset_peak_memory_stats()
    seconds = _seconds(lambda: drawn.append(sample(policy, asked)), 2)
    peak = torch.cuda.max_memory_allocated()
    rollouts = drawn[-1]
    with torch.no_grad():
        learned = policy.score(_judged(asked, rollouts).to(policy.device), 1.0).logprobs
    gap = (learned - rollouts.logprobs[rollouts.mask]).abs()
    return {
        "seconds": round(statistics.median(seconds), 4),
        "tokens_per_second": round(int(rollouts.mask.sum()) / statistics.median(seconds)),
        "logprob_gap_mean": gap.mean().item(),
        "logprob_gap_max": gap.max().item(),
        "peak_gib": round(peak / GIBIBYTE, 2),
    }


def _judged(asked: PromptBatch, rollouts: Rollouts) -> TrainingBatch:
    """Rollouts with advantages that average to nothing."""
    device = rollouts.ids.device
    return TrainingBatch(
        prompts=asked,
        prompt_index=torch.arange(PROMPTS, device=device).repeat_interleave(GROUP),
        response_ids=rollouts.ids,
        response_mask=rollouts.mask,
        learned_mask=rollouts.mask,
        behaviour_logprobs=rollouts.logprobs,
        advantages=torch.linspace(-1, 1, len(rollouts.ids), device=device)[:, None].expand(
            rollouts.ids.shape
        ),
    )


def sample(policy: Policy, asked: PromptBatch) -> Rollouts:
    """Draw a group of rollouts to every prompt."""
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
        row = figures.get(phase)
        if row is None:
            continue
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
