"""Working on many candidates at once, and stopping between two requests without losing one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from prism_engine.data.answers import Answer
from prism_engine.errors import EngineError
from prism_engine.interruption import Interruption
from prism_engine.rewards.answer import verdict

AT_A_TIME = 128
"""More candidates are not worked on at once; how many requests are, the endpoints decide."""

GivenT = TypeVar("GivenT")
MadeT = TypeVar("MadeT")


class Stopped(Exception):
    """The run was asked to stop; every request under way has been answered."""


class Crew:
    """Works on candidates side by side, until it is asked to stop."""

    def __init__(self, interruption: Interruption) -> None:
        self._interruption = interruption

    async def each(
        self, given: Sequence[GivenT], work: Callable[[GivenT], Awaitable[MadeT]]
    ) -> list[MadeT]:
        """What became of each, in their order.

        Raises:
            Stopped: before all were done, once those that were begun have ended.
            EngineError: money or a server is gone; what was under way has ended as well, since
                an answer that nobody waits for is paid all the same.
        """
        made: dict[int, MadeT] = {}
        errors: list[EngineError] = []
        waiting = iter(enumerate(given))

        async def take_turns() -> None:
            for number, one in waiting:
                if self._interruption.requested or errors:
                    return
                try:
                    made[number] = await work(one)
                except EngineError as error:
                    errors.append(error)

        async with asyncio.TaskGroup() as tasks:
            for _ in range(min(AT_A_TIME, len(given))):
                tasks.create_task(take_turns())
        if errors:
            raise errors[0]
        if len(made) < len(given):
            raise Stopped
        return [made[number] for number in range(len(given))]


async def is_right(gold: Answer, said: str | None) -> bool:
    """Whether what was said is the gold answer; algebra takes its time in another thread."""
    if said is None:
        return False
    if gold.type == "expression":
        return await asyncio.to_thread(verdict, gold, said) == "right"
    return verdict(gold, said) == "right"
