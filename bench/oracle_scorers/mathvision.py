"""MATH-Vision's own script, `evaluate.py`, which scores a folder of responses by rules."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from functools import partial
from random import Random
from typing import Any

from bench.oracle_scorers.environment import Workplace
from bench.oracle_scorers.oracle import Compared, Defect, Oracle, Pair, spelt
from bench.oracle_scorers.spellings import Spelling, formed, letters, numbers, wrapped

OPTIONS = (
    ("12", "14", "16", "18", "20"),
    ("A", "B", "C", "D", "E"),
    (r"$\frac{1}{2}$", r"$\frac{1}{3}$", r"$\frac{1}{4}$", r"$\frac{2}{3}$", r"$\frac{3}{4}$"),
    ("red", "blue", "green", "yellow", "none of them"),
    (r"$2 \sqrt{3}$", r"$3 \sqrt{2}$", "$4$", r"$5 \pi$", "another value"),
)
FREE = ("60", "7", "1234", "-5", "0.25", "3.5", "2013", "120", "0", "18")
MATHEMATICS = (
    (r"2\sqrt{3}", (r"\sqrt{12}", "3.46", "2√3", r"2 \sqrt 3"), (r"3\sqrt{2}", "3.5", "12")),
    (r"\frac{7}{3}", ("7/3", "2.33", r"2\frac{1}{3}"), (r"\frac{3}{7}", "2.3", "7")),
    ("7/3", (r"\frac{7}{3}", "2.33", r"\dfrac{7}{3}"), ("3/7", "2.34", "21")),
    (r"25\pi", (r"25 \pi", "78.54", r"\pi \cdot 25"), (r"5\pi", "78.5", "25")),
    (r"$\boxed{\frac{16}{7}}$", (r"\frac{16}{7}", "16/7", "2.29"), (r"\frac{7}{16}", "2.3")),
    ("(3,-4)", ("(3, -4)", "(3.0, -4.0)", r"\left(3,-4\right)"), ("(-4,3)", "(3,4)", "[3,-4]")),
    (r"4\pi-2\sqrt{3}", (r"-2\sqrt{3}+4\pi", "9.10"), (r"4\pi+2\sqrt{3}", "9.2")),
    ("1:2", ("1 : 2",), ("2:1", "1/3")),
)  # fmt: skip


_MARKS = (
    r"(?:\*\*|[`$]|\\\(|\\text\{|\\mathrm\{|\[|\(|Option |Answer: |Final answer: |The answer is )"
)
_MARKED_LETTER = re.compile(rf"{_MARKS}*(?P<letter>[A-Ea-e])(?![A-Za-z]).*", re.DOTALL)
_MARKED = re.compile(
    r"\s*(?:\*\*|`|\\\(|\\text\{|Answer: |Final answer: |The answer is ).*", re.DOTALL
)
_MIXED = re.compile(r"\d\\d?frac")


def _boxed(compared: Compared) -> str:
    """What is inside the box of an answer, or all of it."""
    text = compared.pair.answer.strip()
    start = text.find("oxed{")
    return text[start + 5 : text.rindex("}")].strip() if start >= 0 else text


def _refused(compared: Compared) -> bool:
    return compared.ours == "right" and not compared.official


def _marks_the_letter(compared: Compared) -> bool:
    item, found = compared.pair.item, _MARKED_LETTER.fullmatch(_boxed(compared))
    return bool(item["options"]) and found is not None and found["letter"].upper() == item["answer"]


DEFECTS = {
    "response_without_a_box": Defect(
        "Where there is no box and no phrase such as 'the answer is', the whole response is taken "
        "for the answer",
        lambda c: (
            _refused(c)
            and "oxed{" not in c.pair.response
            and c.pair.response.startswith("<caption>")
        ),
    ),
    "letter_with_anything_else": Defect(
        "A letter is found alone or in brackets: not in square brackets, bold, code or \\mathrm, "
        "nor with a full stop, its text, or a word before it",
        lambda c: _refused(c) and _marks_the_letter(c),
    ),
    "marks_around_the_answer": Defect(
        "Bold, code, \\( \\), \\text around more than a letter, and 'Answer:' stay in the answer",
        lambda c: _refused(c) and _MARKED.fullmatch(_boxed(c)) is not None,
    ),
    "gold_in_a_box": Defect(
        "A gold that its files hold in a box or in dollar signs is not evaluated",
        lambda c: _refused(c) and "oxed{" in c.pair.item["answer"],
    ),
    "mixed_number": Defect(
        "A mixed number is multiplied: 2 1/3 is evaluated to 2/3",
        lambda c: _refused(c) and _MIXED.search(c.pair.answer) is not None,
    ),
    "unicode_root": Defect(
        "The sign of a root is not read",
        lambda c: _refused(c) and "√" in c.pair.answer,
    ),
}


class MathVisionOracle(Oracle):
    """Looks for a box or a phrase, tidies LaTeX, and evaluates both sides with latex2sympy2."""

    repository = "mathllm/MATH-V"
    commit = "a1f5cc3add200c0cd080fad463e500f44ef1fb41"
    paths = ("evaluation",)
    requirements = ("fire", "numpy==1.26.4", "tqdm", "latex2sympy2==1.9.1", "sympy==1.12")

    defects = DEFECTS

    def pairs(self, generator: Random) -> list[Pair]:
        return spelt(_items(generator), partial(_response, generator))

    def official(self, workplace: Workplace, pairs: Sequence[Pair]) -> list[bool]:
        items = {pair.item["id"]: pair.item for pair in pairs}
        rows = [{"id": pair.item["id"], "response": pair.response} for pair in pairs]
        (workplace.folder / "data").mkdir()
        (workplace.folder / "outputs").mkdir()
        _write(workplace.folder / "data" / "test.jsonl", items.values())
        _write(workplace.folder / "outputs" / "ours.jsonl", rows)
        workplace.run(workplace.checkout / "evaluation" / "evaluate.py")
        lines = (workplace.folder / "outputs" / "ours.jsonl").read_text(encoding="utf-8")
        return [json.loads(line)["correct"] for line in lines.splitlines()]


def _items(generator: Random) -> Iterator[tuple[dict[str, Any], list[Spelling]]]:
    for number in range(25):
        options = OPTIONS[number % len(OPTIONS)]
        letter = "ABCDE"[generator.randrange(5)]
        yield _item(f"c{number}", letter, options), list(letters(generator, letter, options))
    for value in FREE:
        yield _item(f"n{value}", value), list(numbers(generator, value, "cm"))
    for number, (gold, right, wrong) in enumerate(MATHEMATICS):
        spellings = [(text, True) for text in (gold.strip("$"), *right)]
        spellings += [(text, False) for text in wrong]
        spellings += [
            each for text, means in list(spellings) for each in wrapped(generator, text, means, 3)
        ]
        yield _item(f"m{number}", gold), spellings


def _item(number: str, answer: str, options: Sequence[str] = ()) -> dict[str, Any]:
    return {
        "id": number, "question": f"What is {number}? <image1>", "options": list(options),
        "answer": answer, "solution": None, "level": 1 + len(number) % 5, "subject": "arithmetic",
        "image": "figure.png",
    }  # fmt: skip


def _response(generator: Random, text: str) -> str:
    boxed = text if "oxed{" in text else rf"\boxed{{{text}}}"
    return generator.choices([formed(boxed), boxed, text, formed(text)], weights=[6, 2, 1, 1])[0]


def _write(path: Any, rows: Any) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
