"""Which rows an actor may see: the one condition that every list of a project's things carries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, select, true

from server.actors import Actor, Permission
from server.tables import Checkpoint, Pipeline, Project, Run, Study


def within(
    project_id: SQLColumnExpression[str] | SQLColumnExpression[str | None],
    actor: Actor,
    permission: Permission = "read",
) -> ColumnElement[bool]:
    """Return the condition that a column names a project in which the actor has a permission."""
    allowed = actor.projects(permission)
    return true() if allowed is None else project_id.in_(allowed)


class Owner(NamedTuple):
    """How the project is found of what a path names."""

    kind: str
    id: SQLColumnExpression[str]
    project: Select[str]


_OF_RUN = select(Pipeline.project_id).join(Run, Run.pipeline_id == Pipeline.id)

_OF_CHECKPOINT = _OF_RUN.join(Checkpoint, Checkpoint.run_id == Run.id)

OWNERS: Mapping[str, Owner] = {
    "project_id": Owner("project", Project.id, select(Project.id)),
    "pipeline_id": Owner("pipeline", Pipeline.id, select(Pipeline.project_id)),
    "run_id": Owner("run", Run.id, _OF_RUN),
    "checkpoint_id": Owner("checkpoint", Checkpoint.id, _OF_CHECKPOINT),
    "study_id": Owner("study", Study.id, select(Study.project_id)),
}
"""Path parameters that name something of a project."""

UNOWNED = frozenset(
    {
        "attempt_id", "checkpoint_name", "dataset_id", "delivery_id", "digest", "invitation_id",
        "key_name", "member_id", "model_id", "session_id", "token_id", "user_id", "view_id",
        "webhook_id",
        "worker_id",
    }
)  # fmt: skip
"""Path parameters of what belongs to no project, or whose service looks whose it is."""
