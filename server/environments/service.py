from __future__ import annotations

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from prism_engine.contract.environment import Environment, Patch
from server.environments import repository
from server.environments.schemas import CodeDifference, RecordedInput, RunEnvironment
from server.errors import NotFound
from server.runs import repository as runs
from server.tables import Attempt


async def get(session: AsyncSession, run_id: str, number: int | None) -> RunEnvironment:
    await runs.find(session, run_id)
    found = await repository.recorded(session, run_id, number)
    if found is None:
        return RunEnvironment(
            run_id=run_id, attempt=None, recorded_at=None, environment=None, inputs=[]
        )
    attempt, event = found
    return RunEnvironment(
        run_id=run_id,
        attempt=attempt.number,
        recorded_at=event.at,
        environment=Environment.model_validate((event.content or {})["environment"]),
        inputs=_inputs(attempt),
    )


async def code_difference(session: AsyncSession, run_id: str, number: int | None) -> CodeDifference:
    await runs.find(session, run_id)
    found = await repository.recorded(session, run_id, number)
    if found is None:
        raise NotFound("record of the environment of run", run_id)
    attempt, event = found
    patches = [Patch.model_validate(one) for one in (event.content or {}).get("patches", [])]
    return CodeDifference(run_id=run_id, attempt=attempt.number, patches=patches)


async def compared(session: AsyncSession, run_id: str) -> dict[str, Any]:
    """What runs are compared by, of the newest attempt that recorded it."""
    environment = (await get(session, run_id, None)).environment
    return dict(environment.compared()) if environment else {}


def _inputs(attempt: Attempt) -> list[RecordedInput]:
    given = attempt.claimed_run.get("inputs", [])
    return [RecordedInput.model_validate(one) for one in given]
