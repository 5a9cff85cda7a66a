from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from server.errors import Invalid
from server.runs import repository as runs
from server.runs.snapshots import columns
from server.samples import repository
from server.samples.schemas import SamplePage, StepSample
from server.schemas import MOST, FieldProblem


async def page(
    session: AsyncSession, run_id: str, step: int | None, limit: int, after: str | None
) -> SamplePage:
    await runs.find(session, run_id)
    rows = await repository.page(session, run_id, step, limit + 1, _place(after))
    shown = rows[:limit]
    last = shown[-1] if len(rows) > limit else None
    return SamplePage(
        data=[StepSample.model_validate(columns(row)) for row in shown],
        next_cursor=last and f"{last.step}.{last.position}.{last.number}",
        steps=await repository.steps(session, run_id),
    )


def _place(after: str | None) -> tuple[int, int, int] | None:
    if after is None:
        return None
    try:
        step, position, number = map(int, after.split("."))
        if max(step, position, number) > MOST:
            raise ValueError("beyond every row")
    except ValueError as error:
        problem = FieldProblem(field="after", message="not a cursor of this list")
        raise Invalid("The cursor cannot be read.", [problem]) from error
    return step, position, number
