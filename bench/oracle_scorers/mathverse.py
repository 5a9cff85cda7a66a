"""MathVerse's own scripts: `extract_answer_s1.py`, then `score_answer_s2.py`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from bench.oracle_scorers.environment import Workplace
from bench.oracle_scorers.oracle import Compared, Defect, Oracle, Pair, spelt
from bench.oracle_scorers.spellings import (
    Spelling,
    formed_or_bare,
    letters,
    numbers,
    wrapped,
)
from bench.oracle_scorers.stand_in import endpoint, extract

PACKAGES = Path(__file__).parent / "drivers" / "packages"
"""Holds a package `openai` with both interfaces that the scripts use, which no release has."""

_IS_LETTER = re.compile("[A-D]")
_LETTER = re.compile(
    r"\W*(?:Option |\\?(?:text|mathrm|boxed)\{)*(?P<letter>[A-Da-d])(?!\w|\W*(?:or|,)\s*\W*[A-D])"
)

CHOICES = (
    ("12", "14", "16", "18"),
    ("40°", "60°", "120°", "140°"),
    ("√{3}", "2√{3}", "3", "√{2}"),
    ("One", "Two", "Three", "Four"),
)
NUMBERS = (("15", ""), ("-2", ""), ("22.3", ""), ("4.4 m", "m"), ("675 m", "m"), ("24", "units"))
MATHEMATICS = (
    (r"$r=5$", ("5", "r = 5", "5.0"), ("r = 6", "-5", "50")),
    (r"$x=8 \mathrm{~cm}$", ("8 cm", "x = 8 cm", "80 mm", "8"), ("8 m", "9 cm", "x = 80 cm")),
    (r"Volume $=113.10 \mathrm{~cm}^{3}$", ("113.10 cm^3", "113.1", r"113.10\text{ cm}^3"),
     ("113.10 cm^2", "131.10", "113.2 cm^3")),
    (r"4\sqrt{3}", (r"4 \sqrt{3}", "4√3", r"\sqrt{48}"), (r"3\sqrt{4}", "7", r"4\sqrt{2}")),
    ("(-2,1]", ("(-2, 1]", r"\left(-2,1\right]"), ("(-2,1)", "[-2,1]", "(-1,2]")),
    (r"(-\infty, 4]", (r"(-\infty,4]", "(-∞, 4]"), (r"(-\infty, 4)", "[4, ∞)")),
    ("$(0,14)$", ("(0, 14)", "(0,14)"), ("(14,0)", "(0,-14)", "14")),
    ("y=-2 x+5", ("y = 5 - 2x", "y=-2x+5"), ("y = 2x + 5", "y=-2x-5")),
    ("even", ("Even", "**even**"), ("odd", "neither")),
    (r"36\pi \mathrm{cm}^3", (r"36\pi \text{ cm}^3", r"36 \pi"), (r"6\pi", "36 cm^3")),
)  # fmt: skip


def _is_choice_out_of_sight(compared: Compared) -> bool:
    """Whether the model that matches is asked of a letter and shown no choices."""
    item = compared.pair.item
    return item["problem_version"] == "Vision Only" and item["question_type"] == "multi-choice"


def _is_mismatched(compared: Compared) -> bool:
    """Whether the right letter stands before the text of another choice."""
    item = compared.pair.item
    found = re.fullmatch(r"\((?P<letter>[A-D])\) (?P<text>.+)", compared.pair.answer.strip())
    line = found and f"{found['letter']}:{found['text']}"
    return (
        found is not None
        and found["letter"] == item["answer"]
        and line not in item["question_for_eval"].splitlines()
    )


def _is_text_of_a_choice(compared: Compared) -> bool:
    """Whether the answer is the text of the right choice, and no letter."""
    item = compared.pair.item
    return f"{item['answer']}:{extract(compared.pair.response)}" in item["question_for_eval"]


DEFECTS = {
    "choices_out_of_sight": Defect(
        "In the version Vision Only the model that matches is given an empty question, so that it "
        "cannot know which letter a text belongs to",
        lambda c: c.ours == "right" and _is_choice_out_of_sight(c) and _is_text_of_a_choice(c),
    ),
    "letter_with_the_text_of_another": Defect(
        "For the same reason it cannot see that a letter stands before the text of another choice",
        lambda c: c.official and _is_choice_out_of_sight(c) and _is_mismatched(c),
    ),
}


class MathVerseOracle(Oracle):
    """A model extracts the answer, and a model says whether it matches the gold."""

    repository = "ZrrSkywalker/MathVerse"
    commit = "937b090597aeafb8e82b35d310a4bc5b9e2ea29d"
    paths = ("evaluation",)
    requirements = ("pillow==10.2.0", "tqdm==4.66.2")
    stand_in = (
        "For the model that extracts: a function that copies out the inside of the answer tags, "
        "else the whole response, without bold, boxes and the like. For the model that matches: "
        "what the answer means by construction, where its question shows what is needed to tell. "
        "The scripts import openai.OpenAI and call openai.ChatCompletion, which no release has "
        "together: a package of that name with both stands between them and the endpoint"
    )

    defects = DEFECTS

    def pairs(self, generator: Random) -> list[Pair]:
        return spelt(_items(generator), partial(formed_or_bare, generator))

    def official(self, workplace: Workplace, pairs: Sequence[Pair]) -> list[bool]:
        rows = [
            {**pair.item, "category": pair.item["metadata"], "model_answer": pair.response}
            for pair in pairs
        ]
        (workplace.folder / "answers.json").write_text(json.dumps(rows), encoding="utf-8")
        with endpoint(_Model(pairs)) as address:
            told = {"PYTHONPATH": str(PACKAGES), "STAND_IN": address}
            folder = workplace.checkout / "evaluation"
            workplace.run(
                folder / "extract_answer_s1.py", "--model_output_file", "answers.json",
                "--save_file", "out/extracted.json", "--save_every", "100000", environment=told,
            )  # fmt: skip
            workplace.run(
                folder / "score_answer_s2.py", "--answer_extraction_file", "out/extracted.json",
                "--save_file", "out/scored.json", "--save_every", "100000", environment=told,
            )  # fmt: skip
        scored = json.loads((workplace.folder / "out" / "scored.json").read_text())
        return [bool(row["judgement"]) for row in scored]


class _Model:
    """Answers both prompts, by what the authors ask in them."""

    def __init__(self, pairs: Sequence[Pair]) -> None:
        self._means = {_asked(pair): pair.means_gold for pair in pairs}

    def __call__(self, prompt: str) -> str:
        if prompt.endswith("\nExtracted Answer: "):
            start = prompt.rindex("Model response: '") + len("Model response: '")
            return extract(prompt[start : prompt.rindex("'\nExtracted Answer: ")])
        asked = prompt[prompt.rindex("[Question]: ") :].removeprefix("[Question]: ")
        question, rest = asked.split("\n[Standard Answer]: ")
        gold, rest = rest.split("\n[Model_answer] : ")
        said = rest.removesuffix("\nJudgement:").strip()
        if not question and _IS_LETTER.fullmatch(gold):
            # Without its choices nobody can tell which letter a text belongs to.
            found = _LETTER.match(said)
            return str(int(found is not None and found["letter"].upper() == gold))
        return str(int(self._means[question, gold, said]))


def _asked(pair: Pair) -> tuple[str, str, str]:
    return pair.item["question"], pair.item["answer"], extract(pair.response)


def _items(generator: Random) -> Iterator[tuple[dict[str, Any], list[Spelling]]]:
    for number in range(25):
        choices = CHOICES[number % len(CHOICES)]
        letter = "ABCD"[generator.randrange(4)]
        yield _item(number, letter, choices), list(letters(generator, letter, choices))
    for number, (gold, unit) in enumerate(NUMBERS, start=100):
        value = gold.removesuffix(unit).strip()
        yield _item(number, gold), list(numbers(generator, value, unit))
    for number, (gold, right, wrong) in enumerate(MATHEMATICS, start=200):
        spellings = [(text, True) for text in right] + [(text, False) for text in wrong]
        spellings += [
            each for text, means in list(spellings) for each in wrapped(generator, text, means, 8)
        ]
        yield _item(number, gold), spellings


def _item(number: int, answer: str, choices: Sequence[str] = ()) -> dict[str, Any]:
    versions = ("Text Dominant", "Text Lite", "Vision Intensive", "Vision Dominant", "Vision Only")
    version = versions[number % len(versions)]
    lines = [f"{'ABCD'[n]}:{text}" for n, text in enumerate(choices)]
    whole = "\n".join([f"What is {number}?", *(["Choices:", *lines] if choices else [])])
    question = "" if version == "Vision Only" else whole
    return {
        "sample_index": str(number), "problem_index": str(number), "problem_version": version,
        "question": question, "question_for_eval": whole, "query_wo": whole, "query_cot": whole,
        "image": "figure.png", "answer": answer,
        "question_type": "multi-choice" if choices else "free-form",
        "metadata": {
            "split": "testmini", "source": "ours", "subject": "Plane Geometry", "subfield": "Area",
        },
    }  # fmt: skip
