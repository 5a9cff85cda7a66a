"""Rows of a JSON file: one on each line, or the elements of one array of any length.

An array is only divided into its elements here, and each is parsed by itself. A parser of the
whole would stop at the first mistake, where this loses one row; and a row of a hundred thousand
open brackets, or half of a surrogate pair, is found and named instead of taking the memory or
turning into a question mark.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from prism_engine.data.importers.refusal import RefusedRow

LONGEST_ROW = 32 * 2**20
"""Bytes of a row, pictures inside it included."""

_CHUNK = 2**16
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_QUOTED, _PLAIN = re.compile(rb'["\\]'), re.compile(rb'["{}\[\],]')


def json_rows(file: Path) -> Iterator[tuple[int, Any]]:
    """Every row with its number: that of its line, or its place in the array."""
    with file.open("rb") as stream:
        rows = _elements(stream) if _begins_array(stream) else _lines(stream)
        for number, text in rows:
            yield number, text if isinstance(text, RefusedRow) else _parsed(text)


def _begins_array(stream: BinaryIO) -> bool:
    """Whether the first character is an opening bracket, behind which the stream then stands."""
    if stream.read(3) != _BYTE_ORDER_MARK:
        stream.seek(0)
    start = stream.tell()
    while (character := stream.read(1)).isspace():
        pass
    if character == b"[":
        return True
    stream.seek(start)
    return False


def _lines(stream: BinaryIO) -> Iterator[tuple[int, bytes | RefusedRow]]:
    number = 0
    while line := stream.readline(LONGEST_ROW + 1):
        number += 1
        if len(line) <= LONGEST_ROW:
            if not line.isspace():
                yield number, line
            continue
        while line and not line.endswith(b"\n"):
            line = stream.readline(_CHUNK)
        yield number, _too_long()


def _elements(stream: BinaryIO) -> Iterator[tuple[int, bytes | RefusedRow]]:
    """What stands between the commas of an array, which quotes and brackets are followed for."""
    element, number, depth, quoted, escaped = _Element(), 1, 0, False, False
    while chunk := stream.read(_CHUNK):
        start, place = 0, int(escaped)
        escaped = False
        while mark := (_QUOTED if quoted else _PLAIN).search(chunk, place):
            place = mark.end()
            character = mark[0]
            if character == b'"':
                quoted = not quoted
            elif character == b"\\":
                escaped, place = place == len(chunk), place + 1
            elif character in b"{[":
                depth += 1
            elif character in b"}]" and depth:
                depth -= 1
            elif character in b",]" and not depth:
                element.add(chunk[start : place - 1])
                start = place
                if number > 1 or character == b"," or not element.is_blank:
                    yield number, element.take()
                number += 1
                if character == b"]":
                    return
        element.add(chunk[start:])
    yield number, RefusedRow("damaged_file", "the file ends within its array; rows may be missing")


class _Element:
    """The bytes of one element, as far as they are not too many."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0

    @property
    def is_blank(self) -> bool:
        return all(not part or part.isspace() for part in self._parts)

    def add(self, part: bytes) -> None:
        self._size += len(part)
        if self._size <= LONGEST_ROW:
            self._parts.append(part)

    def take(self) -> bytes | RefusedRow:
        found = b"".join(self._parts) if self._size <= LONGEST_ROW else _too_long()
        self._parts, self._size = [], 0
        return found


def _parsed(text: bytes) -> Any:
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except RecursionError:
        return RefusedRow("too_deep", "the row is nested too deeply to be read")
    except ValueError as error:
        return RefusedRow("not_json", f"not JSON: {error}")


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not allowed")


def _too_long() -> RefusedRow:
    return RefusedRow("too_long", f"the row has more than {LONGEST_ROW // 2**20} MiB")
