"""Reads the pieces that a chart is put together from, all in one statement.

Asking a database takes longer than most of what is asked of it here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from functools import lru_cache
from operator import attrgetter
from typing import Any, NamedTuple, cast

from sqlalchemy import (
    CompoundSelect,
    Row,
    Select,
    TableClause,
    bindparam,
    literal_column,
    select,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncSession

from server.metrics import tail
from server.metrics.curves import Curves
from server.metrics.packing import block_width, unpack
from server.schemas import MOST
from server.tables import MetricChunk, MetricTail

TAIL = 0
"""The level of what is in no chunk."""


class Piece(NamedTuple):
    """Steps of one attempt, as they lie in its tail or in one level of its chunks."""

    attempt: int
    level: int
    first: int
    before: int | None = None

    @property
    def last(self) -> int:
        return MOST if self.before is None else self.before - 1


async def read(
    session: AsyncSession, run_id: str, pieces: Sequence[Piece], names: Collection[str] | None
) -> list[Curves]:
    """Return the curves of each piece; `names` says of which metrics, None means all."""
    if not pieces:
        return []
    tails = tuple(piece.level == TAIL for piece in pieces)
    statement = _statement(tails, None if names is None else len(names))
    values: dict[str, Any] = {"run_id": run_id}
    for place, piece in enumerate(pieces):
        values |= _values(place, piece)
    values |= {f"name_{place}": name for place, name in enumerate(names or ())}
    connection = await session.connection()
    found = defaultdict[int, list[Row[Any]]](list)
    for row in await connection.execute(statement, values):
        found[row.piece].append(row)
    return [_curves(piece, found[place], names) for place, piece in enumerate(pieces)]


def _values(place: int, piece: Piece) -> dict[str, int]:
    width = 1 if piece.level == TAIL else block_width(piece.level)
    values = {
        f"attempt_{place}": piece.attempt,
        f"first_{place}": piece.first // width,
        f"last_{place}": piece.last // width,
    }
    return values if piece.level == TAIL else values | {f"level_{place}": piece.level}


def _curves(piece: Piece, rows: list[Row[Any]], names: Collection[str] | None) -> Curves:
    rows.sort(key=attrgetter("place"))
    if piece.level == TAIL:
        curves = tail.unpack([(row.names, row.content) for row in rows], names, piece.attempt)
    else:
        blocks = defaultdict[str, list[bytes]](list)
        for row in rows:
            blocks[row.names].append(row.content)
        curves = {name: unpack(mine, piece.level, piece.attempt) for name, mine in blocks.items()}
    return {name: curve.between(piece.first, piece.before) for name, curve in curves.items()}


_CHUNK = cast("TableClause", MetricChunk.__table__)
_TAIL = cast("TableClause", MetricTail.__table__)


@lru_cache(maxsize=256)
def _statement(tails: Sequence[bool], names: int | None) -> CompoundSelect[Any]:
    """Return what reads so many pieces: of the tail, where `tails` says so, or of chunks."""
    return union_all(
        *(
            _of_tail(place) if of_tail else _of_chunks(place, names)
            for place, of_tail in enumerate(tails)
        )
    )


def _of_tail(place: int) -> Select[Any]:
    table = _TAIL.c
    return select(
        literal_column(str(place)).label("piece"), table.position.label("place"),
        table.names, table.content,
    ).where(
        table.run_id == bindparam("run_id"),
        table.attempt == bindparam(f"attempt_{place}"),
        table.last_step >= bindparam(f"first_{place}"),
        table.first_step <= bindparam(f"last_{place}"),
    )  # fmt: skip


def _of_chunks(place: int, names: int | None) -> Select[Any]:
    table = _CHUNK.c
    query = select(
        literal_column(str(place)).label("piece"), table.block.label("place"),
        table.name.label("names"), table.content,
    ).where(
        table.run_id == bindparam("run_id"),
        table.attempt == bindparam(f"attempt_{place}"),
        table.level == bindparam(f"level_{place}"),
        table.block.between(bindparam(f"first_{place}"), bindparam(f"last_{place}")),
    )  # fmt: skip
    if names is None:
        return query
    return query.where(table.name.in_([bindparam(f"name_{number}") for number in range(names)]))
