"""What a first start leaves in the home: the administrator, two tokens and the key file."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from server.identifiers import new_id
from server.tables import User
from server.users import repository
from server.users.schemas import UserRole
from server.users.service import digest, new_token

TOKEN_FILES: dict[str, UserRole] = {"token": "admin", "worker-token": "worker"}


async def install(session: AsyncSession, home: Path) -> None:
    """Create what is missing; files and rows that are there stay as they are."""
    if await repository.administrator(session) is None:
        session.add(User(id=new_id("usr"), name="admin", role="admin"))
    read_or_create(home / "key", secrets.token_hex(32))
    for file, role in TOKEN_FILES.items():
        secret = read_or_create(home / file, f"prism_{secrets.token_urlsafe(32)}")
        # The database may be new while the home is not.
        if not await repository.token_exists(session, digest(secret)):
            await new_token(session, f"local {file}", role, secret)


def read_or_create(path: Path, content: str) -> str:
    """Return the file's content; a file that is not there is made, for its owner only."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(descriptor, "w") as file:
        file.write(content + "\n")
    return content
