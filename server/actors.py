"""Whoever sends a request, and what each role may do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from server.users.schemas import UserRole

Permission = Literal["read", "launch", "administer", "work"]

PERMISSIONS: Mapping[UserRole, frozenset[Permission]] = {
    "viewer": frozenset({"read"}),
    "member": frozenset({"read", "launch"}),
    "admin": frozenset({"read", "launch", "administer"}),
    # A worker's token opens the worker's endpoints and nothing else: it lies on GPU hosts.
    "worker": frozenset({"work"}),
}


@dataclass(frozen=True)
class Actor:
    """Whoever sends a request, known by a session's cookie or by a token."""

    id: str
    name: str
    role: UserRole
    credential: str
    """Id of the session or token; a stream asks again whether it is still good."""

    def may(self, permission: Permission) -> bool:
        return permission in PERMISSIONS[self.role]
