"""Passwords: argon2id, at the parameters that OWASP names for it."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Annotated

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError
from pydantic import StringConstraints

Password = Annotated[str, StringConstraints(min_length=10, max_length=200)]

_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1, type=Type.ID)

# Each takes 19 MiB for its time; more than two at once would let sign-ins eat the server's memory.
_TURNS = ThreadPoolExecutor(2, "passwords")


async def hash_password(password: str) -> str:
    """Return what is stored of a password."""
    return await asyncio.get_running_loop().run_in_executor(_TURNS, _HASHER.hash, password)


async def is_password(stored: str | None, password: str) -> bool:
    """Whether the password is the stored one.

    Where none is stored another is checked against: how long the answer takes must not tell which
    accounts there are.
    """
    return await asyncio.get_running_loop().run_in_executor(_TURNS, _verify, stored, password)


def _verify(stored: str | None, password: str) -> bool:
    try:
        return _HASHER.verify(stored or _nobodys(), password) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobodys() -> str:
    return _HASHER.hash("a password that opens nothing")
