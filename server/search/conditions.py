"""From an expression to a condition on runs; every value is a bound parameter."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Any, get_args

from sqlalchemy import ColumnElement, Select, and_, func, literal, not_, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import FunctionElement
from sqlalchemy.types import Float, String

from prism_engine.contract.metrics import METRICS
from server.errors import Invalid
from server.metrics.latest import measured
from server.runs.schemas import RunKind, RunState
from server.schemas import FieldProblem
from server.search.grammar import (
    And,
    Condition,
    Expression,
    Not,
    Operator,
    Or,
    SearchError,
    Text,
    parse,
)
from server.search.words import BEYOND, words
from server.tables import MetricLatest, Pipeline, PipelineTag, Project, Run, RunTag, RunWord

FEW = 2000
"""So many runs are looked up one by one; if more match, the newest runs are asked in turn."""

WORDS: dict[str, tuple[ColumnElement[Any] | InstrumentedAttribute[Any], tuple[str, ...]]] = {
    "id": (Run.id, ()),
    "name": (Run.name, ()),
    "state": (Run.state, get_args(RunState)),
    "kind": (Run.kind, get_args(RunKind)),
    "queue": (Run.queue, ()),
    "exit": (Run.exit_kind, ()),
}
"""Fields that hold a word, with the words there are where these are few."""

NUMBERS: dict[str, InstrumentedAttribute[Any]] = {
    "step": Run.step,
    "steps": Run.steps,
    "attempt": Run.attempt,
    "priority": Run.priority,
}
MOMENTS: dict[str, InstrumentedAttribute[Any]] = {
    "created": Run.created_at,
    "started": Run.started_at,
    "finished": Run.finished_at,
}
FIELDS = (*WORDS, *NUMBERS, *MOMENTS, "pipeline", "project", "tag", "archived")


class setting(FunctionElement[Any]):
    """A value below a run's configuration, by its path; the `kind` of what is an object."""

    inherit_cache = True


class setting_text(setting):
    """The value as text."""

    type = String()
    inherit_cache = True


class setting_number(setting):
    """The value as a number; null where it is none."""

    type = Float()
    inherit_cache = True


@compiles(setting_text, "sqlite")
def _sqlite_text(element: setting_text, compiler: SQLCompiler, **more: Any) -> str:
    column, path = (compiler.process(clause, **more) for clause in element.clauses)
    return f"coalesce(json_extract({column}, {path} || '.kind'), json_extract({column}, {path}))"


@compiles(setting_number, "sqlite")
def _sqlite_number(element: setting_number, compiler: SQLCompiler, **more: Any) -> str:
    column, path = (compiler.process(clause, **more) for clause in element.clauses)
    return (
        f"CASE WHEN json_type({column}, {path}) IN ('integer', 'real') "
        f"THEN json_extract({column}, {path}) END"
    )


@compiles(setting_text, "postgresql")
def _postgres_text(element: setting_text, compiler: SQLCompiler, **more: Any) -> str:
    found = _postgres_path(element, compiler, more)
    return f"coalesce({found} ->> 'kind', {found} #>> '{{}}')"


@compiles(setting_number, "postgresql")
def _postgres_number(element: setting_number, compiler: SQLCompiler, **more: Any) -> str:
    found = _postgres_path(element, compiler, more)
    return f"CASE WHEN jsonb_typeof({found}) = 'number' THEN ({found})::double precision END"


def _postgres_path(element: setting, compiler: SQLCompiler, more: dict[str, Any]) -> str:
    column, path = (compiler.process(clause, **more) for clause in element.clauses)
    return f"jsonb_path_query_first({column}, ({path})::jsonpath)"


async def search(session: AsyncSession, text: str) -> ColumnElement[bool]:
    """Return the condition that a text says. Raises `Invalid`, which names the place."""
    if not text.strip():
        return true()
    try:
        return await _compile(session, parse(text))
    except SearchError as error:
        message = f"character {error.position + 1}: {error}"
        raise Invalid(
            f"filter: {message}", [FieldProblem(field="filter", message=message)]
        ) from error


def speaks_of(text: str, field: str) -> bool:
    """Whether a text that can be read has a condition on the field."""
    return bool(text.strip()) and field in _fields(parse(text))


def _fields(expression: Expression) -> frozenset[str]:
    match expression:
        case And(operands) | Or(operands):
            return frozenset[str]().union(*map(_fields, operands))
        case Not(operand):
            return _fields(operand)
        case Condition():
            return frozenset({expression.field})
        case _:
            return frozenset()


async def _compile(session: AsyncSession, expression: Expression) -> ColumnElement[bool]:
    match expression:
        case And(operands):
            return and_(*[await _compile(session, operand) for operand in operands])
        case Or(operands):
            return or_(*[await _compile(session, operand) for operand in operands])
        case Not(operand):
            # What is unknown of a run is not so: `not state = failed` has those without one too.
            return not_(func.coalesce(await _compile(session, operand), False))
        case Text(text):
            parts = [await _runs_in(session, _with_word(word), RunWord) for word in words(text)]
            return and_(true(), *parts)
        case Condition():
            return await _condition(session, expression)


async def _condition(session: AsyncSession, condition: Condition) -> ColumnElement[bool]:
    field = condition.field
    prefix, _, rest = field.partition(".")
    if prefix == "metrics" and rest:
        return await _metric(session, condition, rest)
    if field == "tag":
        _allow(condition, "=", "!=", "in")
        found = await _tagged(session, condition.values)
        return not_(found) if condition.operator == "!=" else found
    if field == "archived":
        return _archived(condition)
    if field in ("pipeline", "project"):
        return _belongs(condition)
    if field in WORDS:
        column, known = WORDS[field]
        for value in condition.values if known else ():
            if condition.operator != "~" and value not in known:
                raise SearchError(_unknown(value, field, known), condition.value_position)
        return _compared(condition, column, str)
    if field in NUMBERS:
        return _compared(condition, NUMBERS[field], _number)
    if field in MOMENTS:
        return _compared(condition, MOMENTS[field], _moment)
    if rest and prefix in (*get_args(RunKind), "config"):
        return _setting(condition, prefix, rest)
    raise SearchError(_unknown(field, "field", FIELDS), condition.position)


def _archived(condition: Condition) -> ColumnElement[bool]:
    _allow(condition, "=", "!=")
    (value,) = condition.values
    if value not in ("true", "false"):
        raise SearchError(_unknown(value, "archived", ("true", "false")), condition.value_position)
    wanted = (value == "true") == (condition.operator == "=")
    return Run.archived_at.is_not(None) if wanted else Run.archived_at.is_(None)


async def _tagged(session: AsyncSession, tags: Sequence[str]) -> ColumnElement[bool]:
    """Return the condition that a run carries one of the tags, or its pipeline does."""
    own = await _runs_in(session, select(RunTag.run_id).where(RunTag.tag.in_(tags)), RunTag)
    pipelines = select(PipelineTag.pipeline_id).where(PipelineTag.tag.in_(tags))
    if (await session.scalars(pipelines.limit(1))).first() is None:
        # An `or` would keep the database from the index of the other side.
        return own
    return or_(own, Run.pipeline_id.in_(pipelines))


async def _metric(session: AsyncSession, condition: Condition, name: str) -> ColumnElement[bool]:
    if name not in METRICS and not await measured(session, name):
        raise SearchError(_unknown(name, "metric", tuple(METRICS)), condition.position)
    matching = select(MetricLatest.run_id).where(
        MetricLatest.name == name, _compared(condition, MetricLatest.last, _number)
    )
    return await _runs_in(session, matching, MetricLatest)


async def _runs_in(
    session: AsyncSession,
    runs: Select[str],
    table: type[MetricLatest] | type[RunTag] | type[RunWord],
) -> ColumnElement[bool]:
    """Return the condition that a run is among those of an index.

    No planner knows how many there are: it would look up ninety thousand to show fifty, or ask all
    runs in turn to find three.
    """
    counted = select(func.count()).select_from(runs.limit(FEW + 1).subquery())
    if (await session.scalar(counted) or 0) <= FEW:
        return Run.id.in_(runs)
    return runs.where(table.run_id == Run.id).correlate(Run).exists()


def _with_word(word: str) -> Select[str]:
    return select(RunWord.run_id).where(RunWord.word >= word, RunWord.word < word + BEYOND)


def _belongs(condition: Condition) -> ColumnElement[bool]:
    """Return the condition on the name or id of the run's pipeline or project."""
    _allow(condition, "=", "!=", "~", "in")
    if condition.field == "pipeline":
        pipelines = select(Pipeline.id).where(
            or_(_compared(condition, Pipeline.name, str), Pipeline.id.in_(condition.values))
            if condition.operator in ("=", "in")
            else _compared(condition, Pipeline.name, str)
        )
    else:
        pipelines = (
            select(Pipeline.id)
            .join(Project, Project.id == Pipeline.project_id)
            .where(_compared(condition, Project.name, str))
        )
    return Run.pipeline_id.in_(pipelines)


def _setting(condition: Condition, kind: str, path: str) -> ColumnElement[bool]:
    steps = path.split(".")
    if not all(step.replace("_", "").isalnum() for step in steps):
        raise SearchError(f"{path} is no path of a setting", condition.position)
    place = literal(".".join(["$", *(f'"{step}"' for step in steps)]))
    if _are_numbers(condition):
        found = _compared(condition, setting_number(Run.config, place), _number)
    else:
        _allow(condition, "=", "!=", "~", "in")
        found = _compared(condition, setting_text(Run.config, place), str)
    return found if kind == "config" else and_(Run.kind == kind, found)


def _are_numbers(condition: Condition) -> bool:
    try:
        return all(math.isfinite(float(value)) for value in condition.values)
    except ValueError:
        return False


def _compared(condition: Condition, column: Any, read: Callable[[str], Any]) -> ColumnElement[bool]:
    operator, values = condition.operator, condition.values
    if operator == "~":
        if read is not str:
            raise SearchError(f"{condition.field} holds no text to look into", condition.position)
        return func.lower(column).contains(values[0].lower(), autoescape=True)
    try:
        wanted = [read(value) for value in values]
    except ValueError as error:
        raise SearchError(str(error), condition.value_position) from error
    if operator == "in":
        among: ColumnElement[bool] = column.in_(wanted)
        return among
    return _COMPARISONS[operator](column, wanted[0])


_COMPARISONS: dict[Operator, Callable[[Any, Any], ColumnElement[bool]]] = {
    "=": lambda column, value: column == value,
    "!=": lambda column, value: column != value,
    "<": lambda column, value: column < value,
    "<=": lambda column, value: column <= value,
    ">": lambda column, value: column > value,
    ">=": lambda column, value: column >= value,
}


def _number(value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        raise ValueError(f"{value} is no number") from None
    if not math.isfinite(number):
        raise ValueError(f"{value} is no number")
    return number


def _moment(value: str) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise ValueError(f'{value} is no moment; write 2026-11-30 or "2026-11-30 12:00"') from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _allow(condition: Condition, *operators: Operator) -> None:
    if condition.operator not in operators:
        raise SearchError(
            f"{condition.field} cannot be compared with {condition.operator}; "
            f"use {', '.join(operators)}",
            condition.position,
        )


def _unknown(given: str, what: str, known: Sequence[str]) -> str:
    close = get_close_matches(given, known, 1)
    hint = f"; did you mean {close[0]}?" if close else ""
    listed = f"; there are {', '.join(known)}" if not close and len(known) <= 20 else ""
    return f"there is no {what} {given}{hint}{listed}"
