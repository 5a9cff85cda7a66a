"""Sums of 1024 steps, from which ten million steps are drawn as soon as a hundred thousand."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"

BELOW, LEVEL, SUMS = 256, 1024, 256
COUNT = struct.Struct("<I")
CHUNK = sa.table(
    "metric_chunk",
    *map(sa.column, ("run_id", "attempt", "level", "block", "name")),
    sa.column("content", sa.LargeBinary()),
)
KEY = (CHUNK.c.run_id, CHUNK.c.attempt, CHUNK.c.name)


def upgrade() -> None:
    """Make them of the sums of 256 steps."""
    groups = sa.select(*KEY).where(CHUNK.c.level == BELOW).distinct()
    for group in op.get_bind().execute(groups).all():
        rows = [dict(group._mapping) | block for block in _blocks(group)]
        op.get_bind().execute(CHUNK.insert(), rows)


def downgrade() -> None:
    """Drop them."""
    op.execute(sa.delete(CHUNK).where(CHUNK.c.level == LEVEL))


def _blocks(group: Any) -> Iterator[dict[str, Any]]:
    """Yield the new blocks of one metric of one attempt."""
    same = [column == value for column, value in zip(KEY, group, strict=True)]
    query = sa.select(CHUNK.c.content).where(*same, CHUNK.c.level == BELOW).order_by(CHUNK.c.block)
    below = [unpack_sums(content) for content in op.get_bind().execute(query).scalars()]
    sums = sum_up(np.concatenate(below, axis=1))
    blocks = sums[0].astype(np.int64) // (LEVEL * SUMS)
    for block in np.unique(blocks).tolist():
        content = pack_sums(sums[:, blocks == block])
        yield {"level": LEVEL, "block": block, "content": content}


def sum_up(columns: Any) -> Any:
    """Sum up steps, last values, minima, maxima, totals and counts."""
    places = columns[0].astype(np.int64) // LEVEL
    starts = np.flatnonzero(np.diff(places, prepend=-1))
    ends = np.append(starts[1:], len(places)) - 1
    steps, last, minimum, maximum, total, count = columns
    return np.stack([
        steps[ends], last[ends], np.minimum.reduceat(minimum, starts),
        np.maximum.reduceat(maximum, starts), np.add.reduceat(total, starts),
        np.add.reduceat(count, starts),
    ])  # fmt: skip


def pack_sums(columns: Any) -> bytes:
    """Pack the six columns of a block."""
    steps = np.diff(columns[0].astype(np.int64), prepend=0)
    whole = np.stack([steps, columns[5]]).astype("<i4")
    sums = columns[1:5].astype("<f8").tobytes()
    return COUNT.pack(columns.shape[1]) + sums + zlib.compress(whole.tobytes(), 1)


def unpack_sums(content: bytes) -> Any:
    """Return the six columns that were packed."""
    (count,) = COUNT.unpack_from(content)
    sums = np.frombuffer(content, "<f8", 4 * count, offset=COUNT.size).reshape(4, count)
    whole = np.frombuffer(zlib.decompress(content[COUNT.size + 32 * count :]), "<i4")
    steps, counts = whole.reshape(2, count).astype(np.int64)
    return np.concatenate([[np.cumsum(steps)], sums, [counts]])
