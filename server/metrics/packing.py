"""Curves as bytes, little endian.

Points are packed for room: their steps as differences, their values as they are, bytes of like
significance side by side, which deflate makes small, and no bit is lost. Sums, of which charts read
many, are packed for speed: only their steps and counts, nearly always the same, are deflated.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from server.metrics.curves import Curve, Integers, Numbers, points

LEVELS = (16, 256, 1024, 4096)
"""How many steps each level of the pyramid sums up into one; 1 are the points themselves."""

POINTS_OF_BLOCK = 1024
SUMS_OF_BLOCK = 256
"""A block of sums grows, and is written anew, as often as points are added: so it is short."""

_COUNT = struct.Struct("<I")


def block_width(level: int) -> int:
    """Return how many steps share a row of the database."""
    return POINTS_OF_BLOCK if level == 1 else level * SUMS_OF_BLOCK


def pack(curve: Curve, level: int) -> bytes:
    """Return the points, if the level is 1, or the sums as bytes."""
    steps = np.diff(curve.steps, prepend=0)
    if level == 1:
        return _COUNT.pack(len(curve)) + zlib.compress(_planes(steps, "<i4") + _planes(curve.last))
    sums = np.stack([curve.last, curve.minimum, curve.maximum, curve.total]).astype("<f8")
    whole = np.stack([steps, curve.count]).astype("<i4")
    return _COUNT.pack(len(curve)) + sums.tobytes() + zlib.compress(whole.tobytes(), 1)


def unpack(blocks: Sequence[bytes], level: int, attempt: int) -> Curve:
    """Return what was packed into blocks that follow each other; `attempt` is whose it all is."""
    if level == 1:
        of_points, values = zip(*map(_unpack_points, blocks), strict=True)
        return points(np.concatenate(of_points), np.concatenate(values), attempt)
    alike = groupby(blocks, _count)
    parts = zip(*(_unpack_sums(count, list(mine)) for count, mine in alike), strict=True)
    steps, counts, sums = (np.concatenate(columns, axis=-1) for columns in parts)
    last, minimum, maximum, total = sums
    attempts = np.full(len(steps), attempt, np.int64)
    return Curve(steps, last, minimum, maximum, total, counts, attempts)


def _count(block: bytes) -> int:
    """Return how many points or sums a block has."""
    count: int = _COUNT.unpack_from(block)[0]
    return count


def _unpack_points(block: bytes) -> tuple[Integers, Numbers]:
    count = _count(block)
    planes = np.frombuffer(zlib.decompress(block[_COUNT.size :]), np.uint8)
    steps = np.cumsum(_of_planes(planes[: 4 * count], "<i4"), dtype=np.int64)
    return steps, _of_planes(planes[4 * count :], "<f8")


def _unpack_sums(count: int, blocks: Sequence[bytes]) -> tuple[Integers, Integers, Numbers]:
    """Return steps (B N,), counts (B N,), and last, minimum, maximum and total (4, B N).

    Nearly all blocks have as many sums: those that follow each other are read in one go.

    Args:
        count: N, the sums of each block.
        blocks: B of them.
    """
    end = _COUNT.size + 32 * count
    sums = np.frombuffer(b"".join(block[_COUNT.size : end] for block in blocks), "<f8")
    whole = np.frombuffer(b"".join(zlib.decompress(block[end:]) for block in blocks), "<i4")
    steps, counts = whole.reshape(-1, 2, count).transpose(1, 0, 2).astype(np.int64)
    of_column = sums.reshape(-1, 4, count).transpose(1, 0, 2).reshape(4, -1)
    return np.cumsum(steps, axis=1).reshape(-1), counts.reshape(-1), of_column


def _planes(column: Integers | Numbers, as_: str = "<f8") -> bytes:
    """Return the first byte of every number, then the second of every number, and so on."""
    packed = column.astype(as_)
    return packed.view(np.uint8).reshape(-1, packed.itemsize).T.tobytes()


def _of_planes(planes: NDArray[np.uint8], as_: str) -> NDArray[Any]:
    size = np.dtype(as_).itemsize
    return np.ascontiguousarray(planes.reshape(size, -1).T).view(as_).reshape(-1)
