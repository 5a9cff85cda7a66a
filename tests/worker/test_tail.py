from pathlib import Path

from worker.tail import LARGEST_READ, Offsets, Tail


def test_complete_lines_come_once_and_in_order(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    tail = Tail(path)
    assert tail.read() == []
    path.write_bytes(b"one\ntwo\n")
    assert tail.read() == [b"one", b"two"]
    assert tail.read() == []


def test_a_half_written_line_waits_for_its_end(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(b"one\ntw")
    tail = Tail(path)
    assert tail.read() == [b"one"]
    assert tail.read() == []
    with path.open("ab") as file:
        file.write(b"o\n")
    assert tail.read() == [b"two"]


def test_a_long_backlog_comes_in_parts_and_a_longer_line_whole(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    lines = [b"x" * (LARGEST_READ // 2), b"y" * (LARGEST_READ // 2), b"z" * (3 * LARGEST_READ)]
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    tail = Tail(path)
    assert tail.read() == lines[:1]
    assert tail.read() == lines[1:2]
    assert tail.read() == lines[2:]


def test_the_rest_is_given_without_its_end_of_line(tmp_path: Path) -> None:
    path = tmp_path / "stderr"
    path.write_bytes(b"one\nSegmentation fault")
    tail = Tail(path)
    tail.read()
    assert tail.read_rest() == b"Segmentation fault"
    assert tail.read_rest() == b""


def test_offsets_outlive_the_worker(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(b"one\n")
    offsets = Offsets(tmp_path / "offsets.json")
    tail = offsets.tail(path)
    tail.read()
    offsets.keep(tail)
    with path.open("ab") as file:
        file.write(b"two\n")
    assert Offsets(tmp_path / "offsets.json").tail(path).read() == [b"two"]
