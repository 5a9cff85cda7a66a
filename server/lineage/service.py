"""What a run goes back to and what came of it: data sets, runs and checkpoints."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from prism_engine.contract.changes import changes_between
from server.actors import Actor
from server.environments import service as environments
from server.errors import NotFound
from server.lineage import repository
from server.lineage.repository import Link
from server.lineage.schemas import ConfigDiff, Lineage, LineageEdge, LineageNode
from server.tables import Checkpoint, Dataset, Pipeline, Run

MOST_RUNS = 200
"""More than these nobody can look at in one picture."""

Runs = Mapping[str, tuple[Run, Pipeline]]
Step = Callable[[AsyncSession, Collection[str]], Awaitable[list[Link]]]


async def lineage(session: AsyncSession, actor: Actor, run_id: str) -> Lineage:
    above, whole_above = await _follow(session, run_id, _upwards)
    below, whole_below = await _follow(session, run_id, repository.children)
    links = list(dict.fromkeys([*above, *below]))
    named = {run_id, *(link.parent_id for link in links), *(link.child_id for link in links)}
    runs = await repository.readable(session, actor, named)
    links = [link for link in links if link.parent_id in runs and link.child_id in runs]
    exports = await repository.exports(session, runs)
    edges = [edge for link in links for edge in _edges(link, exports)]
    nodes = [_run_node(run, pipeline) for run, pipeline in runs.values()]
    saved = [edge.source for edge in edges if edge.source not in runs]
    nodes += [_checkpoint_node(row) for row in await repository.checkpoints(session, set(saved))]
    data_nodes, data_edges = await _data(session, runs)
    unique = {(edge.source, edge.target, edge.role): edge for edge in [*edges, *data_edges]}
    return Lineage(
        run_id=run_id,
        nodes=[*nodes, *data_nodes],
        edges=list(unique.values()),
        complete=whole_above and whole_below,
    )


async def compare(session: AsyncSession, actor: Actor, before_id: str, after_id: str) -> ConfigDiff:
    """Return the settings in which two runs differ."""
    runs = await repository.readable(session, actor, [before_id, after_id])
    if missing := next((one for one in (before_id, after_id) if one not in runs), None):
        raise NotFound("run", missing)
    before, after = (
        {"seed": pipeline.seed, **run.config} for run, pipeline in (runs[before_id], runs[after_id])
    )
    used, used_after = [await environments.compared(session, one) for one in (before_id, after_id)]
    return ConfigDiff(
        before_id=before_id,
        after_id=after_id,
        changes=list(changes_between(before, after)),
        environment=list(changes_between(used, used_after)) if used and used_after else [],
    )


async def _upwards(session: AsyncSession, run_ids: Collection[str]) -> list[Link]:
    """Parents, and the curations that the data comes from."""
    links = await repository.parents(session, run_ids)
    return [*links, *await _curations(session, run_ids)]


async def _curations(session: AsyncSession, run_ids: Collection[str]) -> list[Link]:
    found = []
    for run_id in run_ids:
        run = await session.get_one(Run, run_id)
        known = await repository.datasets(session, _data_names(run))
        found += [Link(d.run_id, run_id, "data", d.id) for d in known.values() if d.run_id]
    return found


async def _follow(session: AsyncSession, run_id: str, step: Step) -> tuple[list[Link], bool]:
    """Go on in one direction until there is nothing new; False where it is cut short."""
    links: list[Link] = []
    seen = {run_id}
    frontier: set[str] = {run_id}
    while frontier:
        found = await step(session, frontier)
        links += found
        ends = {end for link in found for end in (link.parent_id, link.child_id)}
        frontier = ends - seen
        seen |= frontier
        if len(seen) > MOST_RUNS:
            return links, False
    return links, True


def _edges(link: Link, exports: Mapping[tuple[str, str], str]) -> list[LineageEdge]:
    """Draw a link through the checkpoint that it goes by; data is drawn with its data sets."""
    if link.role == "data":
        return []
    between = link.checkpoint_id or exports.get((link.parent_id, link.role))
    pairs = (
        [(link.parent_id, between, "saved"), (between, link.child_id, link.role)]
        if between
        else [(link.parent_id, link.child_id, link.role)]
    )
    return [
        LineageEdge.model_validate({"source": source, "target": target, "role": role})
        for source, target, role in pairs
    ]


async def _data(session: AsyncSession, runs: Runs) -> tuple[list[LineageNode], list[LineageEdge]]:
    names = {name for run, _ in runs.values() for name in _data_names(run)}
    known = await repository.datasets(session, names)
    made = await repository.curated(session, runs)
    edges = [
        LineageEdge(source=known[name].id, target=run.id, role="data")
        for run, _ in runs.values()
        for name in dict.fromkeys(_data_names(run))
        if name in known
    ]
    edges += [
        LineageEdge(source=dataset.run_id, target=dataset.id, role="curated")
        for dataset in (*known.values(), *made)
        if dataset.run_id in runs and dataset.run_id is not None
    ]
    unique = {dataset.id: dataset for dataset in (*known.values(), *made)}
    return [_dataset_node(dataset) for dataset in unique.values()], edges


def _data_names(run: Run) -> Sequence[str]:
    config = run.config
    return [
        name
        for name in (
            config.get("data"),
            *config.get("mixed_with", {}),
            *config.get("benchmarks", {}).values(),
        )
        if name
    ]


def _run_node(run: Run, pipeline: Pipeline) -> LineageNode:
    return LineageNode.model_validate(
        {
            "id": run.id,
            "kind": "run",
            "name": run.name,
            "run_kind": run.kind,
            "state": run.state,
            "step": run.step,
            "pipeline_id": pipeline.id,
            "pipeline": pipeline.name,
            "number": pipeline.number,
        }
    )


def _checkpoint_node(row: Checkpoint) -> LineageNode:
    return LineageNode(id=row.id, kind="checkpoint", name=f"{row.kind} {row.role}", step=row.step)


def _dataset_node(row: Dataset) -> LineageNode:
    return LineageNode(id=row.id, kind="dataset", name=row.name)
