"""Who may do what.

Every route declares `Public` or the permission it needs as a dependency; `create_app` refuses to
start with a route that declares neither. Where a path names something that belongs to a project,
the permission is needed in that project, and what lies in projects that the actor cannot read is
not there for it: 404.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

from fastapi import Depends, FastAPI, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts
from structlog.contextvars import bind_contextvars

from server.actors import Actor, Permission
from server.audit_log.recorder import act_as
from server.authentication import authenticate
from server.errors import Forbidden, NotFound, Unauthenticated
from server.parts import SESSIONS
from server.scoping import OWNERS

if TYPE_CHECKING:
    from server.parts import Parts


SAID = frozenset({*OWNERS, "attempt_id"})
"""Path parameters that a request's log entries carry."""


@dataclass(frozen=True)
class Requires:
    """Dependency: the actor, if it has the permission."""

    permission: Permission

    async def __call__(self, request: Request) -> Actor:
        parts: Parts = request.app.state.parts
        actor = await authenticate(parts, request)
        if actor is None:
            raise Unauthenticated
        if not actor.may(self.permission):
            raise Forbidden(f"{actor.name} has no permission to {self.permission}.")
        named = request.path_params
        for name in sorted(OWNERS.keys() & named):
            project_id = await _project(parts, name, named[name])
            self._require_in_project(actor, name, named[name], project_id)
        bind_contextvars(**{name: named[name] for name in SAID.intersection(named)})
        # What workers report has a history of its own.
        act_as(actor.id, actor.name, logged=self.permission != "work")
        return actor

    def _require_in_project(
        self, actor: Actor, parameter: str, value: str, project_id: str | None
    ) -> None:
        if project_id is None or not actor.may("read", project_id):
            raise NotFound(OWNERS[parameter].kind, value)
        if not actor.may(self.permission, project_id):
            raise Forbidden(f"{actor.name} has no permission to {self.permission} here.")


async def _project(parts: Parts, parameter: str, value: str) -> str | None:
    """Return the project of what a path names; None if there is no such thing."""
    recent, owner = parts.recent_projects, OWNERS[parameter]
    # Ids of different things differ, but whoever sends one may put it anywhere.
    key, rings = f"{parameter} {value}", recent.rings()
    if known := recent.find(key):
        return known
    async with parts.database.reading() as session:
        found = await session.execute(owner.project.where(owner.id == value))
    project_id: str | None = found.scalar_one_or_none()
    if project_id is not None:
        recent.remember(key, project_id, rings)
    return project_id


class Open:
    """Dependency: anybody."""

    async def __call__(self) -> None:
        return None


Public = Depends(Open())
SignedIn = Annotated[Actor, Depends(Requires("identify"))]
Owner = Annotated[Actor, Depends(Requires("account"))]
Reader = Annotated[Actor, Depends(Requires("read"))]
Launcher = Annotated[Actor, Depends(Requires("launch"))]
ProjectAdmin = Annotated[Actor, Depends(Requires("administer"))]
Administrator = Annotated[Actor, Depends(Requires("operate"))]
Monitor = Annotated[Actor, Depends(Requires("monitor"))]
WorkerActor = Annotated[Actor, Depends(Requires("work"))]


class Declaration(NamedTuple):
    """A route and what it declares; `access` is None where it declares nothing."""

    path: str
    methods: frozenset[str]
    access: Permission | Literal["public"] | None
    parameters: frozenset[str]
    """Names of the parameters in the path."""
    known_first: bool
    """Whether the actor is known before a database session is opened for it."""


def declarations(app: FastAPI) -> list[Declaration]:
    """Return what every route of the API declares, those of included routers too."""
    return [
        Declaration(
            route.path or "",
            frozenset(route.methods or ()),
            _declared(route.dependant),
            frozenset(parameter.name for parameter in route.dependant.path_params),
            _known_first(route.dependant),
        )
        for route in iter_route_contexts(app.routes)
        if isinstance(route.original_route, APIRoute)
    ]


def _known_first(dependant: Dependant) -> bool:
    calls = [dependency.call for dependency in dependant.dependencies]
    access = [isinstance(call, (Requires, Open)) for call in calls]
    sessions = [call in SESSIONS for call in calls]
    return True not in sessions or True in access[: sessions.index(True)]


def _declared(dependant: Dependant) -> Permission | Literal["public"] | None:
    for dependency in dependant.dependencies:
        if isinstance(dependency.call, Requires):
            return dependency.call.permission
        if isinstance(dependency.call, Open):
            return "public"
    return None
