"""From text to what is meant, or to where the text goes wrong. Nothing is ever evaluated.

expression  :=  all ("or" all)*
all         :=  one ("and"? one)*
one         :=  "not" one | "(" expression ")" | condition | text
condition   :=  field operator value | field "not"? "in" "(" value ("," value)* ")"
operator    :=  "=" | "!=" | "<" | "<=" | ">" | ">=" | ":" (the same as =) | "~" (contains)
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, NamedTuple, cast

Operator = Literal["=", "!=", "<", "<=", ">", ">=", "~", "in"]

LONGEST = 2000
DEEPEST = 30
MOST_CONDITIONS = 40

_TOKEN = re.compile(
    r'\s*(?:(?P<text>"(?:[^"\\]|\\.)*")|(?P<sign><=|>=|!=|[=<>:~(),])|(?P<word>[^\s"=<>!:~(),]+))'
)
_KEYWORDS = frozenset({"and", "or", "not", "in"})


class SearchError(Exception):
    """The text cannot be read; `position` counts its characters from 0."""

    def __init__(self, message: str, position: int) -> None:
        self.position = position
        super().__init__(message)


@dataclass(frozen=True)
class Text:
    """Runs in whose names, notes or tags these words begin a word."""

    text: str


@dataclass(frozen=True)
class Condition:
    """A field compared with a value, or with several."""

    field: str
    operator: Operator
    values: tuple[str, ...]
    position: int
    value_position: int


@dataclass(frozen=True)
class Not:
    """What is not so."""

    operand: Expression


@dataclass(frozen=True)
class And:
    """What is all of this."""

    operands: tuple[Expression, ...]


@dataclass(frozen=True)
class Or:
    """What is any of this."""

    operands: tuple[Expression, ...]


Expression = Text | Condition | Not | And | Or


Kind = Literal["text", "sign", "word", "end"]


class _Token(NamedTuple):
    kind: Kind
    value: str
    position: int


def parse(text: str) -> Expression:
    """Read an expression. Raises `SearchError`."""
    if len(text) > LONGEST:
        raise SearchError(f"longer than {LONGEST} characters", LONGEST)
    parser = _Parser(_tokens(text))
    expression = parser.expression(0)
    parser.require_end()
    return expression


def _tokens(text: str) -> list[_Token]:
    tokens, position, end = [], 0, len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None:
            start = position + len(text[position:]) - len(text[position:].lstrip())
            what = "a quotation mark that is not closed" if text[start] == '"' else text[start]
            raise SearchError(f"cannot read {what}", start)
        # The three groups of the pattern are three of the kinds, and one of them has matched.
        kind = cast("Kind", match.lastgroup)
        value = match[kind]
        if kind == "text":
            value = re.sub(r"\\(.)", r"\1", value[1:-1])
        tokens.append(_Token(kind, value, match.start(kind)))
        position = match.end()
    return [*tokens, _Token("end", "the end", len(text))]


class _Parser:
    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self._conditions = 0

    def expression(self, depth: int) -> Expression:
        operands = [self._all(depth)]
        while self._taken_keyword("or"):
            operands.append(self._all(depth))
        return operands[0] if len(operands) == 1 else Or(tuple(operands))

    def require_end(self) -> None:
        if self._next.kind != "end":
            raise SearchError(f"{self._next.value} is not expected here", self._next.position)

    def _all(self, depth: int) -> Expression:
        operands = [self._one(depth)]
        while self._taken_keyword("and") or self._begins_one():
            operands.append(self._one(depth))
        return operands[0] if len(operands) == 1 else And(tuple(operands))

    def _one(self, depth: int) -> Expression:
        if depth > DEEPEST:
            raise SearchError(f"nested deeper than {DEEPEST}", self._next.position)
        if self._taken_keyword("not"):
            return Not(self._one(depth + 1))
        if self._taken_sign("("):
            expression = self.expression(depth + 1)
            self._require_sign(")")
            return expression
        return self._condition()

    def _condition(self) -> Expression:
        self._conditions += 1
        if self._conditions > MOST_CONDITIONS:
            raise SearchError(f"more than {MOST_CONDITIONS} conditions", self._next.position)
        token = self._next
        if token.kind in ("sign", "end") or self._keyword in ("and", "or", "in"):
            raise SearchError(f"a condition is missing before {token.value}", token.position)
        self._at += 1
        if token.kind == "text":
            return Text(token.value)
        if self._taken_keyword("in"):
            return self._among(token)
        if self._keyword == "not" and self._keyword_after == "in":
            self._at += 2
            return Not(self._among(token))
        if self._next.kind != "sign" or self._next.value in "(),":
            return Text(token.value)
        sign = self._taken()
        value = self._value()
        operator = cast("Operator", "=" if sign.value == ":" else sign.value)
        return Condition(token.value, operator, (value.value,), token.position, value.position)

    def _among(self, field: _Token) -> Condition:
        self._require_sign("(")
        values = [self._value()]
        while self._taken_sign(","):
            values.append(self._value())
        self._require_sign(")")
        texts = tuple(value.value for value in values)
        return Condition(field.value, "in", texts, field.position, values[0].position)

    def _value(self) -> _Token:
        if self._next.kind not in ("word", "text"):
            raise SearchError(f"a value is missing before {self._next.value}", self._next.position)
        return self._taken()

    @property
    def _next(self) -> _Token:
        return self._tokens[self._at]

    @property
    def _keyword(self) -> str | None:
        return _keyword(self._next)

    @property
    def _keyword_after(self) -> str | None:
        return _keyword(self._tokens[self._at + 1])

    def _begins_one(self) -> bool:
        if self._keyword in ("or", "in"):
            return False
        return self._next.kind in ("word", "text") or self._next.value == "("

    def _taken(self) -> _Token:
        self._at += 1
        return self._tokens[self._at - 1]

    def _taken_keyword(self, keyword: str) -> bool:
        taken = self._keyword == keyword
        self._at += taken
        return taken

    def _taken_sign(self, sign: str) -> bool:
        taken = self._next.kind == "sign" and self._next.value == sign
        self._at += taken
        return taken

    def _require_sign(self, sign: str) -> None:
        if not self._taken_sign(sign):
            raise SearchError(f"{sign} is missing before {self._next.value}", self._next.position)


def _keyword(token: _Token) -> str | None:
    word = token.value.lower()
    return word if token.kind == "word" and word in _KEYWORDS else None
