"""`make bench-engine`: a step of ours beside one of TRL's, on the same work and in one process.

Both learn the same Qwen3-VL of a third of a million parameters in float32 from the same questions
about the same image files, with groups of completions of the same length. They take turns, on one
thread, and what is counted is the processor's time, so that other work on the machine does not
count. Our own step without sharing anything within a group takes a third turn, and says by phase
what sharing gains: images, sampling, update.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.peer import Question, time_grpo, time_sft  # isort: skip

import numpy as np
import torch
from PIL import Image
from rich.table import Table
from transformers import Qwen3VLForConditionalGeneration

from bench.console import console
from bench.record import record
from prism_engine.algorithms.grpo import Grpo
from prism_engine.algorithms.imitation import Imitation
from prism_engine.algorithms.objective import Objective
from prism_engine.batch import Drawn, PromptBatch, Rollouts, TrainingBatch
from prism_engine.contract.algorithms import Grpo as GrpoSettings
from prism_engine.contract.discriminators import Game, Moe
from prism_engine.contract.settings import Optimizer
from prism_engine.data.collate import PackingCollator
from prism_engine.data.records import read_data
from prism_engine.data.response import Sections, parse_response
from prism_engine.discriminators.discriminator import Rules
from prism_engine.discriminators.moe import MoeDiscriminator
from prism_engine.policy.learner import Learner, Passes
from prism_engine.policy.policy import Policy
from prism_engine.policy.sampler.shared_prefill import SharedPrefillSampler
from prism_engine.stages.rollouts import spread
from tests.engine.tiny import save_tiny_model

SETTINGS = Optimizer(learning_rate=1e-6)
QUESTION = "What stands to the left of the green circle, and how many are there?"
DEMONSTRATIONS, SHORTEST, LONGEST = 8, 16, 512


@dataclass(frozen=True)
class Case:
    """Groups of completions about images of one size."""

    side: int  # pixels
    tokens: int  # of every completion
    group: int
    prompts: int
    steps: int = 4  # the first does not count

    @property
    def name(self) -> str:
        return f"{self.side}px/{self.tokens}t/G{self.group}"


MINIATURE = Case(48, 128, 8, prompts=4)
LARGE = Case(1024, 8, 8, prompts=1, steps=3)
CASES = [
    MINIATURE,
    LARGE,
    Case(48, 32, 16, prompts=2),
    Case(48, 8, 8, prompts=4),
    Case(224, 32, 8, prompts=2),
    Case(1024, 32, 16, prompts=1, steps=3),
    Case(48, 512, 8, prompts=1, steps=3),
    Case(224, 8, 16, prompts=2),
    Case(48, 128, 16, prompts=2),
    Case(1024, 128, 8, prompts=1, steps=3),
    Case(224, 128, 8, prompts=2),
    Case(1024, 512, 8, prompts=1, steps=3),
    Case(224, 512, 8, prompts=1, steps=3),
    Case(48, 8, 16, prompts=2),
    Case(48, 32, 8, prompts=4),
    Case(1024, 8, 16, prompts=1, steps=3),
    Case(224, 8, 8, prompts=2),
    Case(224, 32, 16, prompts=2),
    Case(1024, 32, 8, prompts=1, steps=3),
    Case(224, 128, 16, prompts=2),
    Case(48, 512, 16, prompts=1, steps=3),
    Case(1024, 128, 16, prompts=1, steps=3),
    Case(224, 512, 16, prompts=1, steps=3),
    Case(1024, 512, 16, prompts=1, steps=3),
]
"""Every length of completions with every size of image and of group; what matters most first."""


def main() -> None:
    """Measure, print the tables and write the figures."""
    parser = argparse.ArgumentParser(prog="python -m bench.speed")
    parser.add_argument("--minutes", type=float, default=60, help="begin no case after so many")
    until = time.monotonic() + 60 * parser.parse_args().minutes
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    with tempfile.TemporaryDirectory(prefix="prism-speed-") as name:
        folder = save_model(Path(name) / "model")
        sft = measure_sft(folder)
        alignment = measure_alignment(folder)
        cases: dict[str, dict[str, Any]] = {}
        for case in CASES:
            if time.monotonic() > until:
                break
            cases[case.name] = measure(folder, case)
            keep(cases, sft, alignment)
    console.print(table(cases))


def keep(cases: dict[str, dict[str, Any]], sft: dict[str, Any], alignment: dict[str, Any]) -> None:
    """Write down what is known so far; a case that was not measured is absent."""
    ratios = {name: measured["ratio"] for name, measured in cases.items()}
    known = {
        key: ratios[case.name]
        for key, case in (("rlvr_ratio_miniature", MINIATURE), ("rlvr_ratio_1024px", LARGE))
        if case.name in ratios
    }
    record(
        "engine",
        {
            **known,
            "worst_ratio": min(ratios.values()),
            "sft_ratio": sft["ratio"],
            "alignment_over_rlvr": alignment["ratio"],
            "cases_measured": f"{len(cases)} of {len(CASES)}",
            "cases": cases,
            "sft": sft,
            "alignment": alignment,
        },
    )


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
        self.shared: list[dict[str, float]] = []
        self.naive: list[dict[str, float]] = []

    def turn(self) -> None:
        self.shared.append(self.step(copies=1, group=self._case.group))
        self.naive.append(self.step(copies=self._case.group, group=1))

    def step(self, copies: int, group: int) -> dict[str, float]:
        """Seconds by phase; every prompt stands `copies` times for itself, with its own groups."""
        seconds: dict[str, float] = {}
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
def timed(seconds: dict[str, float], phase: str) -> Iterator[None]:
    """Note how long something takes."""
    began = time.process_time()
    yield
    seconds[phase] = time.process_time() - began


def measure(folder: Path, case: Case) -> dict[str, Any]:
    """A case on all three sides, in turns."""
    asked = questions(folder, case.side, [""] * case.prompts)
    engine = Engine(folder, case, asked)
    theirs = time_grpo(
        plain_model(folder), folder, asked, case.group, case.tokens, case.steps, engine.turn
    )
    ours, naive = by_phase(engine.shared), by_phase(engine.naive)
    return {
        "ratio": ratio(theirs, [step["all"] for step in engine.shared]),
        "ratio_to_naive": ratio(
            [step["all"] for step in engine.naive], [step["all"] for step in engine.shared]
        ),
        "trl_seconds": summary(theirs[1:]),
        "seconds": ours,
        "naive_seconds": naive,
    }


def plain_model(folder: Path) -> Qwen3VLForConditionalGeneration:
    """The model as TRL takes it."""
    return Qwen3VLForConditionalGeneration.from_pretrained(folder, dtype=torch.float32)


def by_phase(steps: Sequence[dict[str, float]]) -> dict[str, list[float]]:
    """Median, least and most of every phase, the first step left out."""
    phases = defaultdict(list)
    for step in steps[1:]:
        for phase, seconds in step.items():
            phases[phase].append(seconds)
    return {phase: summary(seconds) for phase, seconds in phases.items()}


def summary(seconds: Sequence[float]) -> list[float]:
    """Median, least and most."""
    return [round(each, 4) for each in (statistics.median(seconds), min(seconds), max(seconds))]


def ratio(theirs: Sequence[float], ours: Sequence[float]) -> float:
    """Median over steps, the first left out, of how much longer theirs took than ours beside it."""
    pairs = zip(theirs[1:], ours[1:], strict=True)
    return round(statistics.median(their / our for their, our in pairs), 2)


def measure_sft(folder: Path, steps: int = 6) -> dict[str, Any]:
    """Demonstrations of spread lengths: TRL pads them, ours share rows."""
    lengths = np.geomspace(SHORTEST, LONGEST, DEMONSTRATIONS).astype(int)
    asked = questions(folder, 48, ["x" * length for length in lengths])
    rows = [
        {"id": str(n), "images": [q.image.name], "question": q.text, "response": q.response}
        for n, q in enumerate(asked)
    ]
    (folder / "data.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    policy = Policy.load(folder, torch.float32, torch.device("cpu"))
    learner = Learner(policy, Imitation(), SETTINGS, 1000, Passes(tokens=2**30))
    data, ours, tokens = read_data(folder), [], 0

    def turn() -> None:
        nonlocal tokens
        began = time.process_time()
        batch = PackingCollator(data, policy.processor).demonstrations(data.records, 10**6)
        learner.update(batch, 1)
        ours.append(time.process_time() - began)
        tokens = batch.tokens

    theirs = time_sft(plain_model(folder), folder, asked, steps, turn)
    return {
        "ratio": ratio(theirs, ours),
        "tokens": tokens,
        "trl_seconds": summary(theirs[1:]),
        "seconds": summary(ours[1:]),
    }


def measure_alignment(folder: Path, steps: int = 6) -> dict[str, Any]:
    """What scoring every section and teaching the discriminator adds to a step.

    A policy of random weights writes no sections. The discriminator is therefore given some of the
    length that the rollouts have, all different from each other.
    """
    case = MINIATURE
    asked = questions(folder, case.side, [""] * case.prompts)
    engine = Engine(folder, case, asked)
    discriminator = MoeDiscriminator.fresh(
        engine.policy,
        Moe(),
        Rules(Game(), steps=1000, longest_section=case.tokens),
        torch.Generator().manual_seed(0),
    )
    rollouts = [sections(number, case.tokens) for number in range(case.prompts * case.group)]
    demonstrations = [sections(1000 + number, case.tokens) for number in range(case.prompts)]
    whole, added = [], []
    for step in range(steps):
        seconds = engine.step(copies=1, group=case.group)
        drawn = drawn_of(engine.prompts(1), rollouts, case.group)
        with timed(seconds, "discriminator"):
            discriminator.learn(discriminator.score(drawn, demonstrations), step + 1)
        whole.append(seconds["all"])
        added.append(seconds["discriminator"])
    both = [one + more for one, more in zip(whole, added, strict=True)]
    return {
        "ratio": ratio(both, whole),
        "rlvr_seconds": summary(whole[1:]),
        "discriminator_seconds": summary(added[1:]),
    }


def sections(number: int, tokens: int) -> Sections:
    """As many bytes as a rollout of so many tokens, tags included."""
    half = (tokens - 66) // 2
    text = f"{number:0{half}d}"
    said = f"<caption>{text}</caption><think>{text}</think><answer>1</answer>"
    return parse_response(said)


def drawn_of(prompts: PromptBatch, said: Sequence[Sections], group: int) -> Drawn:
    """Groups of rollouts that said this."""
    nothing = torch.zeros(len(said), 1)
    rollouts = Rollouts(nothing.long(), nothing.bool(), nothing, nothing[:, 0].bool())
    return Drawn((), prompts, rollouts, (), tuple(said), group, 0.0)


def table(cases: dict[str, dict[str, Any]]) -> Table:
    """One row per case."""
    shown = Table("Case", "TRL", "Naive", "Ours", "TRL / ours", "Images", "Sampling", "Update")
    for name, found in cases.items():
        ours, naive = found["seconds"], found["naive_seconds"]
        gains = [f"{naive[p][0] / ours[p][0]:.1f}" for p in ("images", "sampling", "update")]
        totals = [found["trl_seconds"][0], naive["all"][0], ours["all"][0]]
        shown.add_row(name, *(f"{each:.2f}" for each in totals), f"{found['ratio']:.2f}", *gains)
    return shown


if __name__ == "__main__":
    main()
