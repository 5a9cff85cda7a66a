from __future__ import annotations

import os
from pathlib import Path

import pytest

from prism_engine.endpoints.keys import Keys
from prism_engine.errors import InvalidData


def key_file(folder: Path, content: str, mode: int = 0o600) -> Path:
    path = folder / "keys.yaml"
    path.write_text(content)
    path.chmod(mode)
    return path


def test_a_file_that_nobody_else_may_read(tmp_path: Path) -> None:
    keys = Keys.read(key_file(tmp_path, "teacher: sk-1\njudge: sk-2\n"))
    assert keys.secret("judge") == "sk-2"
    assert keys.secret(None) is None
    assert repr(keys) == "Keys(teacher, judge)"
    with pytest.raises(InvalidData, match="no key 'panel'"):
        keys.secret("panel")


def test_a_pipe() -> None:
    reading, writing = os.pipe()
    os.write(writing, b"teacher: sk-1")
    os.close(writing)
    assert Keys.read(Path(f"/dev/fd/{reading}")).secret("teacher") == "sk-1"
    os.close(reading)


@pytest.mark.parametrize(
    ("content", "mode", "message"),
    [
        ("teacher: sk-1", 0o640, "others may read"),
        ("teacher: sk-1", 0o604, "others may read"),
        ("- sk-1", 0o600, "name: secret"),
        ("teacher: 12345", 0o600, "name: secret"),
        ("teacher: 'sk-1", 0o600, "cannot be read"),
    ],
)
def test_anything_else_is_refused_without_being_quoted(
    tmp_path: Path, content: str, mode: int, message: str
) -> None:
    with pytest.raises(InvalidData, match=message) as caught:
        Keys.read(key_file(tmp_path, content, mode))
    assert "sk-1" not in str(caught.value)
    assert "12345" not in str(caught.value)
