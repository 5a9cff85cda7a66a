"""Settings by their paths: what differs between two of them, and one of them replaced."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Change(BaseModel):
    """A setting whose value differs; null where it is not set."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    field: str = Field(description="Path of the setting, such as runs.rlvr.algorithm.kind")
    before: Any = None
    after: Any = None


def changes_between(before: Any, after: Any, field: str = "") -> Iterator[Change]:
    """Give every setting whose value differs, groups looked into."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in sorted(before.keys() | after.keys()):
            path = f"{field}.{name}" if field else name
            yield from changes_between(before.get(name), after.get(name), path)
    elif before != after:
        yield Change(field=field, before=before, after=after)


def with_change(settings: Mapping[str, Any], field: str, value: Any) -> dict[str, Any]:
    """Return the settings with the one at a path replaced; groups on the way are made.

    Raises:
        KeyError: something on the way is no group of settings.
    """
    changed = deepcopy(dict(settings))
    *path, last = field.split(".")
    group: Any = changed
    for name in path:
        group = group.setdefault(name, {}) if isinstance(group, dict) else None
    if not isinstance(group, dict):
        raise KeyError(field)
    group[last] = value
    return changed
