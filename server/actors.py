"""Whoever sends a request, and what each role may do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Role = Literal["viewer", "member", "admin"]
"""What a person is in a project."""

Permission = Literal[
    "identify", "account", "read", "launch", "administer", "operate", "monitor", "work"
]

ROLES: Mapping[Role, frozenset[Permission]] = {
    "viewer": frozenset({"read"}),
    "member": frozenset({"read", "launch"}),
    "admin": frozenset({"read", "launch", "administer"}),
}
"""What each role may do in its project."""

PERSONAL: frozenset[Permission] = frozenset({"identify", "account"})
"""What everybody may who has an account: know who one is, and see to one's own credentials."""

PERSON: frozenset[Permission] = PERSONAL | ROLES["admin"] | {"operate", "monitor"}
"""All that a person can be allowed; `operate` is the whole installation, `monitor` its figures."""

WORKER: frozenset[Permission] = frozenset({"work"})
"""A worker's token opens the worker's endpoints and nothing else: it lies on GPU hosts."""


@dataclass(frozen=True)
class Scope:
    """What a credential allows of what its owner may; None is no limit."""

    permissions: frozenset[Permission] = PERSON
    projects: frozenset[str] | None = None
    queues: frozenset[str] | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Actor:
    """Whoever sends a request, known by a session's cookie or by a token."""

    id: str
    name: str
    credential: str
    """Id of the session or token; a stream asks again whether it is still good."""
    administrator: bool = False
    roles: Mapping[str, Role] = field(default_factory=dict)
    """By project."""
    scope: Scope = Scope()

    def may(self, permission: Permission, project_id: str | None = None) -> bool:
        """Whether it has the permission in the project, or in any if none is named."""
        if permission not in self.scope.permissions:
            return False
        if permission in WORKER or permission == "identify":
            return True
        # A credential for some projects reaches nothing that lies beyond them.
        if permission == "account":
            return self.scope.projects is None
        if permission in ("operate", "monitor"):
            return self.administrator and self.scope.projects is None
        allowed = self.projects(permission)
        if allowed is None or project_id is None:
            return allowed is None or bool(allowed)
        return project_id in allowed

    def projects(self, permission: Permission) -> frozenset[str] | None:
        """Return the projects in which it has the permission; None means all there are."""
        if permission not in self.scope.permissions:
            return frozenset()
        if self.administrator or permission in WORKER:
            return self.scope.projects
        own = {project for project, role in self.roles.items() if permission in ROLES[role]}
        return frozenset(own if self.scope.projects is None else own & self.scope.projects)
