from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.plugins.text.metadata import create_summary_metadata
from tensorboard.summary.writer.event_file_writer import EventFileWriter
from tensorboard.util.tensor_util import make_tensor_proto

from worker.mirrors.mirror import Subject
from worker.mirrors.samples import ShownSample

FLUSH_SECONDS = 5
"""TensorBoard itself looks at its files every so often."""


class TensorBoard:
    """Event files below `FOLDER/PIPELINE/RUN/ID`; `tensorboard --logdir FOLDER` shows them."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._file: Any = None

    def begin(self, first_step: int) -> None:
        """Open a file of this attempt's own, which hides the steps that it takes anew."""
        subject = self._subject
        folder = subject.folder / subject.pipeline / subject.run / subject.run_id
        self._file = EventFileWriter(str(folder), max_queue_size=1000, flush_secs=FLUSH_SECONDS)
        start = SessionLog(status=SessionLog.START)
        self._file.add_event(Event(step=first_step, session_log=start))
        self._file.add_event(Event(step=first_step, summary=Summary(value=[self._config()])))

    def numbers(self, step: int, at: datetime, values: Mapping[str, float]) -> None:
        """Write scalars, which event files hold in 32 bits."""
        scalars = [Summary.Value(tag=name, simple_value=value) for name, value in values.items()]
        moment = at.timestamp()
        self._file.add_event(Event(wall_time=moment, step=step, summary=Summary(value=scalars)))

    def samples(self, step: int, at: datetime, samples: Sequence[ShownSample]) -> None:
        """Write each item of a step as a text, and its image beside it."""
        for number, one in enumerate(samples):
            values = [_text(f"samples/{number}", one.markdown())]
            if one.image is not None:
                values.append(_image(f"samples/{number}/image", one.image.read_bytes()))
            summary = Summary(value=values)
            self._file.add_event(Event(wall_time=at.timestamp(), step=step, summary=summary))

    def end(self, succeeded: bool) -> None:
        self._file.close()

    def _config(self) -> Any:
        """Return the settings as a text."""
        settings = json.dumps(self._subject.config, indent=2, ensure_ascii=False)
        return _text("config", f"```json\n{settings}\n```")


def _text(tag: str, markdown: str) -> Any:
    return Summary.Value(
        tag=tag,
        tensor=make_tensor_proto([markdown]),
        metadata=create_summary_metadata(display_name=tag, description=""),
    )


def _image(tag: str, png: bytes) -> Any:
    """Return a PNG as it is; its header says its size."""
    width, height = struct.unpack(">II", png[16:24])
    content = Summary.Image(width=width, height=height, colorspace=3, encoded_image_string=png)
    return Summary.Value(tag=tag, image=content)
