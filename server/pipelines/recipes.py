"""What only the server can know about a recipe: what is registered, saved and uploaded."""

from __future__ import annotations

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from prism_engine.contract.config import Ask, InvalidRecipe, Pipeline, Problem
from prism_engine.contract.config import read_pipeline as read_contract
from prism_engine.contract.settings import FromCheckpoint, FromModel
from server.actors import Actor
from server.errors import Invalid
from server.pipelines import repository
from server.projects import repository as projects
from server.schemas import FieldProblem
from server.tables import CheckpointName


async def read_recipe(
    session: AsyncSession,
    actor: Actor,
    written: dict[str, Any] | str,
    project_id: str | None,
    hub_models: frozenset[str],
) -> Pipeline:
    """Read a recipe and check it.

    Args:
        session: to look up what is registered.
        actor: who must be able to read the checkpoints that are named.
        written: the recipe, as an object or as YAML.
        project_id: whose names of checkpoints it may say; the default project's if left out.
        hub_models: hub ids that need no registration.

    Raises:
        Invalid: every field that is wrong, with its remedy.
    """
    try:
        recipe = read_contract(written)
    except InvalidRecipe as error:
        raise refusal(error) from error
    recipe = await _with_ids(session, actor, recipe, project_id)
    await check_registered(session, actor, recipe, hub_models)
    return recipe


async def _with_ids(
    session: AsyncSession, actor: Actor, recipe: Pipeline, project_id: str | None
) -> Pipeline:
    """Put ids for the names of checkpoints, which may be another's tomorrow."""
    if project_id is None and recipe.checkpoints():
        oldest = await projects.oldest_to_launch(session, actor)
        project_id = oldest.id if oldest else None
    runs = dict(recipe.runs)
    for run, role, named in recipe.checkpoints():
        known = await session.get(CheckpointName, (project_id, named)) if project_id else None
        if known is not None:
            reference = FromCheckpoint(checkpoint=known.checkpoint_id)
            runs[run] = runs[run].model_copy(update={role: reference})
    return recipe.model_copy(update={"runs": runs})


async def check_registered(
    session: AsyncSession, actor: Actor, recipe: Pipeline, hub_models: frozenset[str]
) -> None:
    """Refuse a recipe that names what was not registered, saved or uploaded. Raises `Invalid`."""
    problems = await _unregistered(session, recipe, hub_models)
    problems += await _not_uploaded(session, recipe)
    for run, role, named in recipe.checkpoints():
        if problem := await _problem_with(session, actor, run, role, named):
            problems.append(problem)
    if problems:
        raise refusal(InvalidRecipe(problems))


def refusal(error: InvalidRecipe) -> Invalid:
    """What the contract refuses, as the API says it."""
    fields = [FieldProblem(field=p.field, message=p.message) for p in error.problems]
    return Invalid(str(error), fields)


async def _unregistered(
    session: AsyncSession, recipe: Pipeline, hub_models: frozenset[str]
) -> list[Problem]:
    data = {
        f"runs.{name}.{setting}": dataset
        for name, run in recipe.runs.items()
        for setting, dataset in run.data_sets().items()
    }
    models = {
        f"runs.{name}.{role}.model": reference.model
        for name, run in recipe.runs.items()
        for role in ("policy", "discriminator")
        if isinstance(reference := getattr(run, role, None), FromModel)
    }
    datasets_known = await repository.registered_datasets(session, data.values())
    models_known = hub_models | await repository.registered_models(session, models.values())
    return [
        *(
            _problem(f, "data set", "dataset", n)
            for f, n in data.items()
            if n not in datasets_known
        ),
        *(_problem(f, "model", "model", n) for f, n in models.items() if n not in models_known),
    ]


async def _not_uploaded(session: AsyncSession, recipe: Pipeline) -> list[Problem]:
    named = {
        f"runs.{name}.images.{number}": digest
        for name, run in recipe.runs.items()
        for number, digest in enumerate(run.images if isinstance(run, Ask) else ())
    }
    known = await repository.uploaded_images(session, named.values())
    message = "no such image was uploaded here; send it to /projects/{project_id}/images"
    return [
        Problem(field=field, message=message)
        for field, digest in named.items()
        if digest not in known
    ]


async def _problem_with(
    session: AsyncSession, actor: Actor, run: str, role: str, checkpoint_id: str
) -> Problem | None:
    field = f"runs.{run}.{role}.checkpoint"
    found = await repository.checkpoint(session, actor, checkpoint_id)
    if found is None:
        message = f"there is no checkpoint {checkpoint_id}; a run's page lists its own"
        return Problem(field=field, message=message)
    if found.kind != "exported" or found.role != role:
        message = f"{checkpoint_id} is a {found.kind} {found.role}; name an exported {role}"
        return Problem(field=field, message=message)
    if found.durable_at is None:
        message = f"{checkpoint_id} is not in the artifact store; name a durable one"
        return Problem(field=field, message=message)
    return None


def _problem(field: str, what: str, command: str, name: str) -> Problem:
    remedy = f"register it with `prism {command} register {name} LOCATION`"
    return Problem(field=field, message=f"{what} '{name}' is not registered; {remedy}")
