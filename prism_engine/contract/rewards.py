"""The names of verifiable rewards: those of the engine, and those of installed packages."""

from __future__ import annotations

from importlib.metadata import entry_points

REWARDS = ("answer", "format")
"""The verifiable rewards that come with the engine."""

REWARD_PLUGINS = "prism_engine.rewards"
"""Entry points of this group are rewards too, by their names."""


def reward_names() -> list[str]:
    """All rewards that a recipe may name here."""
    return [*REWARDS, *sorted(entry_points(group=REWARD_PLUGINS).names - set(REWARDS))]
