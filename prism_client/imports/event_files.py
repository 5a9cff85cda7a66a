"""TensorBoard's event files: every folder that holds some is a run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.types_pb2 import DT_STRING
from tensorboard.compat.tensorflow_stub.errors import DataLossError, OutOfRangeError
from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import PyRecordReader_New
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData
from tensorboard.util.tensor_util import make_ndarray

from prism_client.imports.recorded import Point, Quarantined, RecordedRun, short, usable

PATTERN = "*tfevents*"


@dataclass
class _Reading:
    """What the files of one folder say, in the order of their names, which is that of time."""

    points: list[Point] = field(default_factory=list)
    parameters: dict[str, Any] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    others: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    first: float | None = None
    last: float | None = None

    def take(self, event: Any) -> None:
        if event.wall_time:
            self.first = event.wall_time if self.first is None else min(self.first, event.wall_time)
            self.last = max(self.last or 0, event.wall_time)
        if event.HasField("session_log") and event.session_log.status == SessionLog.START:
            # A restarted program takes steps anew; TensorBoard hides what they replace, too.
            self.points = [point for point in self.points if point.step < event.step]
        for value in event.summary.value:
            self._take_value(event, value)

    def _take_value(self, event: Any, value: Any) -> None:
        plugin = value.metadata.plugin_data
        if plugin.plugin_name == "hparams":
            self._take_parameters(plugin.content)
        elif (number := _number(value)) is not None:
            moment = datetime.fromtimestamp(event.wall_time, UTC)
            self.points.append(Point(value.tag, event.step, number, moment))
        elif value.HasField("tensor") and value.tensor.dtype == DT_STRING:
            self.texts[value.tag] = b"\n".join(value.tensor.string_val).decode("utf-8", "replace")
        else:
            self.others[value.tag] += 1

    def _take_parameters(self, content: bytes) -> None:
        start = HParamsPluginData.FromString(content).session_start_info
        for name, value in start.hparams.items():
            kind = value.WhichOneof("kind")
            if kind is not None:
                self.parameters[name] = getattr(value, kind)


def read_event_files(folder: Path) -> Iterator[RecordedRun | Quarantined]:
    """Give every run below a folder, and what of its files is broken."""
    by_run = defaultdict[Path, list[Path]](list)
    for file in sorted(folder.rglob(PATTERN)):
        if file.is_file():
            by_run[file.parent].append(file)
    for place, files in sorted(by_run.items()):
        yield from _read_run(folder, place, files)


def _read_run(
    folder: Path, place: Path, files: Sequence[Path]
) -> Iterator[RecordedRun | Quarantined]:
    reading = _Reading()
    broken: list[Quarantined] = []
    for file in files:
        if reason := _read_file(file, reading):
            broken.append(Quarantined(file, reason))
    yield from broken
    points, remarks = usable(reading.points)
    if not points:
        if not broken:
            yield Quarantined(place, "holds no scalars")
        return
    remarks += [f"{file.name}: {reason}" for file, reason in broken]
    remarks += [
        f"left out '{tag}': {count} values that are no scalars"
        for tag, count in reading.others.items()
    ]
    relative = place.relative_to(folder).as_posix()
    yield RecordedRun(
        tracker="tensorboard",
        location=str(place.absolute()),
        pipeline=short(folder.absolute().name),
        run=short(place.absolute().name if relative == "." else relative),
        points=points,
        parameters=reading.parameters | ({"texts": reading.texts} if reading.texts else {}),
        started_at=_moment(reading.first),
        finished_at=_moment(reading.last),
        remarks=remarks,
    )


def _read_file(file: Path, reading: _Reading) -> str | None:
    """Take in a file up to where it breaks; returns what is wrong there."""
    records = 0
    reader = PyRecordReader_New(str(file))
    while True:
        try:
            reader.GetNext()
        except OutOfRangeError:
            return None if records else "is empty"
        except DataLossError as error:
            what = "ends within a record" if "truncated" in str(error) else "is damaged"
            return f"{what} after {records} records; those were taken"
        try:
            event = Event.FromString(reader.record())
        except ValueError:
            return f"record {records + 1} is no event; {records} records before it were taken"
        records += 1
        reading.take(event)


def _number(value: Any) -> float | None:
    if value.HasField("simple_value"):
        return float(value.simple_value)
    if not value.HasField("tensor") or value.tensor.dtype == DT_STRING:
        return None
    if value.metadata.plugin_data.plugin_name not in ("", "scalars"):
        return None
    array = make_ndarray(value.tensor)
    return float(array.item()) if array.size == 1 else None


def _moment(wall_time: float | None) -> datetime | None:
    return None if wall_time is None else datetime.fromtimestamp(wall_time, UTC)
