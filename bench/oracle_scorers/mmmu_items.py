"""Our own items in the schema of MMMU and MMMU-Pro, and responses to them.

The items are about nothing: what matters is how they are made, with options that are numbers,
words within words, pictures, or alike, and golds of every kind. The responses are right and wrong
in the many ways in which models write answers down.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from typing import Any

from prism_engine.data.answers import LETTERS

SUBJECTS = (
    "Accounting", "Agriculture", "Architecture_and_Engineering", "Art", "Art_Theory",
    "Basic_Medical_Science", "Biology", "Chemistry", "Clinical_Medicine", "Computer_Science",
    "Design", "Diagnostics_and_Laboratory_Medicine", "Economics", "Electronics",
    "Energy_and_Power", "Finance", "Geography", "History", "Literature", "Manage", "Marketing",
    "Materials", "Math", "Mechanical_Engineering", "Music", "Pharmacy", "Physics", "Psychology",
    "Public_Health", "Sociology",
)  # fmt: skip

# Each row is drawn from, so that items of two to ten options can be made of it.
POOLS = (
    ("$10", "$100", "$1,000", "$15", "$150", "$12.50", "$125", "$20", "$200", "$2,000"),
    ("ion", "cation", "anion", "atom", "nucleus", "electron", "proton", "photon", "orbit", "shell"),
    ("red square", "square", "blue square", "circle", "red circle", "green triangle", "triangle",
     "blue star", "star", "green star"),
    ("5 V", "15 V", "25 V", "50 V", "0.5 V", "1.5 V", "2.5 V", "55 V", "155 V", "105 V"),
    ("Increase", "Decrease", "No change", "None of the above", "All of the above", "Both increase",
     "Both decrease", "Cannot be determined", "It doubles", "It is halved"),
    ("$x^2 + 1$", "$x^2 - 1$", "$(x+1)^2$", "$(x-1)^2$", "$2x$", "$x^3$", "$x$", "$2x + 1$",
     "$x^2$", "$\\frac{1}{x}$"),
    ("<image 2>", "<image 3>", "<image 4>", "<image 5>", "<image 6>", "<image 7>",
     "both <image 2> and <image 3>", "neither <image 2> nor <image 3>", "<image 1>", "none"),
    ("{1, 2} {3}", "{1} {2, 3}", "{1, 2, 3}", "{1} {2} {3}", "{1, 3} {2}", "1, 2, 3", "3, 2, 1",
     "2, 1, 3", "(1, 2)", "[1, 2]"),
)  # fmt: skip

OPEN_GOLDS: tuple[str | list[str], ...] = (
    "30", "1.06", "0.3", "-120", "2000000", "0.0965", "7243", "12.975", "1/64", "0.045", "8200",
    "6.333", "embryonic", "Meadow Lane", "ion", "Copper sulfate", "x-axis", "C", "A",
    ["$CuS$", "CuS"], ["Leeds", "Yorkshire"], ["24/7", "3.429"], "50", "0.125",
)  # fmt: skip


def choice_items(generator: random.Random, count: int, most: int) -> list[dict[str, Any]]:
    """Items of two to `most` options."""
    items = []
    for number in range(count):
        pool = POOLS[number % len(POOLS)]
        options = generator.sample(pool, 2 + number % (most - 1))
        # As in the published files, two options may be the same.
        if number % 16 == 15:
            options[-1] = options[0]
        subject = SUBJECTS[number % len(SUBJECTS)]
        items.append(
            {
                "id": f"validation_{subject}_{number + 1}",
                "question": f"Which of these fits what <image 1> shows at mark {number}?",
                "options": str(options),
                "answer": LETTERS[generator.randrange(len(options))],
                "question_type": "multiple-choice",
                "subject": subject,
            }
        )
    return items


def open_items() -> list[dict[str, Any]]:
    """Items with short answers: numbers, words, letters, and several that are equally right."""
    return [
        {
            "id": f"validation_{SUBJECTS[number % len(SUBJECTS)]}_{number + 101}",
            "question": f"What does <image 1> say at mark {number}?",
            "options": "[]",
            "answer": gold if isinstance(gold, str) else str(gold),
            "question_type": "open",
            "subject": SUBJECTS[number % len(SUBJECTS)],
        }
        for number, gold in enumerate(OPEN_GOLDS)
    ]


# @X is the letter that is meant and @T its text, @Y and @U another one's; @Z is no option's letter.
CHOICE_STYLES = (
    "@X", "(@X)", "@X.", "@X)", "[@X]", "**@X**", "**(@X)**", "\\boxed{@X}",
    "$\\boxed{\\text{@X}}$", "$@X$", "`@X`", "lower", "full width", " @X ", "@X\n", "@X. @T",
    "(@X) @T", "@X: @T", "**@X. @T**", "@X - @T", "@T", "@T.", "Option @X", "option (@X)",
    "The answer is @X", "The answer is @X.", "The answer is (@X).", "The correct answer is @X",
    "The correct option is (@X).", "Answer: @X", "Answer: (@X)", "**Answer:** @X",
    "Answer: **@X**", "Final answer: @X.", "Answer: @X. @T", "So the answer is @T.",
    "The answer is: @X", "I would choose @X.", "I choose option @X", "@X is correct.",
    "(@X) is the right one.", "Therefore, the correct answer is @X, as shown in the figure.",
    "The figure shows that it has to be @T in this case.", "It must be @T", "(@X), because @T.",
    "(@X) because (@Y) does not fit.", "The answer is @X, not @Y.",
    "The answer is (@X). (@Y) is wrong.", "(@Y) is wrong, so it is (@X).",
    "Option @Y is tempting, but the answer is @X.",
    "A look at the figure shows that the answer is @X.", "I think the answer is (@X).",
    "A closer look at it says (@X)", "I am sure that it can only be @X of all these.", "@X and @Y",
    "@X or @Y", "@X, @Y", "(@X) or (@Y)", "The answer is @X or @Y.",
    "It is either @T or @U in this picture.", "It is not (@X)", "The answer is not @X",
    "Not @X but @Y", "none", "I cannot tell.", "", "?", "Let me see. @X", "@Y? No: @X.",
    "Answer: @Y\nWait.\nAnswer: @X", "The answer is @Y. No, the answer is @X.", "@Z", "Answer: @Z",
    "@T is what is seen here in the figure.", "@X\n\n@T", "DNA and NASA: @X",
    "In the U.S.A. it is @X.", "Answer: Because of @T", "@X, since it fits.",
    "@U. The answer is @X",
)  # fmt: skip


def choice_responses(
    item: dict[str, Any], options: list[str], generator: random.Random
) -> Iterator[tuple[str, str]]:
    """Every style with the gold, or with another option, half of the time each; and the letter."""
    for style in CHOICE_STYLES:
        letters = list(LETTERS[: len(options)])
        meant = item["answer"] if generator.random() < 0.5 else generator.choice(letters)
        other = generator.choice([letter for letter in letters if letter != meant])
        yield _choice_response(style, meant, other, options), meant


def _choice_response(style: str, meant: str, other: str, options: list[str]) -> str:
    beyond = LETTERS[len(options)]
    written = {"lower": meant.lower(), "full width": chr(ord(meant) + 0xFEE0)}
    if style in written:
        return written[style]
    texts = {name: options[LETTERS.index(of)] for name, of in (("T", meant), ("U", other))}
    return _filled(style, {"X": meant, "Y": other, "Z": beyond, **texts})


# @V is the value that is meant, @W another one.
OPEN_STYLES = (
    "@V", "@V.", "**@V**", "$@V$", "\\boxed{@V}", " @V ", "@V units", "= @V", "x = @V",
    "The answer is @V", "The answer is @V.", "Answer: @V", "**Answer:** @V",
    "So the result is @V.", "about @V", "It is approximately @V", "therefore @V",
    "@V is the answer.", "@V or @W", "@W or @V", "@V, @W", "either @V or @W",
    "The answer is @V or @W.", "not @V", "The answer is not @V", "It is @V, not @W.", "@W. No, @V",
    "First it is @W.\nSo the answer is @V.", "It was @W at first. So the answer is @V.",
    "The answer is @V. That is because @W is lost.", "@V, since nothing is lost.",
    "The value @W is wrong.", "@V and @W", "between @V and @W",
    "the first is @W and the second @V", "@V (see the figure)", "", "I cannot tell.", "nothing",
    "pre@V", "@Vkg", "@W", "The answer is @W.", "x = @W", "= @W = @V", "The answer is\n@V",
    "Result: @V", "@V at 20 degrees", "2 of them, so @V",
)  # fmt: skip


def open_responses(golds: list[str], generator: random.Random) -> Iterator[tuple[str, bool]]:
    """Every style with a gold in one of its spellings, or with another value; and which it was."""
    for style in OPEN_STYLES:
        gold = generator.choice(golds)
        other, right = another(gold, generator), generator.random() < 0.6
        meant, different = (gold, other) if right else (other, gold)
        spellings = spelt(meant)
        meant = spellings[0] if generator.random() < 0.5 else generator.choice(spellings)
        yield _filled(style, {"V": meant, "W": different}), right


def another(gold: str, generator: random.Random) -> str:
    """A value of the same kind that is not right."""
    try:
        number = float(gold)
    except ValueError:
        return generator.choice(["adult", "Tin oxide", "River Street", "y-axis", "B", "7/24"])
    return f"{generator.choice([number + 1, number * 10, -number, number + 0.5]):.6g}"


def spelt(value: str) -> list[str]:
    """The same value as others would write it."""
    try:
        number = float(value)
    except ValueError:
        return [value, value.upper() if len(value) > 1 else value, value.lower(), f'"{value}"']
    found = [value, f"{number:.2f}", f"{number:.1f}", f"{number:,.6g}", f"${value}", f"{value}%"]
    if number == int(number):
        found += [f"{int(number):,}", f"{int(number)}.0", f"{number:e}", f"{int(2 * number)}/2"]
    return [*found, value.replace("-", "−"), f"{number / 1000:.6g} x 10^3"]


def _filled(style: str, fillings: dict[str, str]) -> str:
    return re.sub(r"@([T-Z])", lambda found: fillings[found[1]], style)
