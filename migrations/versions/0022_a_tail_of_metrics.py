"""Steps that are in no chunk yet get rows of their own, and chunks are packed more tightly.

The numbers of loose steps leave the event log, whose rows grew and shrank around them. Points and
sums become one table; points are deflated, and blocks of sums are a quarter as long.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0022"
down_revision = "0021"

STEPS_OF_ROW = 256
POINTS, OLD_SUMS, SUMS = 1024, 1024, 256
COUNT = struct.Struct("<I")
JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
LOOSE = sa.text("metrics IS NOT NULL")


def _table(name: str, *columns: str, **types: Any) -> sa.TableClause:
    of_any = (sa.column(column) for column in ("run_id", *columns))
    return sa.table(name, *of_any, *(sa.column(column, type_) for column, type_ in types.items()))


ATTEMPT = _table("attempt", "number", "loose_steps")
EVENT = _table("event", "attempt", "position", "type", "step", metrics=JSON)
TAIL = _table(
    "metric_tail",
    *("attempt", "position", "first_step", "last_step", "names"),
    content=sa.LargeBinary(),
)
CHUNK = _table("metric_chunk", "attempt", "level", "block", "name", content=sa.LargeBinary())
PYRAMID = _table("metric_pyramid", "attempt", "level", "block", "name", sums=sa.LargeBinary())


def upgrade() -> None:
    """Move everything over; no number is lost."""
    _create_tail()
    _key_of_chunks("points", "content", level=True)
    for row in _blocks(CHUNK):
        _put(row, pack_points(*unpack_raw_points(row.content)))
    for row in _blocks(PYRAMID):
        columns = np.frombuffer(row.sums, "<f8").reshape(6, -1)
        blocks = columns[0].astype(np.int64) // (row.level * SUMS)
        for block in np.unique(blocks).tolist():
            _add(row, block, pack_sums(columns[:, blocks == block]))
    op.drop_table("metric_pyramid")
    for attempt in _attempts():
        for steps in _loose(attempt):
            op.get_bind().execute(TAIL.insert(), tail_row(attempt.run_id, attempt.number, steps))
    op.drop_index("ix_event_loose", table_name="event")
    op.drop_column("event", "metrics")


def downgrade() -> None:
    """Put everything back."""
    op.add_column("event", sa.Column("metrics", JSON))
    op.create_index("ix_event_loose", "event", ["run_id", "attempt", "step"],
                    sqlite_where=LOOSE, postgresql_where=LOOSE)  # fmt: skip
    for row in op.get_bind().execute(sa.select(TAIL).order_by(TAIL.c.position)).all():
        for step, metrics in steps_of(row):
            of_step = (EVENT.c.run_id == row.run_id, EVENT.c.attempt == row.attempt,
                       EVENT.c.type == "step_finished", EVENT.c.step == step)  # fmt: skip
            op.get_bind().execute(sa.update(EVENT).where(*of_step).values(metrics=metrics))
    op.drop_table("metric_tail")
    _create_packed("metric_pyramid", "sums")
    for row in list(_blocks(CHUNK, CHUNK.c.level > 1)):
        _put_back(row)
    op.get_bind().execute(sa.delete(CHUNK).where(CHUNK.c.level > 1))
    for row in _blocks(CHUNK):
        steps, values = unpack_points(row.content)
        _put(row, values.astype("<f8").tobytes() + steps.astype("<i4").tobytes())
    _key_of_chunks("content", "points", level=False)


def _create_tail() -> None:
    op.create_table(
        "metric_tail",
        sa.Column("run_id", sa.String(length=40), nullable=False),
        *(
            sa.Column(name, sa.Integer(), nullable=False)
            for name in ("attempt", "position", "first_step", "last_step")
        ),
        sa.Column("names", sa.String(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_metric_tail_run_id_run")),
        sa.PrimaryKeyConstraint("run_id", "attempt", "position", name=op.f("pk_metric_tail")),
    )
    _store_as_it_is("metric_tail", "content")


def _create_packed(table: str, content: str) -> None:
    op.create_table(
        table,
        sa.Column("run_id", sa.String(length=40), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("attempt", "level", "block")),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column(content, sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f(f"fk_{table}_run_id_run")),
        sa.PrimaryKeyConstraint(
            "run_id", "attempt", "level", "block", "name", name=op.f(f"pk_{table}")
        ),
    )
    _store_as_it_is(table, content)


def _store_as_it_is(table: str, column: str) -> None:
    """Have Postgres not compress what does not get smaller, and is read more slowly then."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"ALTER TABLE {table} ALTER {column} SET STORAGE EXTERNAL")


def _key_of_chunks(before: str, after: str, *, level: bool) -> None:
    with op.batch_alter_table("metric_chunk", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("pk_metric_chunk"), type_="primary")
        batch_op.alter_column(before, new_column_name=after, existing_type=sa.LargeBinary())
        if level:
            batch_op.add_column(
                sa.Column("level", sa.Integer(), nullable=False, server_default="1")
            )
        else:
            batch_op.drop_column("level")
        added = ["level"] if level else []
        batch_op.create_primary_key(
            op.f("pk_metric_chunk"), ["run_id", "attempt", *added, "block", "name"]
        )
    if level:
        with op.batch_alter_table("metric_chunk", schema=None) as batch_op:
            batch_op.alter_column("level", server_default=None)


def _blocks(table: sa.TableClause, *conditions: Any) -> Iterator[Any]:
    """Yield the rows of a table a block at a time, so that only few are in memory."""
    levels = [table.c.level] if "level" in table.c else []
    key = [table.c.run_id, table.c.attempt, *levels, table.c.block]
    groups = op.get_bind().execute(sa.select(*key).where(*conditions).distinct()).all()
    for group in groups:
        same = [column == value for column, value in zip(key, group, strict=True)]
        yield from op.get_bind().execute(sa.select(table).where(*same)).all()


def _put(row: Any, content: bytes) -> None:
    same = [CHUNK.c[name] == getattr(row, name)
            for name in ("run_id", "attempt", "level", "block", "name")]  # fmt: skip
    op.get_bind().execute(sa.update(CHUNK).where(*same).values(content=content))


def _add(row: Any, block: int, content: bytes) -> None:
    key = {name: getattr(row, name) for name in ("run_id", "attempt", "level", "name")}
    op.get_bind().execute(CHUNK.insert(), key | {"block": block, "content": content})


def _put_back(row: Any) -> None:
    """Join a block of sums to the longer one in which it was."""
    block = row.block * SUMS // OLD_SUMS
    key = {"run_id": row.run_id, "attempt": row.attempt, "level": row.level, "name": row.name}
    same = [PYRAMID.c[name] == value for name, value in key.items()]
    same.append(PYRAMID.c.block == block)
    known = op.get_bind().execute(sa.select(PYRAMID.c.sums).where(*same)).scalar_one_or_none()
    columns = unpack_sums(row.content)
    if known is None:
        values = key | {"block": block, "sums": columns.astype("<f8").tobytes()}
        op.get_bind().execute(PYRAMID.insert(), values)
        return
    columns = np.concatenate([np.frombuffer(known, "<f8").reshape(6, -1), columns], axis=1)
    columns = columns[:, np.argsort(columns[0], kind="stable")]
    sums = columns.astype("<f8").tobytes()
    op.get_bind().execute(sa.update(PYRAMID).where(*same).values(sums=sums))


def _attempts() -> list[Any]:
    query = sa.select(ATTEMPT).where(ATTEMPT.c.loose_steps > 0)
    return list(op.get_bind().execute(query).all())


def _loose(attempt: Any) -> Iterator[list[Any]]:
    """Yield the steps of an attempt that stand in the log, some at a time."""
    position = 0
    while True:
        query = (
            sa.select(EVENT.c.position, EVENT.c.step, EVENT.c.metrics)
            .where(
                EVENT.c.run_id == attempt.run_id,
                EVENT.c.attempt == attempt.number,
                EVENT.c.metrics.is_not(None),
                EVENT.c.position > position,
            )
            .order_by(EVENT.c.position)
            .limit(STEPS_OF_ROW)
        )
        steps = list(op.get_bind().execute(query).all())
        if not steps:
            return
        position = steps[-1].position
        yield steps


def tail_row(run_id: str, attempt: int, steps: Iterable[Any]) -> dict[str, Any]:
    """Return steps as a row: their numbers as int32, then each metric's values as float64."""
    by_position = list(steps)
    ordered = sorted(by_position, key=lambda row: row.step)
    names = dict.fromkeys(name for row in ordered for name in row.metrics)
    values = [[row.metrics.get(name, np.nan) for row in ordered] for name in names]
    at = np.array([row.step for row in ordered], "<i4")
    return {
        "run_id": run_id,
        "attempt": attempt,
        "position": by_position[0].position,
        "first_step": int(at[0]),
        "last_step": int(at[-1]),
        "names": "\n".join(names),
        "content": at.tobytes() + np.array(values, "<f8").tobytes(),
    }


def steps_of(row: Any) -> Iterator[tuple[int, dict[str, float]]]:
    """Yield the steps of a row."""
    names = row.names.split("\n") if row.names else []
    count = len(row.content) // (4 + 8 * len(names))
    at = np.frombuffer(row.content, "<i4", count).tolist()
    values = np.frombuffer(row.content, "<f8", len(names) * count, offset=4 * count)
    for place, step in enumerate(at):
        of_step = zip(names, values.reshape(len(names), count)[:, place].tolist(), strict=True)
        yield step, {name: value for name, value in of_step if not np.isnan(value)}


def unpack_raw_points(content: bytes) -> tuple[Any, Any]:
    """Return steps and values of points that are not deflated."""
    count = len(content) // 12
    return np.frombuffer(content, "<i4", count, offset=8 * count), np.frombuffer(
        content, "<f8", count
    )


def pack_points(steps: Any, values: Any) -> bytes:
    """Deflate points: differences of steps, then values, bytes of like significance together."""
    differences = np.diff(steps.astype(np.int64), prepend=0).astype("<i4")
    planes = [
        column.view(np.uint8).reshape(-1, column.itemsize).T.tobytes()
        for column in (differences, values.astype("<f8"))
    ]
    return COUNT.pack(len(steps)) + zlib.compress(b"".join(planes))


def unpack_points(content: bytes) -> tuple[Any, Any]:
    """Return steps and values of deflated points."""
    (count,) = COUNT.unpack_from(content)
    planes = np.frombuffer(zlib.decompress(content[COUNT.size :]), np.uint8)
    columns = [
        np.ascontiguousarray(part.reshape(size, -1).T).view(kind).reshape(-1)
        for part, size, kind in (
            (planes[: 4 * count], 4, "<i4"), (planes[4 * count :], 8, "<f8"),
        )
    ]  # fmt: skip
    return np.cumsum(columns[0], dtype=np.int64), columns[1]


def pack_sums(columns: Any) -> bytes:
    """Pack steps, last values, minima, maxima, totals and counts."""
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
