"""`make bench-engine`: a step of ours beside one of TRL's, on the same work and in one process.

Both learn the same Qwen3-VL of some 800,000 parameters in float32 from the same questions about the
same image files, with groups of completions of the same length. They take turns, on one thread, and
what is counted is the processor's time, so that other work on the machine does not count. Our own
step without sharing anything within a group takes a third turn, and says by phase what sharing
gains. `cost.py` fits what a step costs. All of it takes some twenty minutes on a quiet machine.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any
from unittest.mock import patch

from bench.peer import time_grpo, time_sft  # isort: skip

import numpy as np
import torch
from rich.table import Table
from transformers import Qwen3VLForConditionalGeneration

from bench.console import console
from bench.cost import cost_table, measure_cost, write_page
from bench.record import processor, record
from bench.step import (
    SETTINGS,
    Case,
    Engine,
    by_phase,
    questions,
    save_model,
    summary,
    timed,
)
from prism_engine.algorithms.imitation import Imitation
from prism_engine.batch import Drawn, PromptBatch, Rollouts
from prism_engine.contract.discriminators import Game, Moe
from prism_engine.data.collate import Collator, PackingCollator
from prism_engine.data.records import read_data
from prism_engine.data.response import Sections, parse_response
from prism_engine.discriminators.discriminator import Rules
from prism_engine.discriminators.moe import MoeDiscriminator
from prism_engine.policy.learner import Learner, Passes
from prism_engine.policy.policy import Policy

DEMONSTRATIONS, SHORTEST, LONGEST = 8, 16, 512

MINIATURE = Case(48, 128, 8, prompts=4, steps=6, naive=6)
LARGE = Case(1024, 8, 8, prompts=1, steps=3, skipped=0, naive=1)
CASES = [
    MINIATURE,
    LARGE,
    *(
        Case(side, tokens, group, prompts=1 if tokens == 512 else 2)
        for side in (48, 224)
        for tokens in (8, 32, 128, 512)
        for group in (8, 16)
        if (side, tokens, group) != (48, 128, 8)
    ),
    *(
        Case(1024, tokens, group, prompts=1, steps=3, skipped=0, naive=1)
        for group in (8, 16)
        for tokens in (8, 32, 128, 512)
        if (tokens, group) != (8, 8)
    ),
]
"""Every length of completions with every size of image and of group; what matters most first.

A first step, which fetches and warms everything, is left out unless a step takes many seconds.
"""


def main() -> None:
    """Measure, print the tables and write the figures."""
    parser = argparse.ArgumentParser(prog="python -m bench.speed")
    parser.add_argument("--minutes", type=float, default=60, help="begin no case after so many")
    until = time.monotonic() + 60 * parser.parse_args().minutes
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    with tempfile.TemporaryDirectory(prefix="prism-speed-") as name:
        folder = save_model(Path(name) / "model")
        beside = {
            "sft": measure_sft(folder),
            "alignment": measure_alignment(folder),
            "cost": measure_cost(folder),
        }
        write_page(beside["cost"], processor())
        cases: dict[str, dict[str, Any]] = {}
        for case in CASES:
            if time.monotonic() > until:
                break
            cases[case.name] = measure(folder, case)
            keep(cases, beside)
    console.print(table(cases))
    console.print(cost_table(beside["cost"]))


def keep(cases: dict[str, dict[str, Any]], beside: dict[str, dict[str, Any]]) -> None:
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
            "sft_ratio": beside["sft"]["ratio"],
            "alignment_over_rlvr": beside["alignment"]["ratio"],
            "cases_measured": f"{len(cases)} of {len(CASES)}",
            "cases": cases,
            **beside,
        },
    )


def measure(folder: Path, case: Case) -> dict[str, Any]:
    """A case on all three sides, in turns."""
    asked = questions(folder, case.side, [""] * case.prompts)
    engine = Engine(folder, case, asked)
    theirs = time_grpo(
        plain_model(folder), folder, asked, case.group, case.tokens, case.steps, engine.turn
    )[case.skipped :]
    shared, naive = engine.shared[case.skipped :], engine.naive[case.skipped :]
    ours, plain = by_phase(shared), by_phase(naive)
    return {
        "ratio": ratio(theirs, [step["all"] for step in shared]),
        "ratio_to_naive": round(plain["all"][0] / ours["all"][0], 2),
        "gains": gains(statistics.median(theirs), plain, ours),
        "trl_seconds": summary(theirs),
        "seconds": ours,
        "naive_seconds": plain,
    }


def gains(
    theirs: float, naive: dict[str, list[float]], ours: dict[str, list[float]]
) -> dict[str, float]:
    """How many times shorter a step gets by each difference in turn; their product is the ratio.

    First comes our plain step in place of TRL's; then an image is cut into patches once for its
    group; then images and prompts are seen and read once where rollouts are drawn; then once where
    the policy is updated.
    """
    phases = ("images", "sampling", "update")
    saved = [naive[phase][0] - ours[phase][0] for phase in phases]
    left = [theirs, *(naive["all"][0] - sum(saved[:count]) for count in range(len(phases) + 1))]
    factors = [round(longer / shorter, 2) for longer, shorter in pairwise(left)]
    return dict(zip(("plain_step", *phases), factors, strict=True))


def plain_model(folder: Path) -> Qwen3VLForConditionalGeneration:
    """The model as TRL takes it."""
    return Qwen3VLForConditionalGeneration.from_pretrained(folder, dtype=torch.float32)


def ratio(theirs: Sequence[float], ours: Sequence[float]) -> float:
    """Median over steps of how much longer theirs took than ours beside it."""
    return round(statistics.median(a / b for a, b in zip(theirs, ours, strict=True)), 2)


def measure_sft(folder: Path, steps: int = 6) -> dict[str, Any]:
    """Demonstrations of spread lengths: TRL pads them; ours go with others of like length.

    Ours are timed as well where they share rows, which is meant for a GPU, and padded as TRL's are.
    """
    lengths = np.geomspace(SHORTEST, LONGEST, DEMONSTRATIONS).astype(int)
    asked = questions(folder, 48, ["x" * length for length in lengths])
    rows = [
        {"id": str(n), "images": [q.image.name], "question": q.text, "response": q.response}
        for n, q in enumerate(asked)
    ]
    (folder / "data.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    policy = Policy.load(folder, torch.float32, torch.device("cpu"))
    learner = Learner(policy, Imitation(), SETTINGS, 1000, Passes(tokens=2**30))
    data, tokens = read_data(folder), 0
    seconds: dict[str, list[float]] = {"alike": [], "in_rows": [], "padded": []}

    def update(name: str, collator: type[Collator]) -> None:
        nonlocal tokens
        began = time.process_time()
        batch = collator(data, policy.processor).demonstrations(data.records, 10**6)
        learner.update(batch, 1)
        seconds[name].append(time.process_time() - began)
        tokens = batch.tokens

    def turn() -> None:
        update("alike", Collator)
        update("in_rows", PackingCollator)
        with patch("prism_engine.policy.policy.alike", lambda lengths: [list(range(len(lengths)))]):
            update("padded", Collator)

    theirs = time_sft(plain_model(folder), folder, asked, steps, turn)[1:]
    ours = {name: each[1:] for name, each in seconds.items()}
    return {
        "ratio": ratio(theirs, ours["alike"]),
        "packing_gain": ratio(ours["padded"], ours["alike"]),
        "tokens": tokens,
        "trl_seconds": summary(theirs),
        "seconds": {name: summary(each) for name, each in ours.items()},
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
        "ratio": ratio(both[1:], whole[1:]),
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
    shown = Table(
        "Case", "TRL s", "Naive s", "Ours s", "TRL / ours",
        "= plain step", "x images once", "x sampling shared", "x update shared",
        title="A step beside TRL's, and what each difference gains",
    )  # fmt: skip
    for name, found in cases.items():
        totals = [found["trl_seconds"][0], found["naive_seconds"]["all"][0]]
        totals.append(found["seconds"]["all"][0])
        gained = [f"{gain:.2f}" for gain in found["gains"].values()]
        shown.add_row(name, *(f"{each:.2f}" for each in totals), f"{found['ratio']:.2f}", *gained)
    return shown


if __name__ == "__main__":
    main()
