from __future__ import annotations

from fastapi import APIRouter

from server.access import Reader
from server.corpora import service
from server.corpora.schemas import CuratedDatasetSnapshot
from server.parts import Reading
from server.schemas import Page

router = APIRouter(prefix="/runs", tags=["corpora"])


@router.get("/{run_id}/datasets")
async def list_curated_datasets(
    run_id: str, actor: Reader, session: Reading
) -> Page[CuratedDatasetSnapshot]:
    """The data sets that a curation ended in."""
    return await service.page(session, run_id)
