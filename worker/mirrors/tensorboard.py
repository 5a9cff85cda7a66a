from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.plugins.text.metadata import create_summary_metadata
from tensorboard.summary.writer.event_file_writer import EventFileWriter
from tensorboard.util.tensor_util import make_tensor_proto

from worker.mirrors.mirror import Subject

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

    def end(self, succeeded: bool) -> None:
        self._file.close()

    def _config(self) -> Any:
        """Return the settings as a text."""
        settings = json.dumps(self._subject.config, indent=2, ensure_ascii=False)
        return Summary.Value(
            tag="config",
            tensor=make_tensor_proto([f"```json\n{settings}\n```"]),
            metadata=create_summary_metadata(display_name="config", description=""),
        )
