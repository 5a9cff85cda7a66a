"""From mathematics as it is typed to the LaTeX that the calculator reads, or to nothing.

Everything in an answer has to mean something: prose, units, several answers and what would take
for ever are not read, because an answer that is read in part can be right by accident.
"""

from __future__ import annotations

import re

from prism_engine.data.spelling.number import number
from prism_engine.data.spelling.wrapping import closing, unwrap

LONGEST = 256
DEEPEST = 24

_NAMES = re.compile(
    r"(?<![\\A-Za-z])("
    r"arcsin|arccos|arctan|sinh|cosh|tanh|sin|cos|tan|cot|sec|csc|ln|log|exp|gcd|lcm|max|min|det|"
    r"alpha|beta|gamma|delta|epsilon|zeta|eta|theta|kappa|lambda|mu|nu|xi|rho|sigma|tau|phi|chi|"
    r"psi|omega|pi"
    r")(?![A-Za-z])"
)
_SIGNS = {
    "**": "^", "π": r"\pi ", "θ": r"\theta ", "α": r"\alpha ", "β": r"\beta ", "γ": r"\gamma ",
    "λ": r"\lambda ", "μ": r"\mu ", "φ": r"\phi ", "ω": r"\omega ", "σ": r"\sigma ",
    "∞": r"\infty ", "×": r"\cdot ", "·": r"\cdot ", "⋅": r"\cdot ", "*": r"\cdot ",
    "÷": "/", "≤": r"\leq ", "≥": r"\geq ", "±": r"\pm ",
    r"\dfrac": r"\frac", r"\tfrac": r"\frac", r"\cfrac": r"\frac", r"\displaystyle": "",
    r"\left": "", r"\right": "", r"\times": r"\cdot ", r"\quad": " ", "{,}": "",
}  # fmt: skip
_SPACING = re.compile(r"(?<!\\)\\[,;:! ]")
_DECIMAL = re.compile(r"(\d+)\.(\d+)")
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*\\?%")
_DEGREES = re.compile(r"\s*(?:°|\^\s*\{?\s*\\circ\s*\}?|\\degree)")
_ROOT = re.compile(r"(?:√|(?<![\\A-Za-z])sqrt)\s*")
_ATOM = re.compile(r"\d+(?:\.\d+)?|[A-Za-z]|\\[a-z]+(?:\{[^{}]*\})?")
_RAISED = re.compile(r"([\^_])\s*(-?\d+(?:\.\d+)?)(?!\})")
_WORD = re.compile(r"(?<![\\A-Za-z])[A-Za-z]{3,}")
_ENVIRONMENT = re.compile(r"\\(?:begin|end)\s*\{[a-z]*matrix\}|\\operatorname\s*\{[a-z]+\}")
_JOINED = re.compile(r"(?<![\\A-Za-z])(?:or|and|is|if|so|to|of)(?![A-Za-z])|;|\\text|\\boxed")
_TOWER = re.compile(r"\d\s*\^\s*\{?\s*\d+\s*\^|\^\s*\{?\s*\d{5,}|\d{5,}\s*!|!\s*!")
_ADJACENT = re.compile(r"\d\s+\d")
_OPENING, _CLOSING = "([{", ")]}"


def latex(text: str) -> str | None:
    """The whole answer as LaTeX; None if it is more, or other, than one piece of mathematics."""
    text = unwrap(text)
    if len(text) > LONGEST or _TOWER.search(text) or not _is_shallow(text):
        return None
    for sign, written in _SIGNS.items():
        text = text.replace(sign, written)
    text = _with_exact_decimals(_SPACING.sub(" ", text))
    text = _DEGREES.sub(r"\\cdot \\frac{\\pi}{180}", _PERCENT.sub(r"\\frac{\1}{100}", text))
    text = _NAMES.sub(r"\\\1 ", _with_roots(text))
    text = _with_raised_brackets(_RAISED.sub(r"\1{\2}", text))
    bare = _ENVIRONMENT.sub("", text)
    if "%" in text or text.count(":") > 1:
        return None
    if _WORD.search(bare) or _JOINED.search(bare) or _ADJACENT.search(bare):
        return None
    return text.strip() or None


def commas(text: str) -> int:
    """How many commas separate values: `1, 1` is the set {1}, which would equal 1."""
    return len(re.findall(r",(?!\d{3}(?!\d))", text))


def _is_shallow(text: str) -> bool:
    depth = deepest = 0
    for character in text:
        depth += (character in _OPENING) - (character in _CLOSING)
        deepest = max(deepest, depth)
    return deepest <= DEEPEST


def _with_exact_decimals(text: str) -> str:
    """0.5x as \\frac{5}{10}x: binary fractions are not exactly what is written.

    A decimal that is the whole answer stays one, so that 1.414214 can stand for √2.
    """
    if number(text) is not None:
        return text
    return _DECIMAL.sub(
        lambda found: f"\\frac{{{found[1]}{found[2]}}}{{1{'0' * len(found[2])}}}", text
    )


def _with_roots(text: str) -> str:
    """√3 and sqrt(x+1) as \\sqrt{3} and \\sqrt{x+1}."""
    while found := _ROOT.search(text):
        start = found.end()
        end = _bracket_end(text, start)
        if end is not None:
            inner, rest = text[start + 1 : end], text[end + 1 :]
        elif atom := _ATOM.match(text, start):
            inner, rest = atom[0], text[atom.end() :]
        else:
            return text
        text = f"{text[: found.start()]}\\sqrt{{{inner}}}{rest}"
    return text


def _with_raised_brackets(text: str) -> str:
    """x^(1/2) as x^{(1/2)}: LaTeX raises one character where there is no brace."""
    place = 0
    while (place := text.find("^(", place)) >= 0:
        end = _bracket_end(text, place + 1)
        if end is None:
            return text
        text = f"{text[:place]}^{{{text[place + 1 : end + 1]}}}{text[end + 1 :]}"
        place += 2
    return text


def _bracket_end(text: str, start: int) -> int | None:
    """Where the bracket that opens at `start` is closed; None if none opens there."""
    if text[start : start + 1] == "{":
        return closing(text, start)
    if text[start : start + 1] != "(":
        return None
    depth = 0
    for place in range(start, len(text)):
        depth += (text[place] == "(") - (text[place] == ")")
        if depth == 0:
            return place
    return None
