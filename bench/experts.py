"""`make experts`: what the experts of a warmed-up discriminator have learned to see.

A discriminator is warmed up on curated demonstrations against rollouts of the policy that public
supervision has made. It has never seen a corrupted demonstration. It is then shown held-out ones,
as they are and with an error planted in one section, and must rank the true section above the
false one: over all pairs of a true and a false section, and not only within a prompt.

All seeds share the data and the base model; the supervised policy, the discriminators' fresh
weights and the rollouts are each seed's own.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

import torch
from rich.table import Table
from torch import Tensor

from bench.console import console
from bench.engine import SIDE_BY_SIDE, recipe, run
from bench.miniature import prepare
from bench.record import record
from prism_client.home import Home
from prism_engine.benchmarks.statistics import auc
from prism_engine.contract.config import Warmup
from prism_engine.contract.discriminators import Game
from prism_engine.data.miniature.demonstration import GRADES
from prism_engine.data.miniature.families import FAMILIES
from prism_engine.data.miniature.scene import seeded
from prism_engine.data.records import DataSet, Record, read_data
from prism_engine.discriminators import load_discriminator
from prism_engine.discriminators.discriminator import Discriminator, Rules
from prism_engine.discriminators.sections import EXPERTS, encode_section
from prism_engine.policy.policy import Policy
from prism_engine.policy.processor import Processor
from prism_engine.randomness import Randomness
from prism_engine.stages.game import demonstrated_sections
from prism_engine.stages.recorded import RecordedCollector

SEEDS = (0, 1, 2)
KINDS = ("moe", "dense", "text_only", "whole_response")
CORRUPTIONS = {"perception": "misperceived", "reasoning": "misreasoned"}
"""The grade that is false in what an expert reads, and in nothing else."""
AT_ONCE = 32
LONGEST = 112
"""Tokens of a response, as in the miniature's recipe."""

WARMUP = {"steps": 80, "prompts_per_step": 32, "rollouts_per_prompt": 4}
"""As many rollouts in a step as the miniature's warm-up has, of twice the prompts, for four times
the steps. There an expert must rank the rollouts of one prompt; here it must rank across prompts.
"""


@dataclass(frozen=True)
class Ranked:
    """How well one judge ranks true sections above false ones."""

    judge: str
    seed: int
    section: str
    auc: float  # over all pairs of a true and a false section
    within: float  # over the two sections of every prompt


def main() -> None:
    """Warm up every kind with every seed, print what came of it, and record it."""
    world = Home.from_environment().path / "data" / "miniature"
    prepare(world)
    planted = plant(world / "validation")
    with tempfile.TemporaryDirectory(prefix="prism-experts-") as folder:
        ranked = [*rank_by_length(planted, world), *warm_up_and_rank(Path(folder), world, planted)]
    # Where nobody watches there is no terminal to fit into.
    console.print(table(ranked, len(planted)))
    record("experts", figures(ranked, len(planted)))


def plant(location: Path) -> DataSet:
    """Held-out rows that record a corrupted response for each section beside the true one."""
    data = read_data(location)
    return DataSet(data.folder, [_with_corruptions(record) for record in data.records])


def _with_corruptions(row: Record) -> Record:
    """The problem of a row is drawn again from its seed; every error is drawn from its id."""
    seed = int(row.id.rpartition("-")[2])
    problem = FAMILIES[row.metadata["family"]].problem(seed, row.metadata["difficulty"])
    corrupted = [
        GRADES[grade](problem, seeded("planted", grade, row.id)).text
        for grade in CORRUPTIONS.values()
    ]
    return row.model_copy(update={"rollouts": corrupted})


def rank_by_length(planted: DataSet, world: Path) -> Iterator[Ranked]:
    """The control: an error may show in how long a section is, the longer one taken for true."""
    processor = Processor.load(world / "base-model")
    true = demonstrated_sections(planted)
    for number, (section, read) in enumerate(EXPERTS.items()):
        false = demonstrated_sections(_demonstrating(planted, number))
        lengths = [
            torch.tensor(
                [float(len(encode_section(read(s), processor, LONGEST))) for s in side.values()]
            )
            for side in (true, false)
        ]
        yield ranked_by("length", 0, section, *lengths)


def _demonstrating(planted: DataSet, number: int) -> DataSet:
    rows = [row.model_copy(update={"response": row.rollouts[number]}) for row in planted.records]
    return DataSet(planted.folder, rows)


def warm_up_and_rank(folder: Path, world: Path, planted: DataSet) -> list[Ranked]:
    """Every kind of discriminator with every seed, two at a time."""
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        policies = {seed: pool.submit(_supervise, folder, world, seed) for seed in SEEDS}
        # The pool begins in order, so a warm-up only ever waits for a policy in the making.
        warmed_up = [
            pool.submit(lambda policy, *job: _warm_up(policy.result(), world, *job),
                        policies[seed], seed, kind)
            for seed in SEEDS
            for kind in KINDS
        ]  # fmt: skip
        folders = [each.result() for each in warmed_up]
    return [ranked for folder in folders for ranked in rank(folder, planted)]


def _supervise(folder: Path, world: Path, seed: int) -> Path:
    """Fine-tune the base on public demonstrations; returns the folder of this seed."""
    sft = recipe("miniature")["runs"]["sft"] | {
        "policy": {"model": str(world / "base-model")},
        "data": str(world / "public"),
    }
    run(folder / str(seed), "sft", seed, {"sft": sft})
    return folder / str(seed)


def _warm_up(out: Path, world: Path, seed: int, kind: str) -> Path:
    warmup = {
        **recipe("miniature")["runs"]["warmup"],
        **WARMUP,
        "policy": {"model": str(out / "sft" / "export" / "policy")},
        "data": str(world / "curated"),
        "discriminator": {"kind": kind},
    }
    run(out, kind.replace("_", "-"), seed, {kind.replace("_", "-"): warmup})
    return out / kind.replace("_", "-")


def rank(warmed_up: Path, planted: DataSet) -> Iterator[Ranked]:
    """Score every true section and every false one with a warmed-up discriminator."""
    seed = int(warmed_up.parent.name)
    policy = Policy.load(
        warmed_up.parent / "sft" / "export" / "policy", torch.float32, torch.device("cpu")
    )
    discriminator = load_discriminator(
        warmed_up / "export" / "discriminator", policy, Rules(Game(), 1, LONGEST)
    )
    scores = _scores(discriminator, policy.processor, planted)
    for number, section in enumerate(CORRUPTIONS):
        channel = section if section in discriminator.channels else "response"
        true, false = scores[channel]
        yield ranked_by(warmed_up.name, seed, section, true, false[:, number])


@torch.no_grad()
def _scores(
    discriminator: Discriminator, processor: Processor, planted: DataSet
) -> dict[str, tuple[Tensor, Tensor]]:
    """By channel, scores of true sections (N,) and of false ones (N, corruptions)."""
    settings = Warmup(
        policy={"model": "unused"}, data="unused", rollouts="recorded",
        rollouts_per_prompt=len(CORRUPTIONS), sampling={"max_new_tokens": 2 * LONGEST},
    )  # fmt: skip
    collector = RecordedCollector(settings, planted, processor, Randomness(0))
    true = demonstrated_sections(planted)
    scored = []
    for first in range(0, len(planted), AT_ONCE):
        drawn = collector.respond(planted.records[first : first + AT_ONCE], torch.Generator())
        scores = discriminator.score(drawn, [true[record.id] for record in drawn.records])
        assert scores.valid.all(), "a planted error must not break the form"
        scored.append(scores.channels)
    return {
        name: (
            torch.cat([channels[name].demonstrations for channels in scored]),
            torch.cat([channels[name].rollouts for channels in scored]),
        )
        for name in discriminator.channels
    }


def ranked_by(judge: str, seed: int, section: str, true: Tensor, false: Tensor) -> Ranked:
    """Compare scores of true sections (N,) with those of the same prompts' false ones (N,)."""
    difference = true - false
    within = ((difference > 0).double() + (difference == 0).double() / 2).mean().item()
    return Ranked(judge, seed, section, auc(true.tolist(), false.tolist()), within)


def table(ranked: Sequence[Ranked], pairs: int) -> Table:
    """One row for every judge: the mean over seeds, and the lowest and highest."""
    title = f"AUC for errors planted in {pairs} held-out demonstrations, {len(SEEDS)} seeds"
    shown = Table("Judge", *(f"{s}{w}" for s in CORRUPTIONS for w in ("", ", within a prompt")),
                  title=title)  # fmt: skip
    for judge, sections in figures(ranked, pairs)["auc"].items():
        cells = [
            f"{fmean(values):.3f} [{min(values):.3f}, {max(values):.3f}]"
            for section in sections.values()
            for values in (section["seeds"], section["within"])
        ]
        shown.add_row(judge, *cells)
    return shown


def figures(ranked: Sequence[Ranked], pairs: int) -> dict[str, Any]:
    """The table as one object."""
    judges = dict.fromkeys(each.judge for each in ranked)
    return {
        "pairs": pairs,
        "seeds": len(SEEDS),
        "warmup": WARMUP,
        "auc": {
            judge: {section: _of(ranked, judge, section) for section in CORRUPTIONS}
            for judge in judges
        },
    }


def _of(ranked: Sequence[Ranked], judge: str, section: str) -> dict[str, Any]:
    found = [each for each in ranked if (each.judge, each.section) == (judge, section)]
    return {
        "mean": fmean(each.auc for each in found),
        "seeds": [each.auc for each in found],
        "within": [each.within for each in found],
    }


if __name__ == "__main__":
    main()
