"""Half of `make leak`: equal text gives equal tensors and equal scores on both sides of the game.

A text goes the whole road twice: from its row as a demonstration, and from its row as a recorded
rollout through tokenizer, padding and parser. Its score is then read alone, beside longer and
shorter ones, first and last in a batch, and with the two sides swapped.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from prism_engine.batch import Drawn
from prism_engine.contract.config import Warmup
from prism_engine.contract.discriminators import Game, Moe
from prism_engine.data.miniature.scene import seeded
from prism_engine.data.records import DataSet, Record, read_data
from prism_engine.data.response import parse_response
from prism_engine.discriminators.discriminator import Rules, Scores
from prism_engine.discriminators.moe import MoeDiscriminator
from prism_engine.discriminators.sections import (
    EXPERTS,
    SectionBatch,
    collate_sections,
    encode_section,
)
from prism_engine.policy.policy import Policy
from prism_engine.randomness import Randomness
from prism_engine.stages.game import demonstrated_sections
from prism_engine.stages.recorded import RecordedCollector
from tests.engine.tiny import save_tiny_model

LIMIT = 160
"""Tokens of a section; the tiny model counts bytes."""
GROUP = 4
AT_ONCE = 8


def compare_equal_texts(folder: Path, cases: int) -> dict[str, Any]:
    """Every text as a demonstration and as a rollout, in both number formats."""
    data = write_texts(folder / "data", list(islice(varied_texts(), cases)))
    model = save_tiny_model(folder / "model")
    judges = {
        "float32": Judge(data, Policy.load(model, torch.float32, torch.device("cpu"))),
        "float64": Judge(data, Policy.load(model, torch.float64, torch.device("cpu"))),
    }
    return {
        "cases": len(data),
        "tensor_mismatches": judges["float32"].tensor_mismatches(),
        "max_score_difference": {
            name: judge.max_score_difference() for name, judge in judges.items()
        },
    }


class Judge:
    """A fresh discriminator over rows that demonstrate a text and record it as a rollout too."""

    def __init__(self, data: DataSet, policy: Policy) -> None:
        settings = Warmup(
            policy={"model": "unused"}, data="unused", rollouts="recorded",
            prompts_per_step=AT_ONCE, rollouts_per_prompt=GROUP,
        )  # fmt: skip
        self._processor = policy.processor
        self._records = data.records
        self._collector = RecordedCollector(settings, data, policy.processor, Randomness(0))
        self._demonstrations = demonstrated_sections(data)
        self._discriminator = MoeDiscriminator.fresh(
            policy, Moe(), Rules(Game(), 1, LIMIT), torch.Generator().manual_seed(0)
        )

    def tensor_mismatches(self) -> int:
        """How many tensors differ between a demonstration and a rollout of the same text."""
        return sum(
            not torch.equal(getattr(there, field.name), getattr(here, field.name))
            for record in self._records
            for read in EXPERTS.values()
            for there in [self._encoded(read(self._demonstrations[record.id]))]
            for row in (0, GROUP - 1)
            for here in [self._encoded(read(self._drawn([record]).sections[row]))]
            for field in fields(there)
        )

    def _encoded(self, text: str) -> SectionBatch:
        ids = encode_section(text, self._processor, LIMIT)
        return collate_sections([(0, ids)], torch.zeros(1, dtype=torch.int64), self._processor)

    @torch.no_grad()
    def max_score_difference(self) -> float:
        """Between scores of one text: on either side, alone or padded, first or last, swapped."""
        differences = [0.0]
        for first in range(0, len(self._records), AT_ONCE):
            records = self._records[first : first + AT_ONCE]
            together = self._scores(self._drawn(records))
            reverse = self._scores(self._drawn(records[::-1]))
            for number, each in enumerate(records):
                alone = self._drawn([each])
                differences += _apart(together, number, self._scores(alone), 0)
                differences += _apart(together, number, reverse, len(records) - 1 - number)
                differences += self._swapped(alone)
        return max(differences)

    def _swapped(self, drawn: Drawn) -> list[float]:
        """How far scores move when demonstration and a rollout of another text change places."""
        other, own = drawn.sections[1], self._demonstrations[drawn.records[0].id]
        one = replace(drawn, sections=(other,), rollouts_per_prompt=1)
        ahead = self._discriminator.score(one, [own])
        back = self._discriminator.score(replace(one, sections=(own,)), [other])
        return [
            difference
            for name in EXPERTS
            for difference in (
                _distance(ahead.channels[name].demonstrations, back.channels[name].rollouts[0]),
                _distance(ahead.channels[name].rollouts[0], back.channels[name].demonstrations),
            )
        ]

    def _drawn(self, records: Sequence[Record]) -> Drawn:
        return self._collector.respond(records, torch.Generator())

    def _scores(self, drawn: Drawn) -> Scores:
        demonstrations = [self._demonstrations[record.id] for record in drawn.records]
        return self._discriminator.score(drawn, demonstrations)


def _apart(first: Scores, row: int, second: Scores, other: int) -> list[float]:
    """Distances between the demonstration of one and all that equals it or its rollouts."""
    found = []
    for name in EXPERTS:
        here, there = first.channels[name], second.channels[name]
        own = here.demonstrations[row]
        found += [_distance(own, rollout) for rollout in (here.rollouts[row, [0, GROUP - 1]])]
        found += [
            _distance(own, there.demonstrations[other]),
            _distance(here.rollouts[row], there.rollouts[other]),
        ]
    return found


def _distance(first: Tensor, second: Tensor) -> float:
    return (first - second).abs().max().item()


def write_texts(folder: Path, texts: Sequence[str]) -> DataSet:
    """Rows that demonstrate a text and record it as their first and last rollout."""
    folder.mkdir(parents=True)
    for number, size in enumerate([(16, 16), (24, 16), (16, 32)]):
        Image.new("RGB", size, (60 * number, 90, 120)).save(folder / f"{number}.png")
    following = [*texts[1:], texts[0]]
    rows = [
        {
            "id": str(number),
            "images": [f"{number % 3}.png"],
            "question": "What is this" + "?" * (number % 4),
            "response": text,
            "rollouts": [
                text,
                other,
                "<caption>x</caption><think>y</think><answer>z</answer>",
                text,
            ],
        }
        for number, (text, other) in enumerate(zip(texts, following, strict=True))
    ]
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    (folder / "data.jsonl").write_text(lines, "utf-8")
    return read_data(folder)


def varied_texts() -> Iterator[str]:
    """Responses in many scripts and of many lengths, at the limit and one beyond it too."""
    pieces = [
        "-", ".", "0", "- a red circle\n", "- 图中有三个红色的圆\n", r"\frac{a}{b} + \sqrt{x^2}",
        "🟥🔵👩‍👩‍👧", "قياس", "é", "e\u0301", "\t\t- x\n\n", "<b>bold</b>", "a < b > c & d", 
        "{}[]()", "$$\\int_0^1$$", "“quoted”", "'", '"', "\\n", "ſtraße", "𝔘",
        "    spaces   .", "100%", "null", "\u200b|",
    ]  # fmt: skip
    for piece in pieces:
        yield response(piece, piece, piece)
    # An end token follows, so that the first just fits and the second is cut by one.
    for length in (LIMIT - 1, LIMIT):
        yield of_length(length)
    random = seeded("texts")
    while True:
        caption, think = ("".join(random.choices(pieces, k=random.randint(1, 12))) for _ in "ct")
        yield response(f"- {caption}.", f"{think}.", random.choice(pieces))


def response(caption: str, think: str, answer: str) -> str:
    """The sections as one text."""
    return f"<caption>{caption}</caption>\n<think>{think}</think>\n<answer>{answer}</answer>"


def of_length(length: int) -> str:
    """A response of which both experts read so many bytes."""
    shortest = parse_response(response("x", "y", "1"))
    assert shortest is not None
    more = {name: length - len(read(shortest).encode()) for name, read in EXPERTS.items()}
    return response("x" * (1 + more["perception"]), "y" * (1 + more["reasoning"]), "1")
