from __future__ import annotations

from pathlib import Path

import pytest

from prism_engine.data.importers import json_rows as module
from prism_engine.data.importers.json_rows import json_rows
from prism_engine.data.importers.refusal import RefusedRow


def read(path: Path, content: bytes) -> list[tuple[int, object]]:
    path.write_bytes(content)
    return [
        (number, row.reason if isinstance(row, RefusedRow) else row)
        for number, row in json_rows(path)
    ]


@pytest.fixture(params=[1, 2, 3, 7, 2**16])
def file(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that is read in pieces of every small size, so that each boundary is met."""
    monkeypatch.setattr(module, "_CHUNK", request.param)
    return tmp_path / "rows.json"


def test_an_array_is_divided_at_its_own_commas_alone(file: Path) -> None:
    text = rb' [ {"a": "x, ] } \" \\"}, {"b": [1, {"c": [2, 3]}]} , 5,"\\\\"] '
    assert read(file, text) == [
        (1, {"a": 'x, ] } " \\'}),
        (2, {"b": [1, {"c": [2, 3]}]}),
        (3, 5),
        (4, "\\\\"),
    ]


@pytest.mark.parametrize("text", [b"[]", b" [ \n ] "])
def test_an_empty_array_has_no_rows(file: Path, text: bytes) -> None:
    assert read(file, text) == []


def test_a_broken_element_costs_itself_alone(file: Path) -> None:
    text = b'[{"a": 1}, {"b": }, {"c" 2}, nothing, {"d": NaN}, {"e": 5}]'
    bad = [(number, "not_json") for number in (2, 3, 4, 5)]
    assert read(file, text) == [(1, {"a": 1}), *bad, (6, {"e": 5})]


def test_a_file_that_ends_early_says_so(file: Path) -> None:
    assert read(file, b'[{"a": 1}, {"b": "c') == [(1, {"a": 1}), (2, "damaged_file")]


def test_lines_are_numbered_as_an_editor_does(file: Path) -> None:
    text = b'\xef\xbb\xbf{"a": 1}\n\n{broken\n\xff\xfe{}\n{"b": 2}'
    assert read(file, text) == [(1, {"a": 1}), (3, "not_json"), (4, "not_json"), (5, {"b": 2})]


@pytest.mark.parametrize("array", [True, False])
def test_a_row_that_is_too_long_is_passed_over(
    file: Path, array: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LONGEST_ROW", 100)
    rows = [b'{"a": 1}', b'{"b": "%s"}' % (b"x" * 300), b'{"c": 3}']
    text = b"[" + b",".join(rows) + b"]" if array else b"\n".join(rows)
    assert read(file, text) == [(1, {"a": 1}), (2, "too_long"), (3, {"c": 3})]


def test_brackets_without_end_are_too_deep(tmp_path: Path) -> None:
    deep = b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    for text in (b"[" + deep + b', {"b": 1}]', deep + b'\n{"b": 1}\n'):
        assert read(tmp_path / "deep.json", text) == [(1, "too_deep"), (2, {"b": 1})]
