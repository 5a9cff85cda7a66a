"""Who may do what.

Every route declares `Public` or the permission it needs as a dependency; `create_app` refuses to
start with a route that declares neither.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, NamedTuple

from fastapi import Depends, FastAPI, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts

from server.actors import Actor, Permission
from server.errors import Forbidden, Unauthenticated
from server.users.service import authenticate


@dataclass(frozen=True)
class Requires:
    """Dependency: the actor, if it has the permission."""

    permission: Permission

    async def __call__(self, request: Request) -> Actor:
        actor = await authenticate(request)
        if actor is None:
            raise Unauthenticated
        if not actor.may(self.permission):
            raise Forbidden(f"The role {actor.role} has no permission to {self.permission}.")
        return actor


class Open:
    """Dependency: anybody."""

    async def __call__(self) -> None:
        return None


Public = Depends(Open())
Reader = Annotated[Actor, Depends(Requires("read"))]
Launcher = Annotated[Actor, Depends(Requires("launch"))]
Administrator = Annotated[Actor, Depends(Requires("administer"))]
WorkerActor = Annotated[Actor, Depends(Requires("work"))]


class Declaration(NamedTuple):
    """A route and what it declares; `access` is None where it declares nothing."""

    path: str
    methods: frozenset[str]
    access: Permission | Literal["public"] | None


def declarations(app: FastAPI) -> list[Declaration]:
    """Return what every route of the API declares, those of included routers too."""
    return [
        Declaration(route.path or "", frozenset(route.methods or ()), _declared(route.dependant))
        for route in iter_route_contexts(app.routes)
        if isinstance(route.original_route, APIRoute)
    ]


def _declared(dependant: Dependant) -> Permission | Literal["public"] | None:
    for dependency in dependant.dependencies:
        if isinstance(dependency.call, Requires):
            return dependency.call.permission
        if isinstance(dependency.call, Open):
            return "public"
    return None
