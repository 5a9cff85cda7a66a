from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from server.access import Owner, Public
from server.errors import ProviderFailed
from server.oidc import service
from server.oidc.schemas import ProviderPage, SignInWays
from server.parts import PartsOf
from server.sessions.endpoints import set_cookie
from server.sessions.service import browser_of

router = APIRouter(prefix="/session", tags=["session"])


@router.get("/ways", dependencies=[Public])
async def get_sign_in_ways(parts: PartsOf) -> SignInWays:
    """How one can sign in."""
    return SignInWays(provider=parts.settings.oidc_name if parts.provider else None)


@router.post("/oidc", dependencies=[Public])
async def begin_sign_in(response: Response, parts: PartsOf) -> ProviderPage:
    """Begin to sign in by the OpenID Connect provider."""
    url, state = await service.begin(parts, None)
    _keep(response, parts, state)
    return ProviderPage(url=url)


@router.post("/oidc/link")
async def begin_link(response: Response, actor: Owner, parts: PartsOf) -> ProviderPage:
    """Begin to link the provider's account to one's own."""
    url, state = await service.begin(parts, actor)
    _keep(response, parts, state)
    return ProviderPage(url=url)


@router.get(
    "/oidc/callback",
    dependencies=[Public],
    response_class=RedirectResponse,
    status_code=303,
)
async def finish_sign_in(
    request: Request,
    parts: PartsOf,
    state: Annotated[str, Query(max_length=200)] = "",
    code: Annotated[str, Query(max_length=4000)] = "",
) -> RedirectResponse:
    """Where the provider sends the browser back to."""
    browser = browser_of(request, parts.settings.cookie)
    kept = request.cookies.get(service.FLOW_COOKIE)
    try:
        cookie = await service.finish(parts, code, state, kept, browser)
    except ProviderFailed:
        # A person looks at this answer, not a program: the page says what can be done.
        response = RedirectResponse("../../../../sign-in?failed=provider", status_code=303)
    else:
        response = RedirectResponse("../../../../", status_code=303)
        set_cookie(response, parts, cookie)
    response.delete_cookie(service.FLOW_COOKIE, path="/")
    return response


def _keep(response: Response, parts: PartsOf, state: str) -> None:
    response.set_cookie(
        service.FLOW_COOKIE,
        state,
        max_age=int(service.FLOW_LIFETIME.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=parts.settings.behind_tls_proxy,
        path="/",
    )
