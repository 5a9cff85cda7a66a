from __future__ import annotations

from fastapi import APIRouter, Request, Response, status

from server.access import Administrator, Public, Reader
from server.parts import PartsOf, Reading, Writing
from server.users import service
from server.users.schemas import SignIn, SignInLink, UserSnapshot

router = APIRouter(prefix="/session", tags=["session"])


@router.post("", dependencies=[Public])
async def sign_in(
    body: SignIn, request: Request, response: Response, session: Writing, parts: PartsOf
) -> UserSnapshot:
    """Exchange a sign-in link's secret for a session."""
    user, secret = await service.sign_in(session, body.secret)
    response.set_cookie(
        service.COOKIE,
        secret,
        max_age=int(service.SESSION_LIFETIME.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https" or parts.settings.behind_tls_proxy,
        path="/",
    )
    return user


@router.get("")
async def get_session(session: Reading, actor: Reader) -> UserSnapshot:
    """Who is signed in."""
    return UserSnapshot(id=actor.id, name=actor.name, role=actor.role)


@router.delete("", status_code=status.HTTP_204_NO_CONTENT)
async def sign_out(response: Response, session: Writing, actor: Reader) -> None:
    """End the session."""
    await service.sign_out(session, actor)
    response.delete_cookie(service.COOKIE, path="/")


@router.post("/links", status_code=status.HTTP_201_CREATED)
async def create_sign_in_link(session: Writing, parts: PartsOf, actor: Administrator) -> SignInLink:
    """A new link that signs one browser in."""
    return await service.new_link(session, parts.settings.public_url)
