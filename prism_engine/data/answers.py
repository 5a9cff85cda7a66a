"""Gold answers. Their type is decided where data is taken in, not where answers are compared."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from prism_engine.data.spelling.interval import intervals
from prism_engine.data.spelling.number import magnitude
from prism_engine.data.spelling.unit import unit

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

Places = Annotated[int, Field(ge=0, le=12)]


class Row(BaseModel):
    """A frozen part of a record that refuses keys it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class IntegerAnswer(Row):
    """A whole number."""

    type: Literal["integer"] = "integer"
    value: int


class DecimalAnswer(Row):
    """A number as it is written, compared exactly or after rounding to `precision` places."""

    type: Literal["decimal"] = "decimal"
    value: str
    precision: Places | None = Field(default=None, description="Decimal places; None for exact")

    @model_validator(mode="after")
    def _is_a_number(self) -> Self:
        if magnitude(self.value) is None:
            raise ValueError(f"{self.value!r} is no number; an expression has its own type")
        return self


class QuantityAnswer(Row):
    """A number with its unit; units that measure the same are converted."""

    type: Literal["quantity"] = "quantity"
    value: str
    unit: str
    precision: Places | None = Field(default=None, description="Decimal places; None for exact")
    unit_required: bool = Field(
        default=True, description="False where the question names the unit, so that 5 means 5 cm"
    )

    @model_validator(mode="after")
    def _is_a_quantity(self) -> Self:
        if magnitude(self.value) is None:
            raise ValueError(f"{self.value!r} is no number")
        if not self.unit.strip() or unit(self.unit) is None:
            raise ValueError(f"{self.unit!r} is no unit")
        return self


class ExpressionAnswer(Row):
    """Mathematics in LaTeX or as it is typed; equal is what can be shown to be equal."""

    type: Literal["expression"] = "expression"
    value: str = Field(min_length=1)


class ChoiceAnswer(Row):
    """The letter of a choice. Where the choices are known, so is the text of the right one."""

    type: Literal["choice"] = "choice"
    value: Annotated[str, Field(pattern=r"^[A-Z]$")]
    choices: list[str] = Field(default=[], max_length=26, description="Texts of A, B, C …")

    @model_validator(mode="after")
    def _is_among_the_choices(self) -> Self:
        if self.choices and LETTERS.index(self.value) >= len(self.choices):
            raise ValueError(f"there are {len(self.choices)} choices, and {self.value} is none")
        return self


class TextAnswer(Row):
    """A word or a phrase."""

    type: Literal["text"] = "text"
    value: str
    aliases: list[str] = Field(default=[], description="Other words that are as right")


class ListAnswer(Row):
    """Several values in order."""

    type: Literal["list"] = "list"
    value: list[str] = Field(min_length=1)


class SetAnswer(Row):
    """Several values in any order."""

    type: Literal["set"] = "set"
    value: list[str] = Field(min_length=1)


class IntervalAnswer(Row):
    """An interval or a union of intervals, as brackets or as inequalities."""

    type: Literal["interval"] = "interval"
    value: str

    @model_validator(mode="after")
    def _is_an_interval(self) -> Self:
        if intervals(self.value) is None:
            raise ValueError(f"{self.value!r} is no interval; write [0, 1) or 0 <= x < 1")
        return self


Answer = Annotated[
    IntegerAnswer
    | DecimalAnswer
    | QuantityAnswer
    | ExpressionAnswer
    | ChoiceAnswer
    | TextAnswer
    | ListAnswer
    | SetAnswer
    | IntervalAnswer,
    Field(discriminator="type"),
]


def written(answer: Answer) -> str:
    """A gold answer as it is shown to people."""
    if answer.type == "quantity":
        return f"{answer.value} {answer.unit}"
    if answer.type in ("list", "set"):
        return ", ".join(answer.value)
    return str(answer.value)
