"""Launching again what ran before: a whole pipeline, or a run with what depends on it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from prism_engine.contract.changes import Change, changes_between, with_change
from prism_engine.contract.config import Evaluate, concise, read_pipeline
from prism_engine.contract.config import Pipeline as Recipe
from prism_engine.contract.settings import FromCheckpoint, FromRun
from server.actors import Actor
from server.checkpoints import repository as checkpoints
from server.errors import Invalid, NotFound
from server.pipelines import repository
from server.pipelines.schemas import ForkDraft, ForkedFrom
from server.runs import repository as runs
from server.schemas import FieldProblem
from server.tables import Checkpoint, Pipeline, Run


@dataclass(frozen=True)
class Origin:
    """What a pipeline is forked from, and the recipe of a fork without a change.

    `state` is the checkpoint that the run goes on from, if it is not to begin anew.
    """

    pipeline: Pipeline
    run: Run | None
    recipe: Recipe
    state: Checkpoint | None

    def changes(self, recipe: Recipe) -> list[Change]:
        """Return in what a recipe differs, what the defaults say included."""
        before, after = self.recipe.model_dump(mode="json"), recipe.model_dump(mode="json")
        return list(changes_between(before, after))

    def check(self, recipe: Recipe) -> None:
        """Raises `Invalid` unless the run that is to go on can do so in this recipe."""
        if self.run is None or self.state is None:
            return
        field = f"runs.{self.run.name}"
        run = recipe.runs.get(self.run.name)
        if run is None or run.kind != self.run.kind:
            raise _invalid(
                field,
                f"a run of this name and of kind {self.run.kind} must stay in the recipe to go "
                f"on after step {self.state.step}; or leave the step out",
            )
        steps: int | None = getattr(run, "steps", None)
        if steps is not None and steps <= self.state.step:
            raise _invalid(
                f"{field}.steps",
                f"it goes on after step {self.state.step}; raise steps above that",
            )


async def origin_of(session: AsyncSession, actor: Actor, source: ForkedFrom) -> Origin:
    """Look up what is to be forked.

    Raises:
        NotFound: there is no such pipeline or run for the actor.
        Invalid: the run has no durable checkpoint of the step.
    """
    run = await runs.find(session, source.run_id) if source.run_id else None
    pipeline = await repository.find(session, run.pipeline_id if run else source.pipeline_id or "")
    if not actor.may("read", pipeline.project_id):
        raise NotFound("run" if run else "pipeline", source.run_id or source.pipeline_id or "")
    recipe = read_pipeline(pipeline.recipe)
    if run is None:
        return Origin(pipeline, None, recipe, None)
    return Origin(
        pipeline,
        run,
        await _part(session, pipeline, recipe, run.name, alone=source.alone),
        await _state(session, run, source.step),
    )


async def draft(session: AsyncSession, actor: Actor, source: ForkedFrom) -> ForkDraft:
    """Return the recipe that a fork begins with, and the steps that it may go on after."""
    origin = await origin_of(session, actor, source)
    saved = await checkpoints.resumable(session, origin.run.id) if origin.run else []
    return ForkDraft(
        recipe=concise(origin.recipe),
        steps=list(dict.fromkeys(checkpoint.step for checkpoint in saved)),
    )


def changed(origin: Origin, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the recipe with settings replaced. Raises `Invalid` where there is none to replace."""
    recipe = concise(origin.recipe)
    for field, value in changes.items():
        path = field
        if origin.run is not None and field.partition(".")[0] not in Recipe.model_fields:
            path = f"runs.{origin.run.name}.{field}"
        try:
            recipe = with_change(recipe, path, value)
        except KeyError as error:
            raise _invalid(path, "there is no such setting to replace") from error
    return recipe


async def _part(
    session: AsyncSession, pipeline: Pipeline, recipe: Recipe, name: str, *, alone: bool
) -> Recipe:
    """Return the recipe of a run and what depends on it.

    In place of the runs before it stand their checkpoints; who left none runs again.
    """
    ids = {run.name: run.id for run in await runs.of_pipelines(session, [pipeline.id])}
    kept = {other for other in recipe.runs if name in recipe.ancestors(other)}
    if alone:
        kept = {name}
    found: dict[tuple[str, str], str] = {}
    waiting = list(kept)
    while waiting:
        child = waiting.pop()
        for role, parent in _parents(recipe, child):
            if parent in kept or (parent, role) in found:
                continue
            export = await checkpoints.newest_export(session, ids[parent], role)
            if export is not None:
                found[parent, role] = export.id
            else:
                kept.add(parent)
                waiting.append(parent)
    return _only(recipe, kept, found)


def _parents(recipe: Recipe, child: str) -> list[tuple[str, str]]:
    return [(role, parent) for name, role, parent in recipe.edges() if name == child]


def _only(recipe: Recipe, kept: Collection[str], found: Mapping[tuple[str, str], str]) -> Recipe:
    selected = {}
    for name, run in recipe.runs.items():
        if name not in kept:
            continue
        replaced: dict[str, Any] = {
            role: FromCheckpoint(checkpoint=found[parent, role])
            for role, parent in _parents(recipe, name)
            if parent not in kept
        }
        if isinstance(run, Evaluate) and isinstance(run.policy, FromRun):
            # The policy's run is what the row of the results table is called by.
            replaced["arm"] = run.arm or (run.policy.run if "policy" in replaced else None)
        selected[name] = run.model_copy(update=replaced)
    return recipe.model_copy(update={"runs": selected})


async def _state(session: AsyncSession, run: Run, step: int | None) -> Checkpoint | None:
    if step is None:
        return None
    saved = await checkpoints.resumable(session, run.id)
    found = next((checkpoint for checkpoint in saved if checkpoint.step == step), None)
    if found is None:
        steps = sorted({checkpoint.step for checkpoint in saved})
        have = f"choose one of {', '.join(map(str, steps))}" if steps else "leave step out"
        message = f"run {run.name} has no durable checkpoint of step {step}; {have}"
        raise _invalid("forked_from.step", message)
    return found


def _invalid(field: str, message: str) -> Invalid:
    return Invalid(f"{field}: {message}", [FieldProblem(field=field, message=message)])
