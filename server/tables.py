"""The whole database on one page.

Names are the API's. Moments are UTC by the database's clock; what is listed or filtered is a
column, what is only shown is JSON.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    String,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from server.database import UtcDateTime, database_clock


class Table(DeclarativeBase):
    """Base of all tables."""

    metadata = MetaData(
        # Constraints with names can be changed by a migration on both dialects.
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it from the class
        datetime: UtcDateTime,
        dict[str, Any]: JSON().with_variant(JSONB, "postgresql"),
        list[Any]: JSON().with_variant(JSONB, "postgresql"),
    }


SECRET = {"secret": True}
"""Marks a column that no log may repeat."""


def _identifier() -> Mapped[str]:
    return mapped_column(String(40), primary_key=True)


def _created_at() -> Mapped[datetime]:
    return mapped_column(insert_default=database_clock())


class Project(Table):
    """A team's space; `pipelines` counts those ever launched in it.

    `max_runs` and `max_gpus` are how much of the fleet it may hold at a time, `max_artifact_bytes`
    how much of the artifact store; null is no limit.
    """

    __tablename__ = "project"

    id: Mapped[str] = _identifier()
    name: Mapped[str] = mapped_column(String(80), unique=True)
    pipelines: Mapped[int] = mapped_column(default=0)
    max_runs: Mapped[int | None]
    max_gpus: Mapped[int | None]
    max_artifact_bytes: Mapped[int | None] = mapped_column(BigInteger)
    retention: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime] = _created_at()


class User(Table):
    """A person with an account; `password` is its argon2id hash, and null where links sign in."""

    __tablename__ = "user"

    id: Mapped[str] = _identifier()
    name: Mapped[str] = mapped_column(String(80), unique=True)
    administrator: Mapped[bool] = mapped_column(default=False)
    password: Mapped[str | None] = mapped_column(String(200), info=SECRET)
    created_at: Mapped[datetime] = _created_at()
    disabled_at: Mapped[datetime | None]


class Membership(Table):
    """What a person is in a project."""

    __tablename__ = "membership"

    user_id: Mapped[str] = mapped_column(ForeignKey("user.id"), primary_key=True)
    project_id: Mapped[str] = mapped_column(ForeignKey("project.id"), primary_key=True)
    role: Mapped[str] = mapped_column(String(20))
    created_at: Mapped[datetime] = _created_at()


class Invitation(Table):
    """A link that makes one person a member of a project, once."""

    __tablename__ = "invitation"

    id: Mapped[str] = _identifier()
    digest: Mapped[str] = mapped_column(String(64), unique=True, info=SECRET)
    project_id: Mapped[str] = mapped_column(ForeignKey("project.id"))
    role: Mapped[str] = mapped_column(String(20))
    created_by: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = _created_at()
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    used_by: Mapped[str | None] = mapped_column(String(80))
    revoked_at: Mapped[datetime | None]


class SignInSecret(Table):
    """A link that signs one browser in, or has one person set a password, once."""

    __tablename__ = "sign_in_secret"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True, info=SECRET)
    user_id: Mapped[str] = mapped_column(ForeignKey("user.id"))
    purpose: Mapped[str] = mapped_column(String(20))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Session(Table):
    """A signed-in browser; only the SHA-256 of its cookie is kept."""

    __tablename__ = "session"

    id: Mapped[str] = _identifier()
    digest: Mapped[str] = mapped_column(String(64), unique=True, info=SECRET)
    user_id: Mapped[str] = mapped_column(ForeignKey("user.id"))
    method: Mapped[str] = mapped_column(String(20))
    address: Mapped[str] = mapped_column(String(64))
    agent: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = _created_at()
    seen_at: Mapped[datetime] = _created_at()
    expires_at: Mapped[datetime]


class Token(Table):
    """A program's credential; only its SHA-256 is kept.

    It may do what its person may, as far as `permissions` and `projects` go; a worker's belongs to
    nobody. What is null is not narrowed.
    """

    __tablename__ = "token"

    id: Mapped[str] = _identifier()
    digest: Mapped[str] = mapped_column(String(64), unique=True, info=SECRET)
    ending: Mapped[str] = mapped_column(String(4))
    name: Mapped[str] = mapped_column(String(80))
    user_id: Mapped[str | None] = mapped_column(ForeignKey("user.id"))
    permissions: Mapped[list[Any]]
    projects: Mapped[list[Any] | None]
    queues: Mapped[list[Any] | None]
    created_at: Mapped[datetime] = _created_at()
    expires_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class AccountLink(Table):
    """Whose account an OpenID Connect provider's subject is."""

    __tablename__ = "account_link"

    issuer: Mapped[str] = mapped_column(String(200), primary_key=True)
    subject: Mapped[str] = mapped_column(String(255), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime] = _created_at()


class OidcFlow(Table):
    """A sign-in by the provider that was begun; `state` is a hash of what the browser keeps."""

    __tablename__ = "oidc_flow"

    state: Mapped[str] = mapped_column(String(64), primary_key=True, info=SECRET)
    nonce: Mapped[str] = mapped_column(String(64), info=SECRET)
    verifier: Mapped[str] = mapped_column(String(64), info=SECRET)
    user_id: Mapped[str | None] = mapped_column(ForeignKey("user.id"))
    expires_at: Mapped[datetime]


class Throttle(Table):
    """Failed sign-ins by name and by address, and until when the next must wait."""

    __tablename__ = "throttle"

    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    failures: Mapped[int]
    failed_at: Mapped[datetime]
    blocked_until: Mapped[datetime | None]


class Change(Table):
    """The audit log: what somebody changed, from what to what. Rows are only ever added."""

    __tablename__ = "change"
    __table_args__ = (Index("ix_change_project_id_position", "project_id", "position"),)

    position: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = _created_at()
    actor_id: Mapped[str] = mapped_column(String(40))
    actor: Mapped[str] = mapped_column(String(80))
    address: Mapped[str] = mapped_column(String(64))
    request_id: Mapped[str] = mapped_column(String(40))
    action: Mapped[str] = mapped_column(String(10))
    kind: Mapped[str] = mapped_column(String(40))
    object_id: Mapped[str] = mapped_column(String(100))
    project_id: Mapped[str | None] = mapped_column(String(40))
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]


class Idempotency(Table):
    """What a POST with an `Idempotency-Key` made, so that sending it again makes nothing."""

    __tablename__ = "idempotency"

    actor_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    request: Mapped[str] = mapped_column(String(64))
    resource_id: Mapped[str] = mapped_column(String(40))
    created_at: Mapped[datetime] = _created_at()


class Dataset(Table):
    """A registered data set."""

    __tablename__ = "dataset"

    id: Mapped[str] = _identifier()
    name: Mapped[str] = mapped_column(String(63), unique=True)
    location: Mapped[str]
    rows: Mapped[int]
    images: Mapped[int]
    demonstrations: Mapped[int | None]
    answers: Mapped[int | None]
    splits: Mapped[dict[str, Any]]
    imported: Mapped[dict[str, Any] | None]
    fingerprint: Mapped[str]
    preview: Mapped[list[Any]]
    run_id: Mapped[str | None] = mapped_column(ForeignKey("run.id"))
    created_at: Mapped[datetime] = _created_at()


class CuratedDataset(Table):
    """One of the data sets that a curation ended in; `problem` is why nobody can use it yet."""

    __tablename__ = "curated_dataset"

    run_id: Mapped[str] = mapped_column(ForeignKey("run.id"), primary_key=True)
    part: Mapped[str] = mapped_column(String(20), primary_key=True)
    name: Mapped[str] = mapped_column(String(63), unique=True)
    host: Mapped[str] = mapped_column(String(200))
    location: Mapped[str]
    dataset_id: Mapped[str | None] = mapped_column(ForeignKey("dataset.id"))
    problem: Mapped[str | None]


class Model(Table):
    """A registered model."""

    __tablename__ = "model"

    id: Mapped[str] = _identifier()
    name: Mapped[str] = mapped_column(String(63), unique=True)
    location: Mapped[str]
    architecture: Mapped[str]
    parameters: Mapped[int] = mapped_column(BigInteger)
    shape: Mapped[dict[str, Any] | None]
    fingerprint: Mapped[str]
    created_at: Mapped[datetime] = _created_at()


class Study(Table):
    """Pipelines of one recipe over a grid; `arms` names the runs that each arm has in them."""

    __tablename__ = "study"

    id: Mapped[str] = _identifier()
    project_id: Mapped[str] = mapped_column(ForeignKey("project.id"), index=True)
    name: Mapped[str] = mapped_column(String(63))
    recipe: Mapped[dict[str, Any]]
    grid: Mapped[dict[str, Any]]
    arms: Mapped[list[Any]]
    most_at_once: Mapped[int | None]
    created_at: Mapped[datetime] = _created_at()
    created_by: Mapped[str]


class Pipeline(Table):
    """A launched recipe; `state` follows from its runs and is kept to filter by.

    What it was forked from may have been deleted since, so that those ids refer to nothing by
    force; `changes` are the settings in which it differs from that.
    """

    __tablename__ = "pipeline"
    __table_args__ = (UniqueConstraint("project_id", "number"),)

    id: Mapped[str] = _identifier()
    project_id: Mapped[str] = mapped_column(ForeignKey("project.id"))
    number: Mapped[int]
    name: Mapped[str] = mapped_column(String(63))
    seed: Mapped[int]
    state: Mapped[str] = mapped_column(String(20), index=True)
    recipe: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = _created_at()
    created_by: Mapped[str]
    forked_from_id: Mapped[str | None] = mapped_column(String(40), index=True)
    forked_from_run_id: Mapped[str | None] = mapped_column(String(40), index=True)
    forked_from_step: Mapped[int | None]
    changes: Mapped[list[Any]] = mapped_column(default=list)
    archived_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    note: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)
    study_id: Mapped[str | None] = mapped_column(ForeignKey("study.id"), index=True)


class PipelineTag(Table):
    """A word that somebody gave a pipeline; its runs are found by it too."""

    __tablename__ = "pipeline_tag"

    tag: Mapped[str] = mapped_column(String(63), primary_key=True)
    pipeline_id: Mapped[str] = mapped_column(
        ForeignKey("pipeline.id"), primary_key=True, index=True
    )


class SavedView(Table):
    """A way to look at the list of runs that a project has given a name; null is as usual."""

    __tablename__ = "saved_view"
    __table_args__ = (UniqueConstraint("project_id", "name"),)

    id: Mapped[str] = _identifier()
    project_id: Mapped[str] = mapped_column(ForeignKey("project.id"))
    name: Mapped[str] = mapped_column(String(80))
    filter: Mapped[str] = mapped_column(String(2000))
    sort: Mapped[str | None] = mapped_column(String(100))
    columns: Mapped[list[Any] | None]
    created_by: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = _created_at()


class OwnPanels(Table):
    """The charts that a person has put together for a project's runs, in their order.

    `version` counts the changes, so that one made elsewhere is not undone unseen.
    """

    __tablename__ = "own_panels"

    user_id: Mapped[str] = mapped_column(ForeignKey("user.id"), primary_key=True)
    project_id: Mapped[str] = mapped_column(ForeignKey("project.id"), primary_key=True)
    panels: Mapped[list[Any]]
    version: Mapped[int] = mapped_column(default=0)


class Run(Table):
    """One stage of a pipeline. The queue is the rows whose state is `queued`.

    What the attempts up to `restarted_after` saved is history: nobody goes on from it.
    """

    __tablename__ = "run"
    __table_args__ = (
        UniqueConstraint("pipeline_id", "name"),
        Index("ix_run_queue", "state", "queue", "priority", "queued_at"),
        Index("ix_run_state", "state", "id"),
    )

    id: Mapped[str] = _identifier()
    pipeline_id: Mapped[str] = mapped_column(ForeignKey("pipeline.id"))
    place: Mapped[int]
    name: Mapped[str] = mapped_column(String(63))
    kind: Mapped[str] = mapped_column(String(20))
    config: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(20))
    desired_state: Mapped[str] = mapped_column(String(20), default="run")
    queue: Mapped[str] = mapped_column(String(63), default="default")
    priority: Mapped[int] = mapped_column(default=0)
    gpus: Mapped[int | None]
    gpu_memory: Mapped[int | None]
    nodes: Mapped[int] = mapped_column(default=1)
    max_seconds: Mapped[int | None]
    retries_left: Mapped[int]
    attempt: Mapped[int] = mapped_column(default=0)
    worker_id: Mapped[str | None] = mapped_column(ForeignKey("worker.id"))
    steps: Mapped[int | None]
    step: Mapped[int] = mapped_column(default=0)
    exit_kind: Mapped[str | None] = mapped_column(String(20))
    exit_message: Mapped[str | None]
    created_at: Mapped[datetime] = _created_at()
    queued_at: Mapped[datetime | None]
    rung_at: Mapped[datetime | None]
    claimed_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    out_of_time_at: Mapped[datetime | None]
    stream_position: Mapped[int] = mapped_column(default=0)
    log_lines: Mapped[int] = mapped_column(default=0)
    note: Mapped[str] = mapped_column(default="")
    restarted_after: Mapped[int] = mapped_column(default=0)
    archived_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)


class RunTag(Table):
    """A word that somebody gave a run to find it by."""

    __tablename__ = "run_tag"

    tag: Mapped[str] = mapped_column(String(63), primary_key=True)
    run_id: Mapped[str] = mapped_column(ForeignKey("run.id"), primary_key=True, index=True)


class RunWord(Table):
    """A word of a run's names, notes and tags, as `server.search.words` reads them."""

    __tablename__ = "run_word"

    # In the order of code points: only so are words of one beginning neighbours in every language.
    word: Mapped[str] = mapped_column(
        String(40).with_variant(String(40, collation="C"), "postgresql"), primary_key=True
    )
    run_id: Mapped[str] = mapped_column(ForeignKey("run.id"), primary_key=True, index=True)


class RunParent(Table):
    """An edge: the parent's checkpoint in `role` is what the run starts from."""

    __tablename__ = "run_parent"

    run_id: Mapped[str] = mapped_column(ForeignKey("run.id"), primary_key=True)
    role: Mapped[str] = mapped_column(String(20), primary_key=True)
    parent_id: Mapped[str] = mapped_column(ForeignKey("run.id"), index=True)


class RunSource(Table):
    """A checkpoint of another pipeline that a run starts from, in the role that it has there.

    In the role `state` it is a resumable one: the run goes on after its step.
    """

    __tablename__ = "run_source"

    run_id: Mapped[str] = mapped_column(ForeignKey("run.id"), primary_key=True)
    role: Mapped[str] = mapped_column(String(20), primary_key=True)
    checkpoint_id: Mapped[str] = mapped_column(ForeignKey("checkpoint.id"), index=True)


class Worker(Table):
    """A worker process that registered; `devices` are those of its slots, slot by slot.

    It is taken to be gone once it was not heard of until `online_until`, and is given no more runs
    from `draining_at` on. `disk` is what it last said of the one that its runs write to.
    """

    __tablename__ = "worker"

    id: Mapped[str] = _identifier()
    token_id: Mapped[str] = mapped_column(ForeignKey("token.id"))
    name: Mapped[str] = mapped_column(String(200))
    host: Mapped[str] = mapped_column(String(200))
    pid: Mapped[int]
    slots: Mapped[int]
    devices: Mapped[list[Any]]
    queues: Mapped[list[Any]]
    registered_at: Mapped[datetime] = _created_at()
    seen_at: Mapped[datetime] = _created_at()
    online_until: Mapped[datetime | None]
    draining_at: Mapped[datetime | None]
    disk: Mapped[dict[str, Any] | None]


class Attempt(Table):
    """One execution of a run. Its number is the fencing token; its lease the worker's right.

    It holds its slot, and so all of the slot's `gpus`, whether or not it asked for so many;
    over several `nodes` it holds those of all, and what is said of its slot is said of node 0. An
    imported run's belongs to no worker. `device_use` is what the GPUs that it sees were last found
    to do.
    `loose_steps` counts the steps whose metrics stand in the tail and not yet in chunks.
    `environment_position` is where in the run's history it told what it is carried out with.
    """

    __tablename__ = "attempt"
    __table_args__ = (
        UniqueConstraint("run_id", "number"),
        UniqueConstraint("worker_id", "claim_key"),
        Index("ix_attempt_lease", "ended_at", "lease_expires_at"),
    )

    id: Mapped[str] = _identifier()
    run_id: Mapped[str] = mapped_column(ForeignKey("run.id"))
    number: Mapped[int]
    worker_id: Mapped[str | None] = mapped_column(ForeignKey("worker.id"))
    slot: Mapped[int] = mapped_column(default=0)
    gpus: Mapped[int] = mapped_column(default=0)
    nodes: Mapped[int] = mapped_column(default=1)
    claim_key: Mapped[str] = mapped_column(String(100))
    claimed_run: Mapped[dict[str, Any]]
    resumed_from: Mapped[int | None]
    claimed_at: Mapped[datetime] = _created_at()
    lease_expires_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    stepped_at: Mapped[datetime | None]
    stalled_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    first_step: Mapped[int | None]
    engine_seq: Mapped[int] = mapped_column(default=0)
    worker_seq: Mapped[int] = mapped_column(default=0)
    loose_steps: Mapped[int] = mapped_column(default=0, index=True)
    quarantined: Mapped[int] = mapped_column(default=0)
    exit_kind: Mapped[str | None] = mapped_column(String(20))
    exit_message: Mapped[str | None]
    device_use: Mapped[list[Any] | None]
    environment_position: Mapped[int | None]


class Seat(Table):
    """A slot that waits for others to claim a run over several nodes with it."""

    __tablename__ = "seat"

    worker_id: Mapped[str] = mapped_column(ForeignKey("worker.id"), primary_key=True)
    slot: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[str] = mapped_column(ForeignKey("run.id"), index=True)
    claim_key: Mapped[str] = mapped_column(String(100))
    gpus: Mapped[int]
    address: Mapped[str] = mapped_column(String(200))
    port: Mapped[int]
    taken_at: Mapped[datetime]
    seen_at: Mapped[datetime]


class GangMember(Table):
    """A further node of an attempt, with a lease of its own; node 0 is the attempt itself."""

    __tablename__ = "gang_member"
    __table_args__ = (
        UniqueConstraint("attempt_id", "rank"),
        UniqueConstraint("worker_id", "claim_key"),
    )

    id: Mapped[str] = _identifier()
    attempt_id: Mapped[str] = mapped_column(ForeignKey("attempt.id"))
    rank: Mapped[int]
    worker_id: Mapped[str] = mapped_column(ForeignKey("worker.id"))
    slot: Mapped[int]
    claim_key: Mapped[str] = mapped_column(String(100))
    lease_expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None] = mapped_column(index=True)


class Event(Table):
    """What happened; the truth that the tables below are derived from.

    `position` is allotted under the lock of the run's row, so that the order in which a run's
    events are committed is the order of their positions: a reader that has seen one has seen all
    before it. The numbers of a step stand apart, in the tail and later in chunks.
    """

    __tablename__ = "event"
    __table_args__ = (UniqueConstraint("run_id", "position"),)

    run_id: Mapped[str] = mapped_column(ForeignKey("run.id"), primary_key=True)
    attempt: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(String(10), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int]
    type: Mapped[str] = mapped_column(String(30))
    at: Mapped[datetime]
    step: Mapped[int | None]
    content: Mapped[dict[str, Any] | None]


class QuarantinedEvent(Table):
    """An event that could not be read, with the reason: acknowledged, so that others can come."""

    __tablename__ = "quarantined_event"

    run_id: Mapped[str] = mapped_column(ForeignKey("run.id"), primary_key=True)
    attempt: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(String(10), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    reason: Mapped[str]
    content: Mapped[bytes] = mapped_column(LargeBinary)


class MetricLatest(Table):
    """A run's overlaid series, summed up; lists read only this."""

    __tablename__ = "metric_latest"
    __table_args__ = (Index("ix_metric_latest_value", "name", "last", "run_id"),)

    run_id: Mapped[str] = mapped_column(ForeignKey("run.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    step: Mapped[int]
    last: Mapped[float]
    minimum: Mapped[float]
    maximum: Mapped[float]
    count: Mapped[int]


class MetricTail(Table):
    """Steps that came together and are in no chunk yet, as `server.metrics.tail` packs them.

    `position` is the first one's in the run's history.
    """

    __tablename__ = "metric_tail"

    run_id: Mapped[str] = mapped_column(ForeignKey("run.id"), primary_key=True)
    attempt: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    first_step: Mapped[int]
    last_step: Mapped[int]
    names: Mapped[str]
    content: Mapped[bytes] = mapped_column(LargeBinary)


class MetricChunk(Table):
    """A block of one metric's points (level 1) or of its sums of 16, 256 or 4096 steps.

    `server.metrics.packing` says how many steps a block has and how they are packed.
    """

    __tablename__ = "metric_chunk"

    run_id: Mapped[str] = mapped_column(ForeignKey("run.id"), primary_key=True)
    attempt: Mapped[int] = mapped_column(primary_key=True)
    level: Mapped[int] = mapped_column(primary_key=True)
    block: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class StepSample(Table):
    """One item with its demonstration and rollouts."""

    __tablename__ = "sample"
    __table_args__ = (Index("ix_sample_step", "run_id", "step", "position", "number"),)

    run_id: Mapped[str] = mapped_column(ForeignKey("run.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    attempt: Mapped[int]
    step: Mapped[int]
    sample: Mapped[dict[str, Any]]


class GameAudit(Table):
    """The game, looked at on held-out pairs; `audit` is the event without its step and moment."""

    __tablename__ = "game_audit"

    run_id: Mapped[str] = mapped_column(ForeignKey("run.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    attempt: Mapped[int]
    step: Mapped[int]
    at: Mapped[datetime]
    audit: Mapped[dict[str, Any]]


class Alert(Table):
    """Something that wanted somebody's eye; `server.alerts.rules` says what does.

    What concerns the whole installation is of no pipeline.
    """

    __tablename__ = "alert"

    id: Mapped[str] = _identifier()
    pipeline_id: Mapped[str | None] = mapped_column(ForeignKey("pipeline.id"), index=True)
    run_id: Mapped[str | None] = mapped_column(ForeignKey("run.id"), index=True)
    step: Mapped[int | None]
    kind: Mapped[str] = mapped_column(String(20))
    message: Mapped[str]
    created_at: Mapped[datetime] = _created_at()


class LogLine(Table):
    """A line to read."""

    __tablename__ = "log_line"
    __table_args__ = (Index("ix_log_line_position", "run_id", "position"),)

    run_id: Mapped[str] = mapped_column(ForeignKey("run.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int]
    attempt: Mapped[int]
    at: Mapped[datetime]
    stream: Mapped[str] = mapped_column(String(10))
    text: Mapped[str]


class BenchmarkScore(Table):
    """What one policy scored on one benchmark."""

    __tablename__ = "benchmark_score"

    run_id: Mapped[str] = mapped_column(ForeignKey("run.id"), primary_key=True)
    benchmark: Mapped[str] = mapped_column(primary_key=True)
    arm: Mapped[str] = mapped_column(primary_key=True)
    attempt: Mapped[int]
    scores: Mapped[dict[str, Any]]
    supervision: Mapped[dict[str, Any]]
    majority: Mapped[float]


class BenchmarkVerdicts(Table):
    """Which items of a benchmark one policy answered rightly; `asked` names what was asked.

    It stands apart from the scores, which are read often, while thousands of verdicts are not.
    """

    __tablename__ = "benchmark_verdicts"

    run_id: Mapped[str] = mapped_column(ForeignKey("run.id"), primary_key=True)
    benchmark: Mapped[str] = mapped_column(primary_key=True)
    arm: Mapped[str] = mapped_column(primary_key=True)
    attempt: Mapped[int]
    asked: Mapped[str] = mapped_column(String(64))
    groups: Mapped[list[Any]]
    right: Mapped[list[Any]]


class Checkpoint(Table):
    """A saved state; others may use it while `durable_at` says that it is in the artifact store."""

    __tablename__ = "checkpoint"
    __table_args__ = (UniqueConstraint("run_id", "attempt", "step", "kind", "role"),)

    id: Mapped[str] = _identifier()
    run_id: Mapped[str] = mapped_column(ForeignKey("run.id"))
    attempt: Mapped[int]
    step: Mapped[int]
    kind: Mapped[str] = mapped_column(String(20))
    role: Mapped[str] = mapped_column(String(20))
    size: Mapped[int] = mapped_column(BigInteger)
    location: Mapped[str | None]
    manifest: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime] = _created_at()
    durable_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]


class CheckpointName(Table):
    """A name that a project gave a checkpoint, such as `best`; recipes may say it for the id."""

    __tablename__ = "checkpoint_name"

    project_id: Mapped[str] = mapped_column(ForeignKey("project.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(63), primary_key=True)
    checkpoint_id: Mapped[str] = mapped_column(ForeignKey("checkpoint.id"), index=True)
    created_by: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = _created_at()


class Artifact(Table):
    """An uploaded image, stored under its hash; the first project that sent it has it."""

    __tablename__ = "artifact"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    media_type: Mapped[str] = mapped_column(String(80))
    size: Mapped[int]
    project_id: Mapped[str | None] = mapped_column(ForeignKey("project.id"), index=True)
    created_at: Mapped[datetime] = _created_at()


class ArtifactUse(Table):
    """That samples of a run show an image; one that nobody shows is removed."""

    __tablename__ = "artifact_use"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    run_id: Mapped[str] = mapped_column(ForeignKey("run.id"), primary_key=True, index=True)


class Discard(Table):
    """The outbox of the artifact store: what nobody needs any more, to be removed from it.

    `name` is the hash of an image, or where a checkpoint lies.
    """

    __tablename__ = "discard"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(2000), index=True)
    created_at: Mapped[datetime] = _created_at()


class Webhook(Table):
    """Where events of a project are posted. The secret signs them, so that it must be kept."""

    __tablename__ = "webhook"

    id: Mapped[str] = _identifier()
    project_id: Mapped[str] = mapped_column(ForeignKey("project.id"), index=True)
    url: Mapped[str] = mapped_column(String(2000))
    topics: Mapped[list[Any]]
    kind: Mapped[str] = mapped_column(String(20), default="standard", server_default="standard")
    secret: Mapped[str] = mapped_column(String(80), info=SECRET)
    created_by: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = _created_at()


class EndpointKey(Table):
    """The secret that endpoints of a project's runs want, sealed by the installation's key file.

    Who created it and when is said of its value, which may be set again.
    """

    __tablename__ = "endpoint_key"
    __table_args__ = (UniqueConstraint("project_id", "name"),)

    id: Mapped[str] = _identifier()
    project_id: Mapped[str] = mapped_column(ForeignKey("project.id"))
    name: Mapped[str] = mapped_column(String(63))
    sealed: Mapped[bytes] = mapped_column(LargeBinary, info=SECRET)
    created_by: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = _created_at()


class WebhookDelivery(Table):
    """The webhooks' outbox and log: one event for one of them, with every try to post it."""

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        Index("ix_webhook_delivery_webhook_id_id", "webhook_id", "id"),
        Index("ix_webhook_delivery_state_due_at", "state", "due_at"),
    )

    id: Mapped[str] = _identifier()
    webhook_id: Mapped[str] = mapped_column(ForeignKey("webhook.id"))
    topic: Mapped[str] = mapped_column(String(40))
    payload: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(20), default="pending")
    tries: Mapped[list[Any]] = mapped_column(default=list)
    created_at: Mapped[datetime] = _created_at()
    due_at: Mapped[datetime] = _created_at()


class Doorbell(Table):
    """The outbox: a ring that leaves once what it announces is committed."""

    __tablename__ = "doorbell"

    id: Mapped[int] = mapped_column(primary_key=True)
    queue: Mapped[str] = mapped_column(String(63))


class Duty(Table):
    """Work that one server process does for all, until its hold runs out."""

    __tablename__ = "duty"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    holder: Mapped[str | None] = mapped_column(String(40))
    held_until: Mapped[datetime | None]


class ServerClock(Table):
    """One row: when a server process was last alive."""

    __tablename__ = "server_clock"

    id: Mapped[int] = mapped_column(primary_key=True)
    alive_at: Mapped[datetime]
