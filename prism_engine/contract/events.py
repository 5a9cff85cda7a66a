"""What happens during an attempt, one JSON object per line of `events.jsonl`.

The engine writes its file, the worker writes its own; the key of an event is (run, attempt,
source, seq) with seq 1, 2, 3 … in each source, so that sending one twice is harmless. A number
that could not be computed is absent: nothing is invented to keep a curve unbroken.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from prism_engine.contract.environment import Environment, Patch
from prism_engine.contract.metrics import METRICS

LONGEST_STRING = 65_536
"""Longer strings are cut, so that one runaway response cannot fill a database."""

Source = Literal["engine", "worker"]
ExitKind = Literal[
    "config", "code", "out_of_memory", "diverged", "infrastructure", "lost", "upstream"
]
RETRIED_EXITS: frozenset[ExitKind] = frozenset({"infrastructure", "lost"})
"""Only what is nobody's mistake is tried again without being asked."""


class EventBase(BaseModel):
    """What every event carries."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    seq: int = Field(ge=1)
    at: datetime


class EnvironmentRecorded(EventBase):
    """What the attempt is carried out with, told before anything is loaded."""

    type: Literal["environment_recorded"] = "environment_recorded"
    environment: Environment
    patches: list[Patch] = Field([], description="How the code differs from its commit")


class Started(EventBase):
    """The engine is about to take its first step."""

    type: Literal["started"] = "started"
    kind: str
    steps: int
    first_step: int
    versions: dict[str, str]


class StepFinished(EventBase):
    """One optimizer step with all its numbers; other trackers count from 0."""

    type: Literal["step_finished"] = "step_finished"
    step: int = Field(ge=0)
    metrics: dict[str, float]


AnswerVerdict = Literal["right", "wrong", "unparsed", "timeout"]
"""Unparsed is what is not of the gold's type, timeout what took too long to compare."""

JudgeVerdict = Literal["right", "wrong", "failed"]
"""Failed is a judge that could not be asked, or did not say clearly."""


class Section(BaseModel):
    """One part of a response and what its expert thought of it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: str
    score: float | None = None


class Response(BaseModel):
    """A demonstration or a rollout, by section."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: str
    valid: bool
    malformed: str | None = Field(default=None, description="What is wrong with the form")
    caption: Section | None = None
    reasoning: Section | None = None
    answer: str | None = None
    score: float | None = Field(
        None, description="What a discriminator thought of it that reads a response whole"
    )
    tokens: int
    correct: bool | None = None
    verdict: AnswerVerdict | None = Field(
        default=None, description="On the answer; None without a gold answer or without the form"
    )
    judged: JudgeVerdict | None = Field(
        default=None, description="By a judge, where the rules do not say right and one was asked"
    )
    rewards: dict[str, float] = {}
    advantage: float | None = None


class Sample(BaseModel):
    """One item with its demonstration and the rollouts drawn for it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    item: str
    question: str
    gold: str | None = None
    images: list[str] = Field(description="sha256 of each image; its file is images/<sha256>.png")
    demonstration: Response | None = None
    rollouts: list[Response]


class SamplesDrawn(EventBase):
    """A few items of a step, to be looked at."""

    type: Literal["samples_drawn"] = "samples_drawn"
    step: int
    samples: list[Sample]


class CheckpointSaved(EventBase):
    """A complete folder, its manifest written last. `path` is relative to the event file.

    The `best` of the run so far is told by the metric that its settings name.
    """

    type: Literal["checkpoint_saved"] = "checkpoint_saved"
    step: int
    kind: Literal["resumable", "exported"]
    role: Literal["policy", "discriminator"]
    path: str
    size: int
    best: bool = False


class Estimate(BaseModel):
    """A number with what it is worth: a 95% interval over `n` items."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    value: float
    low: float
    high: float
    n: int


class BenchmarkScored(EventBase):
    """A benchmark's numbers for one policy. `supervision` holds the demonstrations' own.

    A name in `scores` is a declared metric, or one followed by a slash and the part of the
    benchmark that it is over, such as `accuracy_greedy/task=geometry`.
    """

    type: Literal["benchmark_scored"] = "benchmark_scored"
    step: int
    benchmark: str
    arm: str
    scores: dict[str, Estimate]
    supervision: dict[str, float]
    majority: float = Field(description="Accuracy of always giving the most common answer")


class ItemsJudged(EventBase):
    """Which items of a benchmark a policy answered rightly, in the order of the data set.

    Two evaluations with one `asked` were asked the same and judged alike, so that they can be
    compared item by item. Items that depend on each other, such as the versions of one problem,
    share a group.
    """

    type: Literal["items_judged"] = "items_judged"
    step: int
    benchmark: str
    arm: str
    asked: str = Field(description="sha256 of the items, their prompts, the scorer and its mode")
    groups: list[int] = Field(description="Number of the group of every item")
    right: list[Annotated[int, Field(ge=0, le=1)]] = Field(
        description="1 for every item whose greedy response is right"
    )

    @model_validator(mode="after")
    def _speaks_of_the_same_items(self) -> Self:
        if len(self.groups) != len(self.right):
            raise ValueError("there must be a group for every item")
        return self


Verdict = Literal["matched", "healthy", "saturated", "leaking", "collapsed"]


class ExpertAudit(BaseModel):
    """What held-out pairs say of one expert."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    accuracy: Estimate | None = Field(
        default=None, description="Share of pairs, ties left out, that it tells apart"
    )
    length_accuracy: Estimate | None = Field(
        default=None, description="The same share for a judge that sees lengths alone"
    )
    gap: float = Field(description="Mean score of demonstrations minus that of rollouts")
    saturation_gap: float = Field(
        description="The gap at which an expert that wins every pair settles"
    )
    score_spread: float
    ties: int


class Audited(EventBase):
    """The game, looked at on pairs that the discriminator never learned from."""

    type: Literal["audited"] = "audited"
    step: int
    pairs: int
    verdict: Verdict | None = Field(default=None, description="None where it is too early to tell")
    reason: str = Field(description="What was seen, and what to do about it")
    valid_share: float
    experts: dict[str, ExpertAudit]


class GatePassed(EventBase):
    """All items have gone through one gate of a curation."""

    type: Literal["gate_passed"] = "gate_passed"
    step: int
    gate: str
    title: str
    given: int
    kept: int
    reasons: dict[str, int] = Field(description="Why items were dropped, and how many")
    notes: dict[str, int] = Field(
        default={}, description="What was counted beside items, such as a teacher's responses"
    )


LogAlert = Literal["mismatched"]
"""Mismatched is a sampler that draws from another policy than the learner teaches."""


class Log(EventBase):
    """A line for a person to read; one that names an alert is told to whoever does not watch."""

    type: Literal["log"] = "log"
    level: Literal["info", "warning", "error"]
    message: str
    alert: LogAlert | None = None


class Finished(EventBase):
    """The engine did all it was asked to, or saved and ended because it was asked to stop."""

    type: Literal["finished"] = "finished"
    step: int
    stopped: bool = False


class Failed(EventBase):
    """The engine ends with an error that it could name."""

    type: Literal["failed"] = "failed"
    kind: ExitKind
    message: str


class Output(EventBase):
    """Lines that the engine's process printed."""

    type: Literal["output"] = "output"
    stream: Literal["stdout", "stderr"]
    lines: list[str]


class CheckpointStored(EventBase):
    """A checkpoint is durable: it is in the artifact store."""

    type: Literal["checkpoint_stored"] = "checkpoint_stored"
    step: int
    kind: Literal["resumable", "exported"]
    role: Literal["policy", "discriminator"]
    location: str
    size: int


class DeviceUse(BaseModel):
    """What a GPU did on average over some time; what the driver does not tell is absent."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    uuid: str
    utilisation: float | None = Field(None, description="Share of the time that it computed")
    memory: int | None = Field(None, description="Bytes in use, at most")
    power: float | None = Field(None, description="In watts")


class DevicesMeasured(EventBase):
    """What the GPUs of the engine did in the `seconds` before."""

    type: Literal["devices_measured"] = "devices_measured"
    seconds: float
    devices: list[DeviceUse]


class Exited(EventBase):
    """The engine's process is gone."""

    type: Literal["exited"] = "exited"
    code: int | None
    signal: int | None = None


Event = Annotated[
    EnvironmentRecorded
    | Started
    | StepFinished
    | SamplesDrawn
    | CheckpointSaved
    | BenchmarkScored
    | ItemsJudged
    | Audited
    | GatePassed
    | Log
    | Finished
    | Failed
    | Output
    | CheckpointStored
    | DevicesMeasured
    | Exited,
    Field(discriminator="type"),
]

event_adapter: TypeAdapter[Event] = TypeAdapter(Event)


class EventLog:
    """Appends events to a file, one per line, flushed at once so that a reader can follow."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._drop_half_written_line()
        self._seq = sum(1 for _ in read_events(path))
        self._file = path.open("a", encoding="utf-8")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def write(self, event: type[EventBase], **fields: object) -> None:
        """Append one event; `seq` and `at` are filled in."""
        self._seq += 1
        filled = event.model_validate(
            {**_clean(fields), "seq": self._seq, "at": datetime.now(UTC)}  # type: ignore[dict-item]
        )
        self._file.write(filled.model_dump_json(exclude_none=True) + "\n")
        self._file.flush()

    def step_finished(self, step: int, metrics: Mapping[str, float]) -> None:
        """Record a step. Numbers that are not finite are left out and reported.

        Raises:
            KeyError: a metric is not declared in `contract.metrics`.
        """
        for name in metrics:
            if name not in METRICS:
                raise KeyError(f"metric '{name}' is not declared in prism_engine.contract.metrics")
        finite = {name: float(value) for name, value in metrics.items() if math.isfinite(value)}
        self.write(StepFinished, step=step, metrics=finite)
        if missing := sorted(metrics.keys() - finite.keys()):
            message = f"step {step}: not a finite number: {', '.join(missing)}"
            self.write(Log, level="error", message=message)

    def _drop_half_written_line(self) -> None:
        if self._path.exists():
            content = self._path.read_bytes()
            os.truncate(self._path, content.rfind(b"\n") + 1)


def read_events(path: Path) -> Iterator[Event]:
    """Read the complete lines of an event file; a half-written last line is left alone."""
    if path.exists():
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                if line.endswith("\n"):
                    yield event_adapter.validate_json(line)


def _clean(value: object) -> object:
    """Cut long strings, and drop what neither JSON nor Postgres can hold."""
    if isinstance(value, str):
        text = value.replace("\0", "").encode("utf-8", "ignore").decode("utf-8")
        return text if len(text) <= LONGEST_STRING else text[: LONGEST_STRING - 1] + "…"
    if isinstance(value, BaseModel):
        return _clean(json.loads(value.model_dump_json()))
    if isinstance(value, Mapping):
        return {key: _clean(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(item) for item in value]
    return value
