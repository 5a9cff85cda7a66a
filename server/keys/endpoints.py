from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, status

from prism_engine.contract.settings import Name
from server.access import ProjectAdmin
from server.keys import service
from server.keys.schemas import KeySnapshot, NewKey
from server.parts import PartsOf, Reading, Writing
from server.schemas import Page

router = APIRouter(prefix="/projects/{project_id}/keys", tags=["keys"])

KeyName = Annotated[Name, Path(description="As the endpoints of recipes name it")]


@router.get("")
async def list_keys(project_id: str, actor: ProjectAdmin, session: Reading) -> Page[KeySnapshot]:
    """Names of a project's keys; no answer holds their values."""
    return await service.page(session, project_id)


@router.put("/{key_name}")
async def set_key(
    project_id: str,
    key_name: KeyName,
    body: NewKey,
    actor: ProjectAdmin,
    session: Writing,
    parts: PartsOf,
) -> KeySnapshot:
    """Keep the secret that endpoints of this project's runs want, in place of a former one."""
    return await service.put(session, parts.settings, actor, project_id, key_name, body)


@router.delete("/{key_name}", status_code=status.HTTP_204_NO_CONTENT)
async def delete_key(
    project_id: str, key_name: KeyName, actor: ProjectAdmin, session: Writing
) -> None:
    """Forget a key; runs that need it fail from their next attempt on."""
    await service.delete(session, project_id, key_name)
