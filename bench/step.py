"""Our step of reinforcement learning as benches time it, and a small model that it teaches."""

from __future__ import annotations

import json
import statistics
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from bench.question import Question
from prism_engine.algorithms.grpo import Grpo
from prism_engine.algorithms.objective import Objective
from prism_engine.batch import PromptBatch, Rollouts, TrainingBatch
from prism_engine.contract.algorithms import Grpo as GrpoSettings
from prism_engine.contract.settings import Optimizer
from prism_engine.policy.learner import Learner, Passes
from prism_engine.policy.policy import Policy
from prism_engine.policy.sampler.shared_prefill import SharedPrefillSampler
from prism_engine.stages.rollouts import spread
from tests.engine.tiny import save_tiny_model

SETTINGS = Optimizer(learning_rate=1e-6)
QUESTION = "What stands to the left of the green circle, and how many are there?"

Seconds = dict[str, float]
"""Of a step, by phase and in all."""


@dataclass(frozen=True)
class Case:
    """Groups of completions about images of one size."""

    side: int  # pixels
    tokens: int  # of every completion
    group: int
    prompts: int
    steps: int = 4
    skipped: int = 1  # so many of the first steps do not count
    naive: int = 4  # so many of them are also taken without sharing anything

    @property
    def name(self) -> str:
        return f"{self.side}px/{self.tokens}t/G{self.group}"


def save_model(folder: Path) -> Path:
    """As wide as the miniature; it sees patches as Qwen3-VL does, 32 pixels a token."""
    rope = {"rope_type": "default", "rope_theta": 5e6, "mrope_section": [4, 4, 4]}
    text: dict[str, Any] = {
        "hidden_size": 96, "intermediate_size": 384, "num_hidden_layers": 2,
        "num_attention_heads": 4, "num_key_value_heads": 4, "head_dim": 24,
        "max_position_embeddings": 4096, "initializer_range": 0.02,
        "rope_parameters": rope | {"mrope_interleaved": True},
    }  # fmt: skip
    vision = {
        "hidden_size": 64, "intermediate_size": 128, "num_heads": 4, "patch_size": 16,
        "out_hidden_size": 96, "num_position_embeddings": 2304, "initializer_range": 0.02,
    }  # fmt: skip
    save_tiny_model(folder, text=text, vision=vision)
    settings = json.loads((folder / "preprocessor_config.json").read_text("utf-8"))
    settings |= {"patch_size": 16, "size": {"shortest_edge": 1024, "longest_edge": 4 * 1024**2}}
    (folder / "preprocessor_config.json").write_text(json.dumps(settings))
    return folder


def questions(folder: Path, side: int, responses: Sequence[str]) -> list[Question]:
    """One about an image of noise for each of the responses."""
    noise = np.random.default_rng(0)
    asked = []
    for number, response in enumerate(responses):
        path = folder / f"{side}-{number}.png"
        Image.fromarray(noise.integers(0, 256, (side, side, 3), np.uint8)).save(path)
        asked.append(Question(f"{number}: {QUESTION}", path, response))
    return asked


class Engine:
    """Our step of reinforcement learning, from image files to the update."""

    def __init__(self, folder: Path, case: Case, asked: Sequence[Question]) -> None:
        self.policy = Policy.load(folder, torch.float32, torch.device("cpu"))
        end = self.policy.banned.new_tensor([self.policy.processor.end_id])
        self.policy.banned = torch.cat([self.policy.banned, end])
        self._case, self._asked = case, asked
        self._algorithm = Grpo(GrpoSettings(), case.tokens)
        self._learner = Learner(
            self.policy, Objective(self._algorithm), SETTINGS, 1000, Passes(tokens=2**30)
        )
        self.shared: list[Seconds] = []
        self.naive: list[Seconds] = []

    def turn(self) -> None:
        """A step that shares, and one that does not."""
        self.shared.append(self.step(copies=1, group=self._case.group))
        if len(self.naive) < self._case.naive:
            self.naive.append(self.step(copies=self._case.group, group=1))

    def step(self, copies: int, group: int) -> Seconds:
        """Seconds by phase; every prompt stands `copies` times for itself, with its own groups."""
        seconds: Seconds = {}
        with timed(seconds, "images"):
            prompts = self.prompts(copies)
        with timed(seconds, "sampling"):
            rollouts = SharedPrefillSampler(self.policy).sample(
                prompts,
                group,
                temperature=1.0,
                max_new_tokens=self._case.tokens,
                generator=torch.Generator().manual_seed(len(self.shared)),
            )
        with timed(seconds, "update"):
            self._learner.update(self._judged(prompts, rollouts, group), 1)
        return seconds | {"all": sum(seconds.values())}

    def prompts(self, copies: int) -> PromptBatch:
        """The questions with their images as the model reads them."""
        encode = self.policy.processor.encode_prompt
        encoded = [
            encode(question.text, [Image.open(question.image).convert("RGB")])
            for question in self._asked
            for _ in range(copies)
        ]
        return self.policy.processor.pad(encoded)

    def _judged(self, prompts: PromptBatch, rollouts: Rollouts, group: int) -> TrainingBatch:
        for ids in rollouts.ids:
            self.policy.processor.decode(ids.tolist())
        rewards = (rollouts.ids.sum(1) % 8 / 8).double().view(-1, self._case.group)
        advantages = self._algorithm.advantages({"only": rewards}, {"only": 1.0})
        return TrainingBatch(
            prompts=prompts,
            prompt_index=torch.arange(len(prompts.input_ids)).repeat_interleave(group),
            response_ids=rollouts.ids,
            response_mask=rollouts.mask,
            learned_mask=rollouts.mask,
            behaviour_logprobs=rollouts.logprobs,
            advantages=spread(advantages, rollouts.mask).float(),
        )


@contextmanager
def timed(seconds: Seconds, phase: str) -> Iterator[None]:
    """Note how long something takes."""
    began = time.process_time()
    yield
    seconds[phase] = time.process_time() - began


def by_phase(steps: Sequence[Seconds]) -> dict[str, list[float]]:
    """Median, least and most of every phase."""
    phases = defaultdict(list)
    for step in steps:
        for phase, seconds in step.items():
            phases[phase].append(seconds)
    return {phase: summary(seconds) for phase, seconds in phases.items()}


def summary(seconds: Sequence[float]) -> list[float]:
    """Median, least and most."""
    return [round(each, 4) for each in (statistics.median(seconds), min(seconds), max(seconds))]
