"""Reading a recipe for the command line: a file, with some settings replaced."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from prism_engine.contract.config import InvalidRecipe, Problem


def load_recipe(path: Path, changes: list[str]) -> dict[str, Any]:
    """Read a YAML recipe and apply changes such as `runs.sft.steps=10`.

    Raises:
        InvalidRecipe: the file, or a change, cannot be read.
    """
    try:
        recipe = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise _problem(str(path), f"cannot be read: {error.strerror}") from error
    except yaml.YAMLError as error:
        raise _problem(str(path), f"is not YAML: {error}") from error
    if not isinstance(recipe, dict):
        raise _problem(str(path), "holds no recipe; it needs `name` and `runs`")
    for change in changes:
        _apply(recipe, change)
    return recipe


def _apply(recipe: dict[str, Any], change: str) -> None:
    field, sign, value = change.partition("=")
    if not sign:
        raise _problem(change, "write --set FIELD=VALUE, such as runs.sft.steps=10")
    *path, last = field.split(".")
    group: Any = recipe
    for name in path:
        group = group.setdefault(name, {}) if isinstance(group, dict) else None
    if not isinstance(group, dict):
        raise _problem(field, "there is no such setting to replace")
    group[last] = yaml.safe_load(value)


def _problem(field: str, message: str) -> InvalidRecipe:
    return InvalidRecipe([Problem(field=field, message=message)])
