"""Reading a study's grid for the command line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer
import yaml
from pydantic import ValidationError

from prism_engine.contract.config import InvalidRecipe, Problem
from prism_engine.contract.study import Grid

Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--grid",
        help="Launch a study with an arm for every value, such as rlvr.algorithm=grpo,dapo; of "
        "several of these, every combination",
        metavar="F=V,V",
    ),
]
Ablations = Annotated[
    list[str] | None,
    typer.Option(
        "--ablation",
        help="One more arm, such as 'Dense discriminator: warmup.discriminator=dense'",
        metavar="LABEL: F=V; F=V",
    ),
]
Seeds = Annotated[str | None, typer.Option(help="Launch a study with these seeds", metavar="N,N")]


def read_grid(settings: Sequence[str], ablations: Sequence[str], seeds: str | None) -> Grid | None:
    """Return the grid that options ask for; None where they ask for none.

    Raises:
        InvalidRecipe: an option cannot be read.
    """
    if not (settings or ablations or seeds):
        return None
    try:
        return Grid(
            settings=dict(_values(option) for option in settings),
            ablations=[_ablation(option) for option in ablations],
            seeds=_list("--seeds", seeds) if seeds else [],
        )
    except ValidationError as error:
        problems = [
            Problem(field=".".join(["grid", *map(str, detail["loc"])]), message=detail["msg"])
            for detail in error.errors()
        ]
        raise InvalidRecipe(problems) from error


def _values(option: str) -> tuple[str, list[Any]]:
    field, sign, values = option.partition("=")
    if not sign:
        raise _unreadable(
            option, "write --grid FIELD=VALUE,VALUE, such as rlvr.algorithm=grpo,dapo"
        )
    return field.strip(), _list(field, values)


def _ablation(option: str) -> dict[str, Any]:
    label, colon, changes = option.partition(":")
    pairs = [change.partition("=") for change in changes.split(";")]
    if not colon or not all(sign for _, sign, _ in pairs):
        raise _unreadable(option, "write --ablation 'LABEL: FIELD=VALUE'")
    return {
        "label": label,
        "changes": {field.strip(): _list(field, value)[0] for field, _, value in pairs},
    }


def _list(field: str, values: str) -> list[Any]:
    try:
        found = yaml.safe_load(f"[{values}]")
    except yaml.YAMLError as error:
        raise _unreadable(field, f"{values!r} is no list of values: {error}") from error
    if not found:
        raise _unreadable(field, "give it at least one value")
    return list(found)


def _unreadable(field: str, message: str) -> InvalidRecipe:
    return InvalidRecipe([Problem(field=field, message=message)])
