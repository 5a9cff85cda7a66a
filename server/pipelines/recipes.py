"""What only the server can know about a recipe: which data sets and models are registered."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from prism_engine.contract.config import InvalidRecipe, Pipeline, Problem
from prism_engine.contract.config import read_pipeline as read_contract
from prism_engine.contract.settings import FromModel
from server.errors import Invalid
from server.pipelines import repository
from server.pipelines.schemas import NewPipeline
from server.schemas import FieldProblem


async def read_recipe(
    session: AsyncSession, body: NewPipeline, hub_models: frozenset[str]
) -> Pipeline:
    """Read a recipe and check it.

    Args:
        session: to look up what is registered.
        body: the recipe.
        hub_models: hub ids that need no registration.

    Raises:
        Invalid: every field that is wrong, with its remedy.
    """
    try:
        recipe = read_contract(body.recipe)
        problems = await _unregistered(session, recipe, hub_models)
        if problems:
            raise InvalidRecipe(problems)
    except InvalidRecipe as error:
        fields = [FieldProblem(field=p.field, message=p.message) for p in error.problems]
        raise Invalid(str(error), fields) from error
    return recipe


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


def _problem(field: str, what: str, command: str, name: str) -> Problem:
    remedy = f"register it with `prism {command} register {name} LOCATION`"
    return Problem(field=field, message=f"{what} '{name}' is not registered; {remedy}")
