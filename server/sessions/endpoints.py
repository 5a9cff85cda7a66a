from __future__ import annotations

from fastapi import APIRouter, Request, Response, status

from server.access import Administrator, Owner, Public, SignedIn
from server.authentication import authenticate_cookie
from server.errors import Unauthenticated
from server.parts import Parts, PartsOf, Reading, Writing
from server.schemas import Page
from server.sessions import service
from server.sessions.schemas import (
    AcceptedInvitation,
    Identity,
    PasswordChange,
    PasswordSignIn,
    SessionSnapshot,
    SetUp,
    SignIn,
)
from server.sessions.service import Browser, browser_of
from server.users import repository as users
from server.users.schemas import SignInLink
from server.users.service import new_link

router = APIRouter(tags=["session"])


def _browser(request: Request, parts: Parts) -> Browser:
    return browser_of(request, parts.settings.cookie)


async def _signed_in(response: Response, parts: Parts, cookie: str) -> Identity:
    set_cookie(response, parts, cookie)
    async with parts.database.reading() as session:
        actor = await authenticate_cookie(session, cookie)
        if actor is None:
            raise Unauthenticated
        return await service.identity(session, actor)


def set_cookie(response: Response, parts: Parts, cookie: str) -> None:
    """Have the browser keep its session."""
    response.set_cookie(
        parts.settings.cookie,
        cookie,
        max_age=int(service.SESSION_LIFETIME.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=parts.settings.behind_tls_proxy,
        path="/",
    )


@router.post("/session", dependencies=[Public])
async def sign_in(body: SignIn, request: Request, response: Response, parts: PartsOf) -> Identity:
    """Exchange a sign-in link's secret for a session."""
    cookie = await service.sign_in_by_link(parts, body.secret, _browser(request, parts))
    return await _signed_in(response, parts, cookie)


@router.post("/session/password", dependencies=[Public])
async def sign_in_by_password(
    body: PasswordSignIn, request: Request, response: Response, parts: PartsOf
) -> Identity:
    """Exchange a name and password for a session."""
    cookie = await service.sign_in_by_password(parts, body, _browser(request, parts))
    return await _signed_in(response, parts, cookie)


@router.post("/session/set-up", dependencies=[Public])
async def set_up(body: SetUp, request: Request, response: Response, parts: PartsOf) -> Identity:
    """Set a password by a set-up link's secret, and sign in."""
    cookie = await service.set_up(parts, body, _browser(request, parts))
    return await _signed_in(response, parts, cookie)


@router.post("/session/invitation", dependencies=[Public])
async def accept_invitation(
    body: AcceptedInvitation, request: Request, response: Response, parts: PartsOf
) -> Identity:
    """Open an account by an invitation's secret, and sign in."""
    cookie = await service.accept_invitation(parts, body, _browser(request, parts))
    return await _signed_in(response, parts, cookie)


@router.get("/session")
async def get_session(actor: SignedIn, session: Reading) -> Identity:
    """Who is signed in."""
    return await service.identity(session, actor)


@router.delete("/session", status_code=status.HTTP_204_NO_CONTENT)
async def sign_out(response: Response, actor: SignedIn, session: Writing, parts: PartsOf) -> None:
    """End the session."""
    if actor.credential.startswith("ses_"):
        await service.end(session, actor, actor.credential)
    response.delete_cookie(parts.settings.cookie, path="/", secure=parts.settings.behind_tls_proxy)


@router.put("/session/password", status_code=status.HTTP_204_NO_CONTENT)
async def change_password(
    body: PasswordChange, request: Request, response: Response, actor: Owner, parts: PartsOf
) -> None:
    """Set one's password; every other session of one's own ends."""
    cookie = await service.change_password(parts, actor, body, _browser(request, parts))
    if cookie:
        set_cookie(response, parts, cookie)


@router.post("/session/links", status_code=status.HTTP_201_CREATED)
async def create_sign_in_link(actor: Administrator, session: Writing, parts: PartsOf) -> SignInLink:
    """A new link that signs one more browser in as oneself."""
    user = await users.find(session, actor.id)
    return await new_link(session, parts.settings.public_url, user, "sign-in")


@router.get("/sessions")
async def list_sessions(actor: Owner, session: Reading) -> Page[SessionSnapshot]:
    """One's own signed-in browsers, newest first."""
    return await service.list_own(session, actor)


@router.delete("/sessions/{session_id}", status_code=status.HTTP_204_NO_CONTENT)
async def end_session(session_id: str, actor: Owner, session: Writing) -> None:
    """Sign one of one's own browsers out."""
    await service.end(session, actor, session_id)
