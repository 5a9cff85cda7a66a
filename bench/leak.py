"""`make leak`: the discriminator can win by what the sections say, and by nothing else.

Equal text on both sides, by the whole road from a data set's row to a score, must give equal
tensors and equal scores, however it is padded and wherever it stands. Two samples of one
distribution must stay apart by chance alone after two hundred updates, while one misplaced object
is found in the same harness. And where length is all that differs, the audit says so.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

from bench.engine import SIDE_BY_SIDE, events, run
from bench.equal_texts import compare_equal_texts
from bench.miniature import prepare
from bench.record import record
from prism_client.home import Home
from prism_engine.benchmarks.statistics import share
from prism_engine.contract.events import Estimate, ExpertAudit
from prism_engine.data.miniature.demonstration import (
    FILLER,
    Demonstration,
    Grade,
    curated,
    misplaced,
    public,
)
from prism_engine.data.miniature.families.family import Problem
from prism_engine.data.miniature.write import Row, distinct_problems, question_row, write_data
from prism_engine.discriminators.sections import EXPERTS

CASES = 240
LONGEST = 160
"""Tokens of a section."""
SEEDS = (0, 1, 2)
UPDATES = 200
PROMPTS_PER_STEP = 16
RAMBLES = 0.9
HELD_OUT = 700
"""Pairs of every seed and expert, one to a prompt, so that chance decides each of them anew."""


def main() -> None:
    """Measure both halves and print them as one line."""
    with tempfile.TemporaryDirectory(prefix="prism-leak-") as folder:
        compared = compare_equal_texts(Path(folder) / "texts", CASES)
        world = Home.from_environment().path / "data" / "miniature"
        prepare(world)
        played = play(Path(folder) / "games", world / "base-model")
    record("leak", {**compared, **played})


def rambling(problem: Problem, random: Random) -> Demonstration:
    """The curated demonstration, mostly with a line more in each section that says nothing."""
    faithful = curated(problem, random)
    filler = [FILLER] if random.random() < RAMBLES else []
    return replace(faithful, caption=(*faithful.caption, *filler), steps=(*faithful.steps, *filler))


GAMES: Mapping[str, tuple[Grade, Grade]] = {
    "blind": (public, public),
    "planted": (curated, misplaced),
    "length": (curated, rambling),
}
"""What is demonstrated, and what is said."""


def play(folder: Path, model: Path) -> dict[str, Any]:
    """Every game with every seed, through the engine."""
    jobs = [(game, seed, "moe") for seed in SEEDS for game in ("blind", "planted")]
    jobs += [("length", 0, "length_only")]
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        audits = list(pool.map(lambda job: play_once(folder, model, *job), jobs))
    experts = {
        game: [audit["experts"] for audit, job in zip(audits, jobs, strict=True) if job[0] == game]
        for game in GAMES
    }
    blind = {name: pooled(experts["blind"], [name]) for name in EXPERTS}
    return {
        "blind_accuracy": pooled(experts["blind"], list(EXPERTS)).value,
        "planted_accuracy": pooled(experts["planted"], ["perception"]).value,
        "blind": {name: estimate.model_dump() for name, estimate in blind.items()},
        "planted": pooled(experts["planted"], ["perception"]).model_dump(),
        "length": {"verdict": audits[-1].get("verdict"), "reason": audits[-1]["reason"]},
        "seeds": len(SEEDS),
        "updates": UPDATES,
    }


def play_once(folder: Path, model: Path, game: str, seed: int, kind: str) -> dict[str, Any]:
    """A warm-up on recorded pairs; returns its last audit."""
    out = folder / f"{game}-{seed}"
    problems = distinct_problems(["counting"], seed=100 + seed)
    chosen = list(islice(problems, UPDATES * PROMPTS_PER_STEP + HELD_OUT))
    write_data(out / "pairs", chosen, pair_row(*GAMES[game]), seed=seed)
    rate = {"moe": 5e-4, "length_only": 5e-2}[kind]
    warmup = {
        "kind": "warmup",
        "policy": {"model": str(model)},
        "data": str(out / "pairs"),
        "discriminator": {"kind": kind},
        "rollouts": "recorded",
        "steps": UPDATES,
        "prompts_per_step": PROMPTS_PER_STEP,
        "rollouts_per_prompt": 1,
        "sampling": {"max_new_tokens": LONGEST},
        "game": {"optimizer": {"learning_rate": rate}},
        "audit": {"every": UPDATES, "prompts": HELD_OUT},
        "samples_every": UPDATES,
    }
    run(out, game, seed, {game: warmup})
    return list(events(out / game, "audited"))[-1]


def pair_row(demonstrated: Grade, said: Grade) -> Callable[[Problem, Random], Row]:
    """A question with a demonstration of one grade and a recorded rollout of the other."""

    def row(problem: Problem, random: Random) -> Row:
        return {
            **question_row(problem, random),
            "response": demonstrated(problem, random).text,
            "rollouts": [said(problem, random).text],
        }

    return row


def pooled(audits: Sequence[Mapping[str, Any]], experts: Sequence[str]) -> Estimate:
    """One share over the pairs of all seeds and experts."""
    found = [
        ExpertAudit.model_validate(audit[name]).accuracy for audit in audits for name in experts
    ]
    told = [accuracy for accuracy in found if accuracy is not None]
    right = sum(round(accuracy.value * accuracy.n) for accuracy in told)
    return share(right, sum(accuracy.n for accuracy in told))


if __name__ == "__main__":
    main()
