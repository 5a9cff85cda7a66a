from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from server.access import Reader
from server.parts import Reading
from server.runs.chosen import Chosen
from server.samples import service
from server.samples.schemas import SamplePage, SharedItems, Structure
from server.schemas import MOST

router = APIRouter(tags=["samples"])


@router.get("/runs/{run_id}/samples")
async def list_samples(
    run_id: str,
    actor: Reader,
    session: Reading,
    step: Annotated[int | None, Query(ge=0, le=MOST, description="Of this step only")] = None,
    item: Annotated[
        str | None, Query(max_length=500, description="Of this item, and the steps that drew it")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 20,
    after: str | None = None,
) -> SamplePage:
    """Demonstrations and rollouts of a run."""
    return await service.page(session, run_id, step, item, limit, after)


@router.get("/runs/{run_id}/structure")
async def get_structure(run_id: str, actor: Reader, session: Reading) -> Structure:
    """How many caption items and reasoning steps a run's samples have, and the supervision's."""
    return await service.structure(session, run_id)


@router.get("/shared-samples")
async def list_shared_samples(
    actor: Reader,
    session: Reading,
    runs: Chosen,
    item: Annotated[
        str | None, Query(max_length=500, description="The first of the items if left out")
    ] = None,
) -> SharedItems:
    """The items that several runs have samples of, and the newest sample of one from each run."""
    return await service.shared(session, actor, runs, item)
