"""Money, in billionths of a dollar so that sums are exact."""

from __future__ import annotations

import asyncio
import math

from prism_engine.contract.endpoints import Endpoint, Price
from prism_engine.endpoints.reply import Usage
from prism_engine.endpoints.request import ChatRequest
from prism_engine.errors import BudgetSpent

DOLLAR = 10**9
MILLION = 10**6


def cost(price: Price | None, prompt_tokens: int, generated_tokens: int) -> int:
    """What so many tokens cost, rounded up."""
    if price is None:
        return 0
    dollars = price.input * prompt_tokens + price.output * generated_tokens
    return math.ceil(dollars * DOLLAR / MILLION)


def highest_cost(endpoint: Endpoint, request: ChatRequest) -> int:
    """What a request can cost at most."""
    return cost(endpoint.price, request.prompt_tokens(endpoint), request.max_tokens)


def actual_cost(endpoint: Endpoint, request: ChatRequest, usage: Usage | None) -> int:
    """What a reply cost; the highest there is where the server did not say."""
    if usage is None:
        return highest_cost(endpoint, request)
    return cost(endpoint.price, usage.prompt, usage.generated)


class Budget:
    """What has been spent and reserved, held below a cap.

    Args:
        cap: the most to spend, None for no limit.
        spent: what was spent before.
    """

    def __init__(self, cap: int | None, spent: int) -> None:
        self._cap = cap
        self._spent = spent
        self._reserved = 0
        self._changed = asyncio.Condition()

    @property
    def spent(self) -> int:
        return self._spent

    async def reserve(self, amount: int) -> None:
        """Put an amount aside; waits while what others have reserved may still be given back.

        Raises:
            BudgetSpent: there is not so much left.
        """
        async with self._changed:
            while not self._fits(amount):
                if self._reserved == 0:
                    assert self._cap is not None
                    raise BudgetSpent(self._cap / DOLLAR, self._spent / DOLLAR, amount / DOLLAR)
                await self._changed.wait()
            self._reserved += amount

    async def settle(self, reserved: int, spent: int) -> None:
        """Take back what was reserved, and count what was really spent."""
        async with self._changed:
            self._reserved -= reserved
            self._spent += spent
            self._changed.notify_all()

    def _fits(self, amount: int) -> bool:
        return self._cap is None or self._spent + self._reserved + amount <= self._cap
