"""Which options an answer chooses.

What is stated ("the answer is B") comes before a letter at the beginning, that before a letter in
brackets, that before a letter that stands alone, and that before the text of an option. Of several
statements the last one counts; several letters without a statement are no choice.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from prism_engine.benchmarks.rules.prose import plain, sentences
from prism_engine.data.answers import LETTERS
from prism_engine.data.spelling.wrapping import fold

# "A triangle" and "I think" hold words, "A is right" and "I, because" hold letters.
_AFTER_A_LETTER = "is|was|because|since|as|and|or|but|for|not|of|in|at|on|by|from|to|which"
_WORD = rf"(?:A|I) (?!(?:{_AFTER_A_LETTER})\b)[a-z]"
_BOUNDED = rf"(?<![A-Za-z0-9'.-])(?!{_WORD})[A-Z](?![A-Za-z0-9-]|'[a-z]|\.[A-Z]\.)"
_LETTER = rf"(?P<letter>{_BOUNDED})"
_NAMED = rf"(?:(?i:option|choice|letter) ?)?[(\[{{]? ?{_LETTER} ?[)\]}}]?"
_IS = r"(?: ?(?::|=|\b(?i:is|was|would be|should be|must be|will be|to be)\b)){1,2}\s{0,4}"
_RIGHT = r"\b(?i:correct|right|best|closest)"
_STATED = re.compile(
    rf"(?:(?i:\banswer(?: choice| option)?){_IS}|{_RIGHT}(?: (?i:option|choice|one))?{_IS}"
    rf"|(?i:\banswer) |\b(?i:choose|select|pick|go with) ){_NAMED}"
    rf"|(?P<subject>{_BOUNDED})[)\]}}]? is (?:the )?{_RIGHT}\b"
)
_STATED_TEXT = re.compile(rf"(?i:\banswer(?: choice| option)?){_IS}(?P<text>[^\n]+)")
_OR = re.compile(rf" ?(?:,? ?\b(?:or|and)\b|[,/&]) ?[(\[]?{_LETTER}[)\]]?(?! (?:is|are|was)\b)")
_ALONE = re.compile(r"[(\[{]? ?(?P<letter>[A-Za-z]) ?[)\]}]?[ .:,;!]*")
_LIST = re.compile(r"[(\[]?[A-Z][)\]]?(?:(?: ?[,/&;] ?| ?,? (?:and|or) | )[(\[]?[A-Z][)\]]?)+\.?")
_LEADING = re.compile(rf"(?:[(\[{{] ?{_LETTER.replace('letter', 'in')} ?[)\]}}]|{_LETTER}"
                      r" ?(?:[).:\],;\n]|[-–—] ))\s*(?P<text>.*)", re.DOTALL)  # fmt: skip
_BRACKETED = re.compile(r"[(\[{] ?(?P<letter>[A-Z]) ?[)\]}]")
_STANDING = re.compile(_LETTER)
_DENIED_BEFORE = re.compile(
    r"(?:\b(?:not|never|neither|nor|than|unlike)|n't) (?:option |choice )?[(\[{]?$", re.IGNORECASE
)
_DENIED_AFTER = re.compile(
    r"[)\]}]? (?:(?:is|was|cannot be|can't be|isn't) )?"
    r"(?:not|n't|never|wrong|incorrect|false|impossible|eliminated)\b"
)


def choices_named(answer: str, options: Sequence[str]) -> list[str]:
    """The letters that an answer chooses: none if nothing can be read, several if it hedges.

    A letter that is stated may be that of no option.
    """
    text = plain(answer)
    if alone := _ALONE.fullmatch(text):
        return [alone["letter"].upper()]
    if _LIST.fullmatch(text):
        return _distinct(re.findall(r"\b[A-Z]\b", text))
    texts = [plain(option) for option in options]
    letters = set(LETTERS[: len(options)])
    return (
        _stated(text, texts)
        or _with_text(text, texts)
        or _leading(text, texts)
        or _distinct(letter for letter in _not_denied(_BRACKETED, text) if letter in letters)
        or _distinct(letter for letter in _not_denied(_STANDING, text) if letter in letters)
        or _distinct([*_mentioned(text, texts), *_formulas(answer, options)])
    )


def _stated(text: str, texts: Sequence[str]) -> list[str]:
    """What the last statement says, be it a letter or the text of an option."""
    last, worded = _last(_STATED, text), _last(_STATED_TEXT, text)
    if worded is not None and (last is None or last.start() < worded.start()):
        said = sentences(worded["text"])
        found = _with_text(worded["text"], texts) or (_with_text(said[0], texts) if said else [])
        if found:
            return found
    if last is None:
        return []
    named, end = [last["letter"] or last["subject"]], last.end()
    while more := _OR.match(text, end):
        named.append(more["letter"])
        end = more.end()
    return _distinct(named)


def _last(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    found = None
    for match in pattern.finditer(text):
        found = match
    return found


def _leading(text: str, texts: Sequence[str]) -> list[str]:
    """A letter at the beginning, and that of the option whose text follows, if it is another."""
    found = _LEADING.match(text)
    if found is None or _DENIED_AFTER.match(text, found.end("in" if found["in"] else "letter")):
        return []
    letter = found["in"] or found["letter"]
    described = _with_text(found["text"], texts)
    return [letter] if letter in described else _distinct([letter, *described])


def _not_denied(pattern: re.Pattern[str], text: str) -> Iterator[str]:
    """The letters that a pattern finds, but for those that are said to be wrong."""
    for found in pattern.finditer(text):
        before = _DENIED_BEFORE.search(text, max(0, found.start() - 24), found.start())
        if not before and not _DENIED_AFTER.match(text, found.end()):
            yield found["letter"]


def _with_text(text: str, texts: Sequence[str]) -> list[str]:
    """The option that says the same: to the letter, or else the only one in the same words."""
    for written in (_tidy, fold):
        said = written(text)
        same = [number for number, option in enumerate(texts) if written(option) == said]
        alike = {_tidy(texts[number]) for number in same}
        if said and len(alike) == 1:
            return [LETTERS[same[0]]]
    return []


def _mentioned(text: str, texts: Sequence[str]) -> list[str]:
    """The options whose texts stand whole in the answer, the longest where they overlap.

    Options of a single letter are left out: prose is full of those.
    """
    words, found = _tidy(text), []
    spelt = [(_tidy(option), letter) for option, letter in zip(texts, LETTERS, strict=False)]
    for option, letter in sorted(spelt, key=lambda each: -len(each[0])):
        if option and not _ALONE.fullmatch(option):
            words, times = re.subn(rf"(?<!\w){re.escape(option)}(?!\w)", "\n", words)
            found += [letter] if times else []
    return sorted(found)


def _formulas(answer: str, options: Sequence[str]) -> Iterator[str]:
    """Options of a single letter that are set apart, such as $x$, and stand so in the answer."""
    for letter, option in zip(LETTERS, options, strict=False):
        if len(option) > 1 and _ALONE.fullmatch(plain(option)) and option in answer:
            yield letter


def _tidy(text: str) -> str:
    return " ".join(text.split()).rstrip(".").casefold()


def _distinct(letters: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(letters))
