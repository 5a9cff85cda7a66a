from __future__ import annotations

from fastapi import APIRouter, status

from server.access import Administrator, Owner
from server.parts import Reading, Writing
from server.schemas import Page
from server.tokens import service
from server.tokens.schemas import CreatedToken, NewToken, NewWorkerToken, TokenSnapshot

router = APIRouter(tags=["tokens"])


@router.get("/tokens")
async def list_tokens(actor: Owner, session: Reading) -> Page[TokenSnapshot]:
    """One's own tokens that were not revoked, newest first."""
    return await service.own(session, actor.id)


@router.post("/tokens", status_code=status.HTTP_201_CREATED)
async def create_token(body: NewToken, actor: Owner, session: Writing) -> CreatedToken:
    """A token of one's own; its secret is shown this once."""
    return await service.create(session, actor, body)


@router.delete("/tokens/{token_id}", status_code=status.HTTP_204_NO_CONTENT)
async def revoke_token(token_id: str, actor: Owner, session: Writing) -> None:
    """Make a token of one's own worthless."""
    await service.revoke(session, actor.id, token_id)


@router.get("/worker-tokens")
async def list_worker_tokens(actor: Administrator, session: Reading) -> Page[TokenSnapshot]:
    """Tokens of workers that were not revoked, newest first."""
    return await service.own(session, None)


@router.post("/worker-tokens", status_code=status.HTTP_201_CREATED)
async def create_worker_token(
    body: NewWorkerToken, actor: Administrator, session: Writing
) -> CreatedToken:
    """A token for workers; its secret is shown this once."""
    return await service.create_for_workers(session, body)


@router.delete("/worker-tokens/{token_id}", status_code=status.HTTP_204_NO_CONTENT)
async def revoke_worker_token(token_id: str, actor: Administrator, session: Writing) -> None:
    """Make a token of workers worthless."""
    await service.revoke(session, None, token_id)
