"""Puts points and sums that are no longer in the tail into blocks of the database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import numpy as np
from sqlalchemy.dialects.postgresql import Insert
from sqlalchemy.ext.asyncio import AsyncSession

from server.database import insert_many, pipelined
from server.metrics.curves import Curve, Curves, join, sum_up
from server.metrics.packing import LEVELS, block_width, pack
from server.metrics.pieces import Piece, read
from server.tables import MetricChunk


def joined(found: Iterable[Curves]) -> Curves:
    """Put parts of curves together."""
    parts = defaultdict[str, list[Curve]](list)
    for curves_ in found:
        for name, curve in curves_.items():
            if len(curve):
                parts[name].append(curve)
    return {name: join(of_name) for name, of_name in parts.items()}


async def fold(session: AsyncSession, run_id: str, attempt: int, added: Curves) -> None:
    """Add points to the chunks and to the pyramid. The run's row is locked."""
    for level in (1, *LEVELS):
        await _fold_level(session, run_id, attempt, level, added)


async def _fold_level(
    session: AsyncSession, run_id: str, attempt: int, level: int, added: Curves
) -> None:
    width = block_width(level)
    new = {name: sum_up(curve, level) for name, curve in added.items()}
    places = [(block, name) for name, curve in new.items() for block in _blocks(curve, width)]
    if not places:
        return
    first, last = min(places)[0], max(places)[0]
    span = Piece(attempt, level, first * width, (last + 1) * width)
    (known,) = await read(session, run_id, [span], list(new))
    whole = {name: sum_up(curve, level) for name, curve in joined([known, new]).items()}
    key = {"run_id": run_id, "attempt": attempt, "level": level}
    rows = []
    for block, name in places:
        part = whole[name].between(block * width, (block + 1) * width)
        rows.append(key | {"block": block, "name": name, "content": pack(part, level)})
    async with pipelined(await session.connection()):
        await insert_many(session, MetricChunk, rows, _replace)


def _blocks(curve: Curve, width: int) -> list[int]:
    """Return in which blocks a curve has something."""
    blocks: list[int] = np.unique(curve.steps // width).tolist()
    return blocks


def _replace(insert: Insert) -> Insert:
    key = ["run_id", "attempt", "level", "block", "name"]
    content = {"content": insert.excluded.content}
    return insert.on_conflict_do_update(index_elements=key, set_=content)
