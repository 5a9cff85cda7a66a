"""Files of TensorBoard's own writer, read by ours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
from tensorboard.plugins.hparams import summary_v2
from tensorboard.plugins.text.metadata import create_summary_metadata
from tensorboard.summary.writer.event_file_writer import EventFileWriter
from tensorboard.util.tensor_util import make_tensor_proto

from prism_client.imports.event_files import read_event_files
from prism_client.imports.recorded import Quarantined, RecordedRun


def scalar(tag: str, step: int, value: float, at: float = 100.0) -> Any:
    values = [Summary.Value(tag=tag, simple_value=value)]
    return Event(wall_time=at + step, step=step, summary=Summary(value=values))


def write(folder: Path, *events: Any) -> Path:
    before = set(folder.glob("*")) if folder.exists() else set()
    writer = EventFileWriter(str(folder))
    for event in events:
        writer.add_event(event)
    writer.close()
    (file,) = set(folder.glob("*")) - before
    return file


def curve(run: RecordedRun, name: str) -> list[tuple[int, float]]:
    return [(point.step, point.value) for point in run.points if point.name == name]


def test_every_folder_with_event_files_is_a_run(tmp_path: Path) -> None:
    write(tmp_path / "a", scalar("train/loss", 0, 2.0), scalar("train/loss", 1, 1.0))
    write(tmp_path / "b" / "validation", scalar("accuracy", 5, 0.5))
    one, other = read_event_files(tmp_path)
    assert isinstance(one, RecordedRun)
    assert isinstance(other, RecordedRun)
    assert (one.run, one.pipeline, other.run) == ("a", tmp_path.name, "b/validation")
    assert curve(one, "train/loss") == [(0, 2.0), (1, 1.0)]
    assert (curve(other, "accuracy"), other.last_step) == ([(5, 0.5)], 5)


def test_tensors_parameters_and_texts_are_read_and_the_rest_is_named(tmp_path: Path) -> None:
    plugin = SummaryMetadata.PluginData(plugin_name="scalars")
    tensor = Summary.Value(
        tag="loss", tensor=make_tensor_proto(0.25), metadata=SummaryMetadata(plugin_data=plugin)
    )
    text = Summary.Value(
        tag="why", tensor=make_tensor_proto(["to see"]), metadata=create_summary_metadata("", "")
    )
    picture = Summary.Value(tag="sample", image=Summary.Image(height=1, width=1))
    write(
        tmp_path / "a",
        Event(step=1, wall_time=1.0, summary=Summary(value=[tensor, text, picture])),
        Event(summary=summary_v2.hparams_pb({"learning_rate": 0.5, "frozen": True})),
    )
    (run,) = read_event_files(tmp_path)
    assert isinstance(run, RecordedRun)
    assert curve(run, "loss") == [(1, 0.25)]
    assert run.parameters == {"learning_rate": 0.5, "frozen": True, "texts": {"why": "to see"}}
    assert run.remarks == ["left out 'sample': 1 values that are no scalars"]


def test_a_program_that_was_restarted_replaces_its_steps(tmp_path: Path) -> None:
    first = write(tmp_path, *(scalar("loss", step, 1.0) for step in range(1, 6)))
    first.rename(first.with_name("events.out.tfevents.0000000001.host"))
    start = Event(step=4, session_log=SessionLog(status=SessionLog.START))
    write(tmp_path, start, scalar("loss", 4, 9.0))
    (run,) = read_event_files(tmp_path)
    assert isinstance(run, RecordedRun)
    assert curve(run, "loss") == [(1, 1.0), (2, 1.0), (3, 1.0), (4, 9.0)]


def cut(content: bytes) -> bytes:
    return content[:-3]


def damage(content: bytes) -> bytes:
    return content[:-6] + b"\xff" + content[-5:]


@pytest.mark.parametrize(
    ("breaks", "reason"),
    [
        (cut, "ends within a record after 2 records; those were taken"),
        (damage, "is damaged after 2 records; those were taken"),
    ],
)
def test_a_broken_file_is_read_up_to_where_it_breaks(
    tmp_path: Path, breaks: Any, reason: str
) -> None:
    file = write(tmp_path, scalar("loss", 1, 2.0), scalar("loss", 2, 1.0))
    file.write_bytes(breaks(file.read_bytes()))
    aside, run = read_event_files(tmp_path)
    assert aside == Quarantined(file, reason)
    assert isinstance(run, RecordedRun)
    assert curve(run, "loss") == [(1, 2.0)]
    assert run.remarks == [f"{file.name}: {reason}"]


def test_what_is_no_event_file_is_put_aside(tmp_path: Path) -> None:
    (tmp_path / "events.out.tfevents.1").write_bytes(b"this is no event file at all")
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "events.out.tfevents.1").touch()
    found = list(read_event_files(tmp_path))
    assert [item.reason for item in found if isinstance(item, Quarantined)] == [
        "is damaged after 0 records; those were taken",
        "is empty",
    ]
    assert len(found) == 2


def test_values_that_cannot_be_kept_are_counted(tmp_path: Path) -> None:
    write(
        tmp_path,
        scalar("loss", 1, float("nan")),
        scalar("loss", 2, float("inf")),
        scalar("loss", -1, 1.0),
        scalar("x" * 81, 1, 1.0),
        scalar("loss", 3, 0.5),
    )
    (run,) = read_event_files(tmp_path)
    assert isinstance(run, RecordedRun)
    assert curve(run, "loss") == [(3, 0.5)]
    assert run.remarks == [
        "left out 2 values of loss are not finite",
        "left out 1 values of loss stand at steps outside 0 to 2147483647",
        f"left out 1 values of '{'x' * 81}': a name has 1 to 80 printable characters",
    ]
