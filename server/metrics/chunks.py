"""Puts points and sums that are no longer in the tail into blocks of the database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import numpy as np
from sqlalchemy.dialects.postgresql import Insert
from sqlalchemy.ext.asyncio import AsyncSession

from server.database import insert_many
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
        sums = {name: sum_up(curve, level) for name, curve in added.items()}
        for block in _blocks(sums, block_width(level)):
            await _fold_block(session, run_id, attempt, level, block, sums)


def _blocks(sums: Curves, width: int) -> list[int]:
    found = [np.unique(curve.steps // width) for curve in sums.values()]
    return [int(block) for block in np.unique(np.concatenate(found))] if found else []


async def _fold_block(
    session: AsyncSession, run_id: str, attempt: int, level: int, block: int, sums: Curves
) -> None:
    first, before = block * block_width(level), (block + 1) * block_width(level)
    new = {name: curve.between(first, before) for name, curve in sums.items()}
    (known,) = await read(session, run_id, [Piece(attempt, level, first, before)], list(new))
    key = {"run_id": run_id, "attempt": attempt, "level": level, "block": block}
    rows = [
        key | {"name": name, "content": pack(sum_up(curve, level), level)}
        for name, curve in joined([known, new]).items()
    ]
    await insert_many(session, MetricChunk, rows, _replace)


def _replace(insert: Insert) -> Insert:
    key = ["run_id", "attempt", "level", "block", "name"]
    content = {"content": insert.excluded.content}
    return insert.on_conflict_do_update(index_elements=key, set_=content)
