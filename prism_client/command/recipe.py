"""Reading a recipe for the command line: a file, with some settings replaced."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from prism_engine.contract.changes import with_change
from prism_engine.contract.config import InvalidRecipe, Problem


def load_recipe(path: Path, changes: list[str]) -> dict[str, Any]:
    """Read a YAML recipe and apply changes such as `runs.sft.steps=10`.

    Raises:
        InvalidRecipe: the file, or a change, cannot be read.
    """
    try:
        recipe: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise _problem(str(path), f"cannot be read: {error.strerror}") from error
    except yaml.YAMLError as error:
        raise _problem(str(path), f"is not YAML: {error}") from error
    if not isinstance(recipe, dict):
        raise _problem(str(path), "holds no recipe; it needs `name` and `runs`")
    changed: dict[str, Any] = recipe
    for field, value in map(read_change, changes):
        try:
            changed = with_change(changed, field, value)
        except KeyError as error:
            raise _problem(field, "there is no such setting to replace") from error
    return changed


def read_change(change: str) -> tuple[str, Any]:
    """Read `FIELD=VALUE` into the path and the value. Raises `InvalidRecipe`."""
    field, sign, value = change.partition("=")
    if not sign:
        raise _problem(change, "write --set FIELD=VALUE, such as runs.sft.steps=10")
    try:
        return field, yaml.safe_load(value)
    except yaml.YAMLError as error:
        raise _problem(field, f"the value is not YAML: {error}") from error


def _problem(field: str, message: str) -> InvalidRecipe:
    return InvalidRecipe([Problem(field=field, message=message)])
