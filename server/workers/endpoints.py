from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request, Response, status

from prism_engine.contract import VERSION
from server.access import Administrator, Reader, WorkerActor
from server.artifacts import service as artifacts
from server.artifacts.endpoints import Digest
from server.checkpoints import service as checkpoints
from server.checkpoints.schemas import CheckpointSnapshot, NewCheckpoint
from server.corpora import service as corpora
from server.corpora.schemas import CuratedDatasetSnapshot, NewCorpus
from server.errors import ContractMismatch
from server.events.schemas import Acknowledgement, EventBatch
from server.json_route import JSONRoute
from server.parts import PartsOf, Reading, Writing
from server.runs.schemas import RunSnapshot
from server.schemas import Page
from server.storage.disk import Room
from server.workers import claims, service
from server.workers.schemas import (
    AttemptExit,
    ClaimedRun,
    ClaimOffer,
    DiskReport,
    Heartbeat,
    NewWorker,
    Registration,
    WorkerSnapshot,
)


async def same_contract(
    prism_contract: Annotated[int | None, Header(description="The contract's version")] = None,
) -> None:
    """Refuse a worker that would misread what it is told."""
    if prism_contract != VERSION:
        raise ContractMismatch(prism_contract, VERSION)


router = APIRouter(tags=["workers"])
worker_router = APIRouter(
    prefix="/worker",
    tags=["worker"],
    dependencies=[Depends(same_contract)],
    route_class=JSONRoute,
)


@router.get("/workers")
async def list_workers(actor: Reader, session: Reading) -> Page[WorkerSnapshot]:
    """Workers, newest first."""
    return await service.page(session, actor)


@router.post("/workers/{worker_id}/drain")
async def drain_worker(worker_id: str, actor: Administrator, session: Writing) -> WorkerSnapshot:
    """Give a worker no more runs; it is drained once those that it executes have ended."""
    return await service.set_draining(session, worker_id, actor, draining=True)


@router.post("/workers/{worker_id}/resume")
async def resume_worker(worker_id: str, actor: Administrator, session: Writing) -> WorkerSnapshot:
    """Give a worker runs again."""
    return await service.set_draining(session, worker_id, actor, draining=False)


@worker_router.post("/register")
async def register_worker(
    body: NewWorker, actor: WorkerActor, session: Writing, parts: PartsOf
) -> Registration:
    """Make a worker process known."""
    return await service.register(session, parts.settings, body, actor)


@worker_router.post("/workers/{worker_id}/disk", status_code=status.HTTP_204_NO_CONTENT)
async def report_disk(
    worker_id: str, body: DiskReport, actor: WorkerActor, session: Writing, parts: PartsOf
) -> None:
    """Say how much room the disk of a worker has left."""
    await service.report_disk(session, parts.settings, worker_id, body, actor)


@worker_router.post(
    "/claim",
    response_model=ClaimedRun,
    responses={204: {"description": "Nothing to do, in all the time waited"}},
)
async def claim_run(
    body: ClaimOffer, request: Request, parts: PartsOf, actor: WorkerActor
) -> ClaimedRun | Response:
    """Take a waiting run, or wait until there is one."""
    claimed = await claims.wait_for_run(parts, body, actor, request.is_disconnected)
    return claimed or Response(status_code=status.HTTP_204_NO_CONTENT)


@worker_router.post("/attempts/{attempt_id}/heartbeat")
async def send_heartbeat(
    attempt_id: str, actor: WorkerActor, session: Writing, parts: PartsOf
) -> Heartbeat:
    """Renew an attempt's lease."""
    return await service.heartbeat(session, parts.settings, attempt_id, actor)


@worker_router.post("/attempts/{attempt_id}/events")
async def send_events(
    attempt_id: str, body: EventBatch, actor: WorkerActor, parts: PartsOf
) -> Acknowledgement:
    """Store what happened; sending an event twice is harmless."""
    taken = await parts.intake.take(attempt_id, body, actor)
    parts.meters.took_in(taken.accepted, taken.quarantined)
    return taken


@worker_router.post("/members/{member_id}/heartbeat")
async def send_member_heartbeat(
    member_id: str, actor: WorkerActor, session: Writing, parts: PartsOf
) -> Heartbeat:
    """Renew the lease of a further node of an attempt."""
    return await service.member_heartbeat(session, parts.settings, member_id, actor)


@worker_router.post("/members/{member_id}/exit")
async def report_member_exit(
    member_id: str, body: AttemptExit, actor: WorkerActor, session: Writing
) -> RunSnapshot:
    """End a further node of an attempt; saying it twice is harmless."""
    return await service.report_member_exit(session, member_id, body, actor)


@worker_router.head("/artifacts/{digest}", status_code=status.HTTP_204_NO_CONTENT)
async def has_artifact(digest: Digest, actor: WorkerActor, session: Reading) -> None:
    """Whether an upload can be spared."""
    await artifacts.require(session, digest)


@worker_router.put(
    "/artifacts/{digest}", status_code=status.HTTP_204_NO_CONTENT, dependencies=[Room]
)
async def upload_artifact(
    digest: Digest,
    request: Request,
    parts: PartsOf,
    actor: WorkerActor,
    attempt_id: Annotated[str | None, Query(description="The attempt that shows it")] = None,
) -> None:
    """Take an image of at most 1024 × 1024 pixels whose hash is the one in the path."""
    project_id = await service.require_room(parts, attempt_id, actor) if attempt_id else None
    await artifacts.store(parts, digest, request.stream(), project_id)


@worker_router.post("/attempts/{attempt_id}/checkpoints", status_code=status.HTTP_201_CREATED)
async def offer_checkpoint(
    attempt_id: str, body: NewCheckpoint, actor: WorkerActor, session: Writing
) -> CheckpointSnapshot:
    """Report a checkpoint that lies in the artifact store."""
    return await checkpoints.make_durable(session, attempt_id, body, actor)


@worker_router.post("/attempts/{attempt_id}/datasets")
async def offer_datasets(
    attempt_id: str, body: NewCorpus, parts: PartsOf, actor: WorkerActor
) -> Page[CuratedDatasetSnapshot]:
    """Register what a curation ended in; saying it twice registers nothing twice."""
    return await corpora.register(parts, attempt_id, body, actor)


@worker_router.post("/attempts/{attempt_id}/exit")
async def report_exit(
    attempt_id: str, body: AttemptExit, actor: WorkerActor, session: Writing
) -> RunSnapshot:
    """End an attempt; saying it twice is harmless."""
    return await service.report_exit(session, attempt_id, body, actor)
