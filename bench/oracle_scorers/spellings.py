"""Ways to write an answer, each with whether it means the gold by construction."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

Spelling = tuple[str, bool]

NOTHING = ("", " ", "I cannot tell", "None of these", "not enough information", "?", "null")
WRAPPINGS = (
    "{}", "**{}**", "${}$", "`{}`", " {} ", "{}.", r"\boxed{{{}}}", r"\({}\)", r"\text{{{}}}",
    "Answer: {}", "\n{}\n", r"$\boxed{{{}}}$", "**{}.**", "Final answer: {}", "The answer is {}",
)  # fmt: skip

_CAPTION = "- a triangle with a right angle\n- two labelled sides"
_THINK = "The sides are read off.\nThen the rule gives the value."


def formed(answer: str) -> str:
    """A response in the caption, think, answer form."""
    return f"<caption>{_CAPTION}</caption><think>{_THINK}</think><answer>{answer}</answer>"


def formed_or_bare(generator: random.Random, answer: str) -> str:
    """Mostly a response in the form, else the answer alone."""
    return generator.choices([formed(answer), answer], weights=[3, 1])[0]


def nothing() -> Iterator[Spelling]:
    """What is no answer."""
    yield from ((text, False) for text in NOTHING)


def wrapped(
    generator: random.Random, text: str, means_gold: bool, count: int
) -> Iterator[Spelling]:
    """A text in `count` of the things that models put around answers."""
    for wrapping in generator.sample(WRAPPINGS, count):
        yield wrapping.format(text), means_gold


def letters(generator: random.Random, letter: str, texts: Sequence[str]) -> Iterator[Spelling]:
    """A choice by its letter and by its text, other choices, and hedges between two."""
    alphabet = "ABCDEFGHIJ"[: len(texts)]
    right = texts[alphabet.index(letter)]
    yield from _letter_forms(letter, right, True)
    other = generator.choice([candidate for candidate in alphabet if candidate != letter])
    wrong = texts[alphabet.index(other)]
    yield from _letter_forms(other, wrong, wrong == right)
    yield from wrapped(generator, letter, True, 3)
    yield from wrapped(generator, right, True, 2)
    yield from wrapped(generator, other, wrong == right, 2)
    for hedge in (
        f"{letter} or {other}", f"{other}, {letter}", f"({letter}) or ({other})", f"not {letter}",
        f"({other}) and not ({letter})", f"{letter}{other}", f"({letter}) {wrong}",
    ):  # fmt: skip
        yield hedge, False
    yield from ((stranger, False) for stranger in ("Z", "(Z)", "I", "7th"))
    yield from nothing()


def numbers(generator: random.Random, value: str, unit: str = "") -> Iterator[Spelling]:
    """A number as people write it, perturbed, with units, and hedged."""
    exact = float(value)
    whole = exact == int(exact)
    yield from wrapped(generator, value, True, 6)
    yield from ((spelling, True) for spelling in _same_number(value, whole))
    for changed in _other_numbers(generator, value, exact):
        yield changed, False
        yield from wrapped(generator, changed, False, 1)
    if unit:
        yield f"{value} {unit}", True
        yield rf"{value}\text{{ {unit}}}", True
        yield f"{_next(value)} {unit}", False
    yield f"{value} or {_next(value)}", False
    yield f"{_next(value)}, {value}", False
    yield f"between {_next(value)} and {value}", False
    yield from nothing()


def _letter_forms(letter: str, text: str, means_gold: bool) -> Iterator[Spelling]:
    for form in (
        "{l}", "({l})", "{l}.", "{l})", "[{l}]", "{s}", "({s})", "{l}. {t}", "({l}) {t}",
        "{l}: {t}", "{t}", r"\boxed{{{l}}}", r"\text{{{l}}}", "Option {l}", "{l} ", "{l}\n",
        r"\mathrm{{{l}}}",
    ):  # fmt: skip
        yield form.format(l=letter, s=letter.lower(), t=text), means_gold


def _same_number(value: str, whole: bool) -> Iterator[str]:
    if whole:
        yield f"{value}.0"
        yield f"{value}.00"
        yield f"{int(value):,}"
        yield f"+{value}" if not value.startswith("-") else value
        yield rf"\frac{{{2 * int(value)}}}{{2}}"
        yield f"{int(value) * 3}/3"
    else:
        yield f"{value}0"
        yield f"{value}000"
        yield value.removeprefix("0") if value.startswith("0.") else value
    yield f"x = {value}"
    yield f"={value}"


def _other_numbers(generator: random.Random, value: str, exact: float) -> Iterator[str]:
    yield _next(value)
    yield value[1:] if value.startswith("-") else f"-{value}" if exact else "1"
    yield _with_another_digit(generator, value)
    yield f"{value}0" if exact == int(exact) and exact else f"{value}7"
    yield str(exact * 10 or 10.0)
    yield f"{exact + 0.4:.2f}"
    yield f"{exact + 0.9:.1f}"


def _next(value: str) -> str:
    whole, dot, places = value.partition(".")
    return f"{int(whole) + 1}{dot}{places}"


def _with_another_digit(generator: random.Random, value: str) -> str:
    places = [place for place, character in enumerate(value) if character.isdigit()]
    place = generator.choice(places)
    digit = generator.choice([d for d in "123456789" if d != value[place]])
    return f"{value[:place]}{digit}{value[place + 1 :]}"
