"""The words by which a run is found, kept in an index that both databases read by prefix."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from server.tables import Pipeline, PipelineTag, Run, RunTag, RunWord

LONGEST_WORD = 40
BEYOND = "\U0010ffff"
"""Comes after every character: what begins with a word lies between it and it with this."""

_WORD = re.compile(r"[^\W_]+")


def words(text: str) -> list[str]:
    """Return the words of a text, in small letters and cut where they are no words any more."""
    return [word[:LONGEST_WORD] for word in _WORD.findall(text.lower())]


async def remember_words(session: AsyncSession, run_ids: Iterable[str]) -> None:
    """Bring the index in line with names, notes and tags of these runs and their pipelines."""
    ids = list(run_ids)
    await session.execute(delete(RunWord).where(RunWord.run_id.in_(ids)))
    query = (
        select(Run.id, Run.name, Run.kind, Run.note, Pipeline.name, Pipeline.note)
        .join(Pipeline, Pipeline.id == Run.pipeline_id)
        .where(Run.id.in_(ids))
    )
    texts = {run_id: " ".join(rest) for run_id, *rest in await session.execute(query)}
    tags = select(RunTag.run_id, RunTag.tag).where(RunTag.run_id.in_(ids))
    inherited = (
        select(Run.id, PipelineTag.tag)
        .join(PipelineTag, PipelineTag.pipeline_id == Run.pipeline_id)
        .where(Run.id.in_(ids))
    )
    for run_id, tag in await session.execute(tags.union_all(inherited)):
        texts[run_id] += f" {tag}"
    rows = [
        {"run_id": run_id, "word": word}
        for run_id, text in texts.items()
        for word in sorted(set(words(text)))
    ]
    if rows:
        await session.execute(insert(RunWord), rows)
