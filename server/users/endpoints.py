from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, status

from server.access import Administrator
from server.parts import PartsOf, Reading, Writing
from server.schemas import Page
from server.users import service
from server.users.schemas import CreatedUser, NewUser, SignInLink, UserChange, UserSnapshot

router = APIRouter(prefix="/users", tags=["users"])


@router.get("")
async def list_users(
    actor: Administrator,
    session: Reading,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: str | None = None,
) -> Page[UserSnapshot]:
    """Accounts, oldest first."""
    return await service.page(session, limit, after)


@router.post("", status_code=status.HTTP_201_CREATED)
async def create_user(
    body: NewUser, actor: Administrator, session: Writing, parts: PartsOf
) -> CreatedUser:
    """Open an account; its person sets a password by the link that comes back."""
    return await service.create(session, body, parts.settings.public_url)


@router.patch("/{user_id}")
async def change_user(
    user_id: str, body: UserChange, actor: Administrator, session: Writing
) -> UserSnapshot:
    """Make somebody an administrator or not, or disable an account and end its sessions."""
    return await service.change(session, user_id, body)


@router.post("/{user_id}/set-up-link", status_code=status.HTTP_201_CREATED)
async def create_set_up_link(
    user_id: str, actor: Administrator, session: Writing, parts: PartsOf
) -> SignInLink:
    """A new link by which a person sets a password, once, within a day."""
    return await service.set_up_link(session, user_id, parts.settings.public_url)
