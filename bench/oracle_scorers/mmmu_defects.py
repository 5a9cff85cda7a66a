"""What is known to be wrong with the parsers of MMMU and MMMU-Pro, as predicates on a pair.

What the originals (`mmmu/utils/eval_utils.py`, `mmmu-pro/evaluate.py`) find is found again here, so
that each predicate looks at what decided the verdict. They are tried in order; a disagreement that
none of them names is unexplained.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from prism_engine.benchmarks.rules.choice import choices_named
from prism_engine.benchmarks.rules.prose import plain
from prism_engine.benchmarks.rules.value import numbers_said, places
from prism_engine.data.answers import LETTERS
from prism_engine.data.spelling.number import number, rounded


def found_by_mmmu(response: str, options: Sequence[str]) -> dict[str, int]:
    """Where `mmmu/utils/eval_utils.py` finds letters, by letter; none where it guesses."""
    text = stripped(response)
    letters = LETTERS[: len(options)]
    return _places(text, letters, "({})", "({})") or (
        _places(text, letters, " {} ", " {} ") or _places_of_texts(text, options)
    )


def found_by_pro(response: str, options: Sequence[str]) -> dict[str, int]:
    """The same of `mmmu-pro/evaluate.py`, which reads what follows the last "Answer:" first.

    Letters before a space or a full stop are found, and then sought between spaces.
    """
    letters = LETTERS[: len(options)]
    _, label, said = response.rpartition("Answer:")
    inside = [letter for letter in letters if letter in said]
    if label and len(inside) == 1:
        return {inside[0]: 0}
    text = stripped(response)
    return (
        _places(text, letters, "({})", "({})")
        or _places(text, letters, "{} ", " {} ")
        or _places(text, letters, "{}.", " {} ")
        or _places_of_texts(text, options)
    )


def stripped(response: str) -> str:
    """The response as the original searches it: punctuation is cut off at its ends alone."""
    for mark in ",.!?;:'":
        response = response.strip(mark)
    return f" {response} "


def _places(text: str, letters: str, form: str, sought: str) -> dict[str, int]:
    return {
        letter: text.rfind(sought.format(letter))
        for letter in letters
        if form.format(letter) in text
    }


def _places_of_texts(text: str, options: Sequence[str]) -> dict[str, int]:
    if len(text.split()) <= 5:
        return {}
    lowered = text.lower()
    return {
        letter: lowered.rfind(option.lower())
        for letter, option in zip(LETTERS, options, strict=False)
        if option.lower() in lowered
    }


@dataclass(frozen=True)
class ChoicePair:
    """A response to a choice, with what the original found in it and what we did."""

    options: Sequence[str]
    gold: str
    response: str
    found: Mapping[str, int]

    @property
    def chosen(self) -> str | None:
        """What the original took: the last, and of equals the first; None where it guessed."""
        return max(self.found, key=lambda letter: self.found[letter]) if self.found else None

    @property
    def named(self) -> list[str]:
        return choices_named(self.response, self.options)

    @property
    def letters(self) -> str:
        return LETTERS[: len(self.options)]

    @property
    def is_ours(self) -> bool:
        """Whether the original took what we read, alone or among others."""
        return self.chosen in self.named


def guesses(pair: ChoicePair) -> bool:
    """Where it finds no letter, as in bold, in a box or before a bracket, it draws one at random"""
    return pair.chosen is None


def hedge(pair: ChoicePair) -> bool:
    """Of several letters or options that are offered it takes the last"""
    return len(pair.named) > 1 and pair.is_ours


def equal_options(pair: ChoicePair) -> bool:
    """Two options say the same, and the letter of the other one is wrong"""
    texts = dict(zip(pair.letters, map(plain, pair.options), strict=True))
    return pair.chosen != pair.gold and texts.get(pair.chosen or "") == texts[pair.gold]


def denied(pair: ChoicePair) -> bool:
    """A letter that is denied counts as chosen"""
    return not pair.is_ours and bool(re.search(rf"\b[Nn]ot \(?{pair.chosen}\b", pair.response))


def mention(pair: ChoicePair) -> bool:
    """A letter that is only mentioned, later or in brackets, replaces the answer"""
    alone = rf"(?<![A-Za-z.])\(?{pair.chosen}(?![A-Za-z-]| [a-z])"
    return not pair.is_ours and bool(pair.named) and bool(re.search(alone, pair.response))


def letter_of_a_word(pair: ChoicePair) -> bool:
    """An article, or a capital within or at the end of a word, passes as a letter"""
    within = rf"[A-Za-z.]{pair.chosen}|{pair.chosen}[A-Za-z]|(?<![A-Za-z]){pair.chosen} [a-z]"
    return not pair.is_ours and bool(re.search(within, pair.response))


def text_within_words(pair: ChoicePair) -> bool:
    """The text of an option is found within a word, or within the text of another option"""
    if pair.is_ours or pair.chosen is None:
        return False
    text, said = pair.options[LETTERS.index(pair.chosen)].lower(), pair.response.lower()
    within = any(text in option and option in said for option in _others(pair, text))
    return text in said and (within or not re.search(rf"(?<!\w){re.escape(text)}(?!\w)", said))


def _others(pair: ChoicePair, text: str) -> list[str]:
    return [option.lower() for option in pair.options if option.lower() != text]


def sought_elsewhere(pair: ChoicePair) -> bool:
    """Letters found before a space or a full stop are sought between spaces to find the last"""
    return not pair.is_ours and set(pair.found.values()) == {-1}


def fallen_back(pair: ChoicePair) -> bool:
    """Of an option that is named by its text behind "Answer:" a capital letter is read"""
    return not pair.is_ours and "Answer:" in pair.response and pair.found == {pair.chosen: 0}


CHOICE_DEFECTS = (
    guesses, hedge, equal_options, denied, mention, text_within_words, letter_of_a_word,
    sought_elsewhere, fallen_back,
)  # fmt: skip


@dataclass(frozen=True)
class ValuePair:
    """A response to an open question, with what both sides say of it."""

    golds: Sequence[str]
    response: str
    ours: bool
    theirs: bool

    @property
    def tails(self) -> list[str]:
        """What the original looks at: the shortest part of each line behind a word it knows."""
        lines = self.response.strip().strip(".").lower().split("\n")
        found = []
        for place, line in enumerate(lines):
            words = [*_INDICATORS, "="] if place == len(lines) - 1 else _INDICATORS
            parts = [line.rsplit(word, 1)[-1].strip() for word in words if word in line]
            if parts and min(parts, key=len) not in {"", *":,.!?;'"}:
                found.append(min(parts, key=len))
        return found or ["\n".join(lines)]

    @property
    def numbers(self) -> list[Fraction]:
        return [value for gold in self.golds if (value := number(plain(gold))) is not None]

    @property
    def worded(self) -> list[str]:
        return [gold.lower() for gold in self.golds]


_INDICATORS = ["could be ", "so ", "is ", "thus ", "therefore ", "final ", "answer ", "result "]


def several_values(pair: ValuePair) -> bool:
    """Any of several values that are offered is enough"""
    offered = len(set(numbers_said(plain(pair.response)))) > 1
    return pair.theirs and (offered or bool(re.search(r"\b(?:or|and)\b|,", pair.response)))


def denied_value(pair: ValuePair) -> bool:
    """What is denied counts as said"""
    return pair.theirs and bool(re.search(r"\b(?:not|no)\b", pair.response.lower()))


def within_a_word(pair: ValuePair) -> bool:
    """A gold that is part of a word or of a longer number counts as said"""
    said = plain(pair.response).lower()
    glued = any(
        re.search(rf"\w{re.escape(gold)}|{re.escape(gold)}\w", said) for gold in pair.worded
    )
    return pair.theirs and (glued or bool(pair.numbers and re.search(r"[a-z]\d", said)))


def two_decimals(pair: ValuePair) -> bool:
    """Numbers are compared at two decimals, however small they are"""
    said = numbers_said(plain(pair.response))
    return pair.theirs and any(
        places(gold) > 2 and rounded(value, 2) == rounded(gold, 2)
        for value in said
        for gold in pair.numbers
    )


def lost_sign(pair: ValuePair) -> bool:
    """A typographic minus sign is not read"""
    return "−" in pair.response


def shortest_tail(pair: ValuePair) -> bool:
    """The words behind an answer are read in its place: sentences are never divided"""
    said = _holds(pair.response.lower(), pair)
    return not pair.theirs and said and not any(_holds(tail, pair) for tail in pair.tails)


def unread_number(pair: ValuePair) -> bool:
    """A fraction, a power of ten, a unit that touches, or a comma behind a number is not read"""
    return not pair.theirs and bool(
        pair.numbers and re.search(r"\d ?/ ?\d|10 ?\^|\d[a-z%]|\d,(?!\d)", pair.response.lower())
    )


def lone_character(pair: ValuePair) -> bool:
    """A gold of one character is found only beside a space"""
    return not pair.theirs and any(len(gold) == 1 for gold in pair.golds)


def binary_rounding(pair: ValuePair) -> bool:
    """Halves are rounded as binary fractions happen to lie: 0.125 to 0.12, 12.975 to 12.97"""
    said = [*pair.numbers, *numbers_said(plain(pair.response))]
    return any(Fraction(str(round(float(value), 2))) != rounded(value, 2) for value in said)


def earlier_line(pair: ValuePair) -> bool:
    """What any line says is enough, not only what the last one concludes"""
    earlier, last = pair.tails[:-1], pair.tails[-1]
    return pair.theirs and any(_holds(tail, pair) for tail in earlier) and not _holds(last, pair)


VALUE_DEFECTS = (
    earlier_line, lost_sign, shortest_tail, several_values, denied_value, within_a_word,
    two_decimals, unread_number, lone_character, binary_rounding,
)  # fmt: skip


def _holds(tail: str, pair: ValuePair) -> bool:
    """Whether a gold stands in a part of the response, as a number or as it is written."""
    return any(gold in tail for gold in pair.worded if number(gold) is None) or any(
        rounded(value, places(gold)) == rounded(gold, places(gold))
        for value in numbers_said(plain(tail))
        for gold in pair.numbers
    )
