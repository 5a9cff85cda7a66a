"""How an answer is compared with the gold of each type.

Every function gives `unparsed` for what is not of the gold's type, and asks the calculators only
where mathematics has to be evaluated: numbers, words and rows of them never are.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction

from prism_engine.contract.events import AnswerVerdict
from prism_engine.data.answers import (
    LETTERS,
    ChoiceAnswer,
    DecimalAnswer,
    ExpressionAnswer,
    IntegerAnswer,
    IntervalAnswer,
    ListAnswer,
    QuantityAnswer,
    SetAnswer,
    TextAnswer,
)
from prism_engine.data.spelling.interval import Endpoint, Interval, intervals
from prism_engine.data.spelling.latex import commas, latex
from prism_engine.data.spelling.number import bare_number, magnitude, number, rounded
from prism_engine.data.spelling.sequence import bracketed, value, ways_to_split
from prism_engine.data.spelling.unit import quantity, unit
from prism_engine.data.spelling.wrapping import fold, unwrap
from prism_engine.rewards.answer.mathematics import CALCULATORS, Question

_CHOICE = re.compile(
    r"(?:(?:option|choice|answer)\s*[:：]?\s*)?[(\[{]?\s*(?P<letter>[A-Za-z])\s*[)\]}]?\s*[.:、]?"
    r"(?:\s+(?P<text>\S.*))?",
    re.IGNORECASE | re.DOTALL,
)
_MATHEMATICAL = re.compile(r"[\\^√π]|\bsqrt\b|\bpi\b|\d[A-Za-z]")
_NAMED = re.compile(r"\\?[A-Za-z]+(?:_\{?\w\}?)?\s*=\s*(?P<value>.+)", re.DOTALL)
_BOTH_SIGNS = re.compile(r"(?:±|\\pm)\s*(?P<size>.+)", re.DOTALL)


def compare_integer(gold: IntegerAnswer, given: str) -> AnswerVerdict:
    """Exactly equal, however it is written."""
    found = bare_number(given)
    return "unparsed" if found is None else _verdict(found == gold.value)


def compare_decimal(gold: DecimalAnswer, given: str) -> AnswerVerdict:
    """Equal, or equal after rounding to the gold's precision."""
    expected = magnitude(gold.value)
    assert expected is not None
    found = bare_number(given)
    if found is None:
        return _evaluated(gold, given)
    return _verdict(_same(expected, found, gold.precision))


def compare_quantity(gold: QuantityAnswer, given: str) -> AnswerVerdict:
    """Equal after conversion to the gold's unit; what measures something else is wrong."""
    found, expected, of = quantity(given), magnitude(gold.value), unit(gold.unit)
    assert expected is not None
    assert of is not None
    if found is None:
        return "unparsed"
    amount, its = found
    if its is None:
        # A bare number is the percentage itself: 0.5 is 50%.
        amounts = [amount / of.factor] if of.is_number else []
        amounts += [] if gold.unit_required else [amount]
    else:
        amounts = [amount * its.factor / of.factor] if its.powers == of.powers else []
    return _verdict(any(_same(expected, a, gold.precision) for a in amounts))


def compare_expression(gold: ExpressionAnswer, given: str) -> AnswerVerdict:
    """Equal to the gold by mathematics."""
    return _same_mathematics(gold.value, given)


def compare_choice(gold: ChoiceAnswer, given: str) -> AnswerVerdict:
    """The letter, with or without its text, or the text alone; choices of one text are one."""
    texts = [fold(choice) for choice in gold.choices]
    answer = unwrap(given)
    chosen = _letter(answer, texts)
    if chosen is None:
        if fold(answer) not in texts:
            return "unparsed"
        return _verdict(fold(answer) == texts[LETTERS.index(gold.value)])
    if chosen == gold.value or not texts:
        return _verdict(chosen == gold.value)
    number_of = LETTERS.index(chosen)
    same_text = number_of < len(texts) and texts[number_of] == texts[LETTERS.index(gold.value)]
    return _verdict(same_text)


def compare_text(gold: TextAnswer, given: str) -> AnswerVerdict:
    """The same words."""
    words = fold(given)
    if not words:
        return "unparsed"
    return _verdict(words in {fold(text) for text in (gold.value, *gold.aliases)})


def compare_list(gold: ListAnswer, given: str) -> AnswerVerdict:
    """The same values in the same order."""
    bracket, inner = bracketed(given)
    if bracket == "{":
        return "unparsed"
    return _best(_in_order(gold.value, parts) for parts in ways_to_split(inner))


def compare_set(gold: SetAnswer, given: str) -> AnswerVerdict:
    """The same values, each once, in any order."""
    bracket, inner = bracketed(given)
    if bracket == "(":
        return "unparsed"
    return _best(_in_any_order(gold.value, _spread(parts)) for parts in ways_to_split(inner))


def compare_interval(gold: IntervalAnswer, given: str) -> AnswerVerdict:
    """The same numbers between the same ends."""
    expected, found = intervals(gold.value), intervals(given)
    assert expected is not None
    if found is None:
        return "unparsed"
    if all(interval.is_exact for interval in (*expected, *found)):
        return _verdict(expected == found)
    if [_shape(interval) for interval in expected] != [_shape(interval) for interval in found]:
        return "wrong"
    pairs = zip(_ends(expected), _ends(found), strict=True)
    return _all(_same_end(ours, theirs) for ours, theirs in pairs)


COMPARISONS: dict[str, Callable[..., AnswerVerdict]] = {
    "integer": compare_integer,
    "decimal": compare_decimal,
    "quantity": compare_quantity,
    "expression": compare_expression,
    "choice": compare_choice,
    "text": compare_text,
    "list": compare_list,
    "set": compare_set,
    "interval": compare_interval,
}


def has_control_characters(text: str) -> bool:
    """NULs and the like: they are no part of any answer."""
    if text.isprintable():
        return False
    return any(unicodedata.category(c) == "Cc" and not c.isspace() for c in text)


def _same(expected: Fraction, found: Fraction, precision: int | None) -> bool:
    if precision is None:
        return expected == found
    return rounded(expected, precision) == rounded(found, precision)


def _evaluated(gold: DecimalAnswer, given: str) -> AnswerVerdict:
    """A decimal that was given as an expression, such as 2√3 for 3.46."""
    answer = latex(given)
    if answer is None or commas(answer) or gold.precision is None:
        return "unparsed"
    if not _MATHEMATICAL.search(unwrap(given)):
        return "unparsed"
    return CALCULATORS.ask(Question(gold.value, answer, gold.precision))


def _same_mathematics(gold: str, given: str) -> AnswerVerdict:
    exact, found = number(gold), number(given)
    if exact is not None and found is not None:
        return _verdict(exact == found)
    expected, answer = latex(gold), latex(given)
    if expected is None or answer is None:
        return "unparsed"
    if expected == answer:
        return "right"
    if commas(expected) != commas(answer) or answer.count("=") > max(1, expected.count("=")):
        return "unparsed"
    return CALCULATORS.ask(Question(expected, answer))


def _letter(answer: str, texts: Sequence[str]) -> str | None:
    """The letter of a choice; followed by words, only if they are the text of that choice."""
    found = _CHOICE.fullmatch(answer)
    if found is None:
        return None
    letter, text = found["letter"].upper(), found["text"]
    place = LETTERS.index(letter)
    if text is not None and (place >= len(texts) or fold(text) != texts[place]):
        return None
    return letter


def _spread(parts: Sequence[str]) -> list[str]:
    """Values without their names, and ±2 as 2 and -2."""
    values = []
    for part in parts:
        named = _NAMED.fullmatch(part)
        text = named["value"] if named else part
        both = _BOTH_SIGNS.fullmatch(text)
        values += [both["size"], f"-{both['size']}"] if both else [text]
    return values


def _in_order(expected: Sequence[str], found: Sequence[str]) -> AnswerVerdict:
    if len(expected) != len(found):
        return "wrong"
    return _all(_same_value(e, f) for e, f in zip(expected, found, strict=True))


def _in_any_order(expected: Sequence[str], found: Sequence[str]) -> AnswerVerdict:
    """Equality is transitive, so the first partner that a value finds is as good as any."""
    if len(expected) != len(found):
        return "wrong"
    left = list(found)
    for ours in expected:
        verdicts = []
        for theirs in left:
            verdicts.append(_same_value(ours, theirs))
            if verdicts[-1] == "right":
                left.remove(theirs)
                break
        else:
            return "timeout" if "timeout" in verdicts else "wrong"
    return "right"


def _same_value(expected: str, found: str) -> AnswerVerdict:
    """One value of a row. Only a gold value that is mathematics is worth a calculation."""
    if value(expected) == value(found):
        return "right"
    if number(expected) is None and _MATHEMATICAL.search(expected):
        return _same_mathematics(expected, found)
    return "wrong"


def _shape(interval: Interval) -> tuple[bool, bool, bool, bool]:
    return (
        interval.low == "∞", interval.high == "∞", interval.low_closed, interval.high_closed
    )  # fmt: skip


def _ends(found: Sequence[Interval]) -> list[Endpoint]:
    return [end for interval in found for end in (interval.low, interval.high)]


def _same_end(expected: Endpoint, found: Endpoint) -> AnswerVerdict:
    if expected == found:
        return "right"
    return _same_mathematics(str(expected), str(found))


def _all(verdicts: Iterable[AnswerVerdict]) -> AnswerVerdict:
    """Right if all are; otherwise what the first that is not says."""
    return next((verdict for verdict in verdicts if verdict != "right"), "right")


def _best(verdicts: Iterable[AnswerVerdict]) -> AnswerVerdict:
    """The best of several readings; `unparsed` if there is none."""
    found = set(verdicts)
    order: tuple[AnswerVerdict, ...] = ("right", "timeout", "wrong")
    return next((verdict for verdict in order if verdict in found), "unparsed")


def _verdict(same: bool) -> AnswerVerdict:
    return "right" if same else "wrong"
