from __future__ import annotations

from fastapi import APIRouter, status

from server.access import ProjectAdmin, Reader
from server.checkpoints import service as checkpoints
from server.checkpoints.schemas import CheckpointSnapshot
from server.parts import Reading, Writing
from server.retention import chosen, deletion, policy
from server.retention.schemas import ChosenRemoval, ChosenRuns, Removal, Retention
from server.runs import repository as runs
from server.tables import Project

router = APIRouter(tags=["retention"])


@router.get("/projects/{project_id}/retention")
async def get_retention(project_id: str, actor: Reader, session: Reading) -> Retention:
    """How long a project keeps what its ended runs left behind."""
    project = await session.get_one(Project, project_id)
    return Retention.model_validate(project.retention)


@router.put("/projects/{project_id}/retention")
async def set_retention(
    project_id: str, body: Retention, actor: ProjectAdmin, session: Writing
) -> Retention:
    """Set how long a project keeps things; a duty applies it every hour."""
    project = await session.get_one(Project, project_id)
    project.retention = body.model_dump(exclude_none=True)
    return body


@router.post("/projects/{project_id}/retention:preview")
async def preview_retention(
    project_id: str, body: Retention, actor: ProjectAdmin, session: Reading
) -> Removal:
    """Say what a policy would remove now, without removing anything."""
    return await policy.preview(session, project_id, body)


@router.post("/runs:preview-deletion")
async def preview_deletion(
    body: ChosenRuns, actor: ProjectAdmin, session: Reading
) -> ChosenRemoval:
    """Say which of these runs can be deleted, in which order, and what that would free."""
    return await chosen.preview(session, actor, body.runs)


@router.get("/runs/{run_id}/deletion")
async def preview_run_deletion(run_id: str, actor: ProjectAdmin, session: Reading) -> Removal:
    """Say what deleting a run would free, and who needs it."""
    return await deletion.preview(session, [run_id])


@router.delete("/runs/{run_id}", status_code=status.HTTP_204_NO_CONTENT)
async def delete_run(run_id: str, actor: ProjectAdmin, session: Writing) -> None:
    """Delete an ended run that nothing started from, with the files that only it used."""
    await deletion.delete_run(session, run_id)


@router.get("/pipelines/{pipeline_id}/deletion")
async def preview_pipeline_deletion(
    pipeline_id: str, actor: ProjectAdmin, session: Reading
) -> Removal:
    """Say what deleting a pipeline would free, and who needs it."""
    of_pipeline = await runs.of_pipelines(session, [pipeline_id])
    return await deletion.preview(session, [run.id for run in of_pipeline])


@router.delete("/pipelines/{pipeline_id}", status_code=status.HTTP_204_NO_CONTENT)
async def delete_pipeline(pipeline_id: str, actor: ProjectAdmin, session: Writing) -> None:
    """Delete an ended pipeline that nothing started from, with the files that only it used."""
    await deletion.delete_pipeline(session, pipeline_id)


@router.delete("/checkpoints/{checkpoint_id}")
async def delete_checkpoint(
    checkpoint_id: str, actor: ProjectAdmin, session: Writing
) -> CheckpointSnapshot:
    """Delete the files of a checkpoint that nobody needs; that it was saved stays known."""
    await deletion.delete_checkpoint(session, checkpoint_id)
    return await checkpoints.get(session, checkpoint_id)
