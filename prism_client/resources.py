"""What the server answers with, as far as this package reads it.

Unknown fields are ignored, so that a newer server does not break an older client.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict

from prism_client.errors import FieldProblem
from prism_engine.contract.changes import Change
from prism_engine.contract.environment import Environment, Patch
from prism_engine.contract.events import DeviceUse, Source

FINAL_STATES = frozenset({"succeeded", "failed", "cancelled", "stopped"})


class Resource(BaseModel):
    """Something that the server knows."""

    model_config = ConfigDict(extra="ignore", frozen=True)


Item = TypeVar("Item", bound=Resource)


class UploadedImage(Resource):
    """An image as the server keeps it; its digest is what a run of the kind `ask` names."""

    digest: str
    width: int
    height: int
    size: int


class Token(Resource):
    """A credential, without its secret."""

    id: str
    name: str
    ending: str
    permissions: list[str]
    project_ids: list[str] | None = None
    expires_at: datetime | None = None
    used_at: datetime | None = None


class CreatedToken(Resource):
    """A new credential with its secret, which the server does not keep."""

    token: Token
    secret: str


class User(Resource):
    """A person with an account."""

    id: str
    name: str
    administrator: bool
    disabled_at: datetime | None = None


class Project(Resource):
    """A team's space."""

    id: str
    name: str


class SlotRun(Resource):
    """The run that a slot of a worker executes."""

    run_id: str
    run: str
    pipeline: str
    number: int


class Slot(Resource):
    """A place for one run on a worker."""

    number: int
    devices: list[dict[str, Any]] = []
    busy: bool
    run: SlotRun | None = None


class Worker(Resource):
    """A worker and what it does; drained is one that takes no more runs and executes none."""

    id: str
    name: str
    host: str
    queues: list[str]
    state: str
    slots: list[Slot]
    seen_at: datetime


class Key(Resource):
    """The name of an endpoint's secret, without the secret."""

    name: str
    created_by: str
    created_at: datetime


class Page(Resource, Generic[Item]):
    """Part of a list; `next_cursor` asks for the part after it."""

    data: list[Item]
    next_cursor: str | None = None


class Exit(Resource):
    """Why a run ended as it did."""

    kind: str
    message: str | None = None


class Parent(Resource):
    """The run from which a role is taken."""

    role: str
    run_id: str
    run: str


class CheckpointSource(Resource):
    """A checkpoint of another pipeline that a run starts from."""

    role: str
    checkpoint_id: str
    step: int
    run_id: str
    run: str
    pipeline_id: str


class ExpectedStart(Resource):
    """When a waiting run will probably start."""

    earliest: datetime
    latest: datetime


class Run(Resource):
    """One stage of a pipeline."""

    id: str
    pipeline_id: str
    name: str
    kind: str
    state: str
    desired_state: str
    config: dict[str, Any] = {}
    attempt: int
    step: int | None = None
    steps: int | None = None
    parents: list[Parent] = []
    sources: list[CheckpointSource] = []
    exit: Exit | None = None
    reason: str | None = None
    starts: ExpectedStart | None = None
    archived_at: datetime | None = None
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    latest: dict[str, float] = {}
    tags: list[str] = []
    note: str = ""


class Attempt(Resource):
    """One execution of a run by a worker."""

    id: str
    number: int
    worker: str | None
    active: bool
    claimed_at: datetime
    ended_at: datetime | None = None
    resumed_from: int | None = None
    exit: Exit | None = None


class DeviceMoment(Resource):
    """What the GPUs of an attempt did until `at`, for so many seconds before."""

    at: datetime
    attempt: int
    seconds: float
    devices: list[DeviceUse]


class RunDevices(Resource):
    """What a run has had of GPUs, in seconds times GPUs, and what these did, oldest first."""

    gpu_seconds: float
    slot_seconds: float
    moments: list[DeviceMoment]


class Checkpoint(Resource):
    """A saved state of a run; it can be used once `durable_at` is set."""

    id: str
    run_id: str
    attempt: int
    step: int
    kind: str
    role: str
    size: int
    location: str | None = None
    created_at: datetime
    durable_at: datetime | None = None
    deleted_at: datetime | None = None
    names: list[str] = []


class Retention(Resource):
    """How long a project keeps what its ended runs left behind; None is for ever."""

    metrics_days: int | None = None
    samples_days: int | None = None
    checkpoints_days: int | None = None
    checkpoints_kept: int | None = None


class Needed(Resource):
    """A checkpoint that stays although a policy is against it."""

    checkpoint_id: str
    run: str
    step: int
    needed_by: list[str]


class Removal(Resource):
    """What would be deleted, how many bytes that are, and why it would be refused."""

    runs: int
    checkpoints: int
    checkpoint_bytes: int
    samples: int
    sample_bytes: int
    images: int
    image_bytes: int
    metric_runs: int
    metric_bytes: int
    total_bytes: int
    kept: list[Needed] = []
    refused: list[str] = []


class LineageNode(Resource):
    """A data set, a run or a checkpoint."""

    id: str
    kind: str
    name: str
    state: str | None = None
    step: int | None = None
    pipeline_id: str | None = None
    pipeline: str | None = None
    number: int | None = None


class LineageEdge(Resource):
    """From what is used to who uses it."""

    source: str
    target: str
    role: str


class Lineage(Resource):
    """All that a run goes back to, and all that came of it."""

    run_id: str
    nodes: list[LineageNode]
    edges: list[LineageEdge]
    complete: bool = True


class ConfigDiff(Resource):
    """The settings in which two runs differ, and what each was carried out with."""

    before_id: str
    after_id: str
    changes: list[Change]
    environment: list[Change] = []


class RecordedInput(Resource):
    """What an attempt was given to read."""

    role: str
    kind: str
    name: str
    fingerprint: str


class RunEnvironment(Resource):
    """What an attempt at a run was carried out with; null where none has recorded it."""

    run_id: str
    attempt: int | None = None
    recorded_at: datetime | None = None
    environment: Environment | None = None
    inputs: list[RecordedInput] = []


class CodeDifference(Resource):
    """In what the code of an attempt differs from its commit."""

    run_id: str
    attempt: int
    patches: list[Patch]


class NamedCheckpoint(Resource):
    """A checkpoint that was given a name in its project, and where it comes from."""

    name: str
    created_by: str
    checkpoint: Checkpoint
    run: str
    pipeline_id: str
    pipeline: str
    number: int


class Fork(Resource):
    """What a pipeline was forked from, and in what it differs."""

    pipeline_id: str
    pipeline: str | None = None
    number: int | None = None
    run_id: str | None = None
    run: str | None = None
    step: int | None = None
    changes: list[Change] = []


class ForkDraft(Resource):
    """The recipe of a fork without a change, and the steps that its run may go on after."""

    recipe: dict[str, Any]
    steps: list[int] = []


class Pipeline(Resource):
    """Everything that one launch started."""

    id: str
    number: int
    name: str
    state: str
    seed: int
    recipe: dict[str, Any] = {}
    created_at: datetime
    forked_from: Fork | None = None
    finished_at: datetime | None = None
    runs: list[Run] = []


class PlannedRun(Resource):
    """A run that a recipe asks for, and what it would wait for."""

    name: str
    kind: str
    parents: list[str] = []
    memory: dict[str, Any] | None = None
    reason: str | None = None
    starts: ExpectedStart | None = None


class Validation(Resource):
    """What a dry run found."""

    valid: bool
    problems: list[FieldProblem] = []
    runs: list[PlannedRun] = []
    changes: list[Change] = []


class StudyArm(Resource):
    """A recipe with some settings changed, and the names of its runs in each pipeline."""

    label: str
    changes: dict[str, Any] = {}
    runs: list[str] = []


class StudyPlan(Resource):
    """What a grid would come to."""

    valid: bool
    problems: list[FieldProblem] = []
    arms: list[StudyArm] = []
    seeds: list[int] = []
    total_runs: int = 0
    unshared_runs: int = 0


class StudyCell(Resource):
    """What became of one arm with one seed."""

    arm: str
    seed: int
    pipeline_id: str
    state: str


class Study(Resource):
    """Pipelines of one recipe over a grid, one for every seed."""

    id: str
    name: str
    state: str
    arms: list[StudyArm]
    seeds: list[int]
    most_at_once: int | None = None
    created_at: datetime
    pipelines: list[str]
    cells: list[StudyCell]


class StudySummary(Resource):
    """A study in a list."""

    id: str
    name: str
    state: str
    arms: int
    seeds: int
    created_at: datetime


class Registered(Resource):
    """A data set or a model that runs can name."""

    id: str
    name: str
    location: str
    fingerprint: str | None = None


class Dataset(Registered):
    """A registered data set; `run_id` is the curation that it comes from."""

    rows: int
    images: int
    demonstrations: int | None = None
    run_id: str | None = None


class CuratedDataset(Resource):
    """A data set that a curation ended in; `problem` is why it is not registered."""

    part: str
    name: str
    host: str
    location: str
    dataset_id: str | None = None
    problem: str | None = None


class StoredEvent(Resource):
    """An event and where it stands in its run's history."""

    position: int
    attempt: int
    source: Source
    event: dict[str, Any]


class Series(Resource):
    """One metric: [step, last, min, max, attempt] per point."""

    name: str
    points: list[tuple[int, float, float, float, int]]


class Metrics(Resource):
    """Several metrics of one run."""

    series: list[Series]


class LogLine(Resource):
    """A line that the engine printed or logged; `number` counts 1, 2, 3 … within the run."""

    number: int
    attempt: int
    at: datetime
    stream: str
    text: str


class Score(Resource):
    """A number with its 95% interval over `n` items."""

    value: float
    low: float
    high: float
    n: int

    def as_text(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


class Paired(Resource):
    """A policy against another, item by item: p of the exact test over groups of items."""

    arm: str
    difference: Score
    groups: int
    only_this: int
    only_other: int
    p: float


class Arm(Resource):
    """One row of the results table. `seconds` is the training time behind its policy."""

    arm: str
    run_id: str
    benchmark: str
    scores: dict[str, Score]
    supervision: dict[str, float] = {}
    majority: float | None = None
    seconds: float | None = None
    paired: Paired | None = None


class Results(Resource):
    """The results table of a pipeline."""

    benchmarks: list[str]
    arms: list[Arm]


class SignInLink(Resource):
    """A link that signs one browser in, once."""

    url: str
    expires_at: datetime


class Storage(Resource):
    """What a project has in the artifact store, and may have; None is no limit."""

    project_id: str
    project: str
    artifact_bytes: int
    max_artifact_bytes: int | None = None


class Disk(Resource):
    """The disk of the server's home: enough, low or full."""

    state: str
    free_bytes: int
    total_bytes: int
    reserve_bytes: int


class Readiness(Resource):
    """That a server takes requests, and the revision of its database."""

    status: str
    revision: str


class Imported(Resource):
    """The run that an import makes or has made; `next_seq` is where it goes on."""

    run_id: str
    pipeline_id: str
    next_seq: int


class ImportProgress(Resource):
    """What became of imported events."""

    accepted: int
    quarantined: int
    next_seq: int


class Health(Resource):
    """What a server says about itself to anybody."""

    status: str
    version: str
    database: str
    contract: int
