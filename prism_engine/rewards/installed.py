"""Rewards of installed packages, called as TRL calls its reward functions.

    def reward(prompts, completions, completion_ids, **columns) -> list[float | None]

Prompts and completions are conversations; every list has one entry a rollout. The columns are the
record's id, question, answer (its value), response, images (paths) and whatever its metadata
holds; a function takes those that it needs and swallows the others with `**kwargs`. None says that
the reward does not apply to a rollout. TRL's `trainer_state`, `log_extra` and `log_metric` are not
passed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from importlib.metadata import entry_points
from typing import Any

import torch
from torch import Tensor

from prism_engine.batch import Drawn
from prism_engine.data.records import Record
from prism_engine.errors import InvalidReward
from prism_engine.rewards.reward import Judge

Installed = Callable[..., Sequence[float | None]]


def load_installed(group: str, name: str) -> Judge:
    """The reward that a package gives this name. Raises `InvalidReward` if it cannot be loaded."""
    entries = list(entry_points(group=group, name=name))
    if len(entries) != 1:
        packages = ", ".join(sorted(entry.value for entry in entries)) or "none"
        message = f"one package must give the reward {name}; found: {packages}"
        raise InvalidReward(message)
    (entry,) = entries
    try:
        return judge_together(name, entry.load())
    except (ImportError, AttributeError) as error:
        message = f"the reward {name} ({entry.value}) cannot be loaded: {error}"
        raise InvalidReward(message) from error


def judge_together(name: str, reward: Installed) -> Judge:
    """Reward all rollouts of a draw with one call."""

    def judge(drawn: Drawn) -> Tensor:
        records = [drawn.record_of(row) for row in range(len(drawn.texts))]
        rollouts = zip(drawn.rollouts.ids, drawn.rollouts.mask, strict=True)
        found = reward(
            prompts=[_prompt(record) for record in records],
            completions=[[{"role": "assistant", "content": text}] for text in drawn.texts],
            completion_ids=[ids[mask].tolist() for ids, mask in rollouts],
            **_columns(records),
        )
        return _checked(name, found, len(records))

    return judge


def _prompt(record: Record) -> list[dict[str, Any]]:
    """The question as a conversation, with a place for every image."""
    if not record.images:
        return [{"role": "user", "content": record.question}]
    images = [{"type": "image"} for _ in record.images]
    return [{"role": "user", "content": [*images, {"type": "text", "text": record.question}]}]


def _columns(records: Sequence[Record]) -> dict[str, list[Any]]:
    """Lists with one entry a record; metadata never takes the place of a field."""
    names = sorted({name for record in records for name in record.metadata})
    return {
        **{name: [record.metadata.get(name) for record in records] for name in names},
        "id": [record.id for record in records],
        "question": [record.question for record in records],
        "answer": [record.answer and record.answer.value for record in records],
        "response": [record.response for record in records],
        "images": [record.images for record in records],
    }


def _checked(name: str, found: Any, count: int) -> Tensor:
    if not isinstance(found, Sequence) or len(found) != count:
        given = f"{len(found)} of them" if isinstance(found, Sequence) else type(found).__name__
        raise InvalidReward(
            f"the reward {name} returned {given}; it must return a list of {count} numbers "
            "or None, one for every completion"
        )
    return torch.tensor([math.nan if reward is None else float(reward) for reward in found])
