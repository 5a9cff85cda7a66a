"""We-Math's own script, `four_dimensional_metrics.py`: its letters, and all of its table."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

from bench.oracle_scorers.environment import Workplace
from bench.oracle_scorers.oracle import Compared, Defect, Oracle, Pair
from bench.oracle_scorers.spellings import formed, letters
from prism_engine.benchmarks.benchmark import Outcome
from prism_engine.benchmarks.wemath import WeMath, with_domain

DRIVERS = Path(__file__).parent / "drivers"
ITEMS = 48
TABLES = 5
CONCEPTS = {"Ours of length": "Direction", "Ours of area": "Position", "Ours of angle": "Position"}
COLUMNS = {
    "Score (Strict)": "wemath_score_strict",
    "Score (Loose)": "wemath_score_loose",
    "InsufficientKnowledge (Strict)": "wemath_insufficient_knowledge",
    "InadequateGeneralization (Strict)": "wemath_inadequate_generalisation",
    "CompleteMastery (Strict)": "wemath_complete_mastery_strict",
    "CompleteMastery (Loose)": "wemath_complete_mastery_loose",
    "RoteMemorization (Strict)": "wemath_rote_memorisation_strict",
    "RoteMemorization (Loose)": "wemath_rote_memorisation_loose",
    "One-step(S1)": "accuracy_greedy/steps=one",
    "Two-step(S2)": "accuracy_greedy/steps=two",
    "Three-step(S3)": "accuracy_greedy/steps=three",
    "Direction": "wemath_concept_accuracy/domain=Direction",
    "Position": "wemath_concept_accuracy/domain=Position",
}
"""The columns of the authors' two tables, and what we call them."""
OPTIONS = (
    ("12", "14", "16", "18"),
    ("A circle", "A square", "An ellipse", "It cannot be told", "No correct answer"),
    ("3 cm", "30 cm", "300 cm", "3000 cm", "0.3 cm"),
    ("x > 2", "x < 2", "x = 2", "x = -2"),
)


_LETTER_IN_WRAPPING = re.compile(
    r"(?:Answer:\s*)?(?:\*\*|[$`([]|\\[([]|\\(?:boxed|text|mathrm)\{|Option |Final answer: |"
    r"The answer is )+(?P<letter>[A-H])\b.*",
    re.DOTALL,
)
_SMALL_LETTER = re.compile(r"(?:Answer:\s*)?\(?(?P<letter>[a-h])\)?")


def _read(compared: Compared) -> str:
    """What stands after the last "Answer", as the script cleans it."""
    text = compared.pair.response.split("Answer")[-1].strip()
    return text.translate(str.maketrans("", "", "><:.")).strip()


def _of_the_gold(pattern: re.Pattern[str], compared: Compared) -> bool:
    found = pattern.fullmatch(compared.pair.answer.strip())
    return found is not None and found["letter"].upper() == compared.pair.item["answer"]


def _said_right(compared: Compared) -> bool:
    return compared.ours == "right" and not compared.official


def _says_the_text(compared: Compared) -> bool:
    """Whether the right choice's text is said, and no letter before it."""
    letter = compared.pair.item["answer"]
    options = compared.pair.item["option"].split("; ")
    text = next(option for option in options if option.startswith(f"{letter}. "))[3:]
    return text in compared.pair.answer and not _read(compared).startswith(letter)


DEFECTS = {
    "word_in_one_case": Defect(
        "It looks for the word Answer, written so, and without it reads the start of the response",
        lambda c: (
            _said_right(c) and "Answer" not in c.pair.response and "<answer>" in c.pair.response
        ),
    ),
    "letter_behind_a_sign": Defect(
        "A letter in brackets, bold, code, a box or dollar signs, or behind a word, is not found",
        lambda c: _said_right(c) and _of_the_gold(_LETTER_IN_WRAPPING, c),
    ),
    "small_letter": Defect(
        "A small letter is no choice",
        lambda c: _said_right(c) and _of_the_gold(_SMALL_LETTER, c),
    ),
    "text_of_the_choice": Defect(
        "The text of the right choice is not accepted, or taken for the choice of its first letter",
        lambda c: _said_right(c) and _says_the_text(c),
    ),
    "first_letter_of_anything": Defect(
        "Whatever starts with the capital letter is that choice: a hedge between two, a letter "
        "with another's text",
        lambda c: c.official and c.ours != "right" and _goes_on(c),
    ),
}


def _goes_on(compared: Compared) -> bool:
    """Whether the gold's letter is the first of more than itself."""
    read = _read(compared).removesuffix("/answer")
    return read.startswith(compared.pair.item["answer"]) and len(read) > 1


class WeMathOracle(Oracle):
    """Takes the first letter after the last "Answer", once some signs are gone."""

    repository = "We-Math/We-Math"
    commit = "a57a0e83fc40d6ce1448926fe6495e57132e7b80"
    paths = ("evaluation",)
    requirements = ("numpy==1.26.4", "pandas==2.2.3")

    defects = DEFECTS

    def pairs(self, generator: Random) -> list[Pair]:
        found = []
        for number in range(ITEMS):
            texts = OPTIONS[number % len(OPTIONS)]
            letter = "ABCDE"[generator.randrange(len(texts))]
            item = _item(number, letter, texts)
            for text, means_gold in letters(generator, letter, texts):
                found.append(Pair(item, _response(generator, text), means_gold))
        return found

    def official(self, workplace: Workplace, pairs: Sequence[Pair]) -> list[bool]:
        rows = [{**pair.item, "response": pair.response} for pair in pairs]
        (workplace.folder / "rows.json").write_text(json.dumps(rows), encoding="utf-8")
        workplace.run(
            DRIVERS / "wemath.py", workplace.checkout / "evaluation", "rows.json", "jokers.json"
        )
        return [bool(right) for right in json.loads((workplace.folder / "jokers.json").read_text())]

    def tables(self, workplace: Workplace, generator: Random) -> dict[str, Any]:
        nodes = [
            {"full node": f"Ours_{domain}_{concept}", "root2": domain}
            for concept, domain in CONCEPTS.items()
        ]
        (workplace.folder / "nodes.json").write_text(json.dumps(nodes), encoding="utf-8")
        numbers = agreeing = 0
        for _ in range(TABLES):
            rows = _draw(generator)
            (workplace.folder / "groups.json").write_text(json.dumps(rows), encoding="utf-8")
            theirs = _table(workplace)
            for name, ours in our_table(rows).items():
                numbers += 1
                agreeing += theirs[name].split(" ")[0] == ours
        return {"table_numbers": numbers, "table_agree": agreeing}


def _draw(generator: Random) -> list[dict[str, Any]]:
    """Responses to 525 groups, whose steps are right as often as it happens."""
    chance = generator.random()
    return [
        _step(f"{steps}steps_{number}", key, generator)
        | {"response": f"Answer: {'A' if generator.random() < chance else 'B'}"}
        for steps, count in ((2, 360), (3, 165))
        for number in range(count)
        for key in [*(f"{steps}steps_{n}" for n in range(1, steps + 1)), f"{steps}steps_multi"]
    ]


def _step(group: str, key: str, generator: Random) -> dict[str, Any]:
    concept = generator.choice(list(CONCEPTS))
    return _item(0, "A", OPTIONS[0]) | {"ID": group, "key": key, "knowledge concept": concept}


def _table(workplace: Workplace) -> dict[str, str]:
    """What the authors' functions write of the rows."""
    tables = ("dimensions.csv", "accuracies.csv")
    folder = workplace.checkout / "evaluation"
    workplace.run(DRIVERS / "wemath_tables.py", folder, "groups.json", "nodes.json", *tables)
    found: dict[str, str] = {}
    for table in tables:
        with (workplace.folder / table).open(encoding="utf-8", newline="") as file:
            (row,) = csv.DictReader(file)
        found |= row
    return found


def our_table(rows: Sequence[dict[str, Any]]) -> dict[str, str]:
    """The same table by our sums, as the authors write it."""
    benchmark = WeMath()
    records = [benchmark.record(row) for row in rows]
    outcomes = [
        Outcome(with_domain(record, CONCEPTS), row["response"] == "Answer: A")
        for record, row in zip(records, rows, strict=True)
    ]
    scores = benchmark.breakdown(outcomes)
    return {name: f"{scores[score].value:.2%}" for name, score in COLUMNS.items()}


def _item(number: int, letter: str, texts: Sequence[str]) -> dict[str, Any]:
    steps = 2 + number % 2
    option = "; ".join(f"{'ABCDE'[n]}. {text}" for n, text in enumerate(texts))
    return {
        "ID": f"{steps}steps_{number}", "split": "testmini", "knowledge concept": "Ours",
        "question": f"Which one is number {number}?", "option": option, "answer": letter,
        "image_path": "figure.png", "key": f"{steps}steps_1", "question number": number,
        "knowledge concept description": "Ours",
    }  # fmt: skip


def _response(generator: Random, text: str) -> str:
    said = text if text.startswith(("Answer:", "Final answer:")) else f"Answer: {text}"
    return generator.choices([formed(said), said, formed(text)], weights=[7, 2, 1])[0]
