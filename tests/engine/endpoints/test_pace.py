from __future__ import annotations

import asyncio

import pytest

from prism_engine.endpoints.pace import Bucket, Concurrency


class Time:
    """Passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


async def test_a_bucket_gives_a_minutes_worth_at_once_and_then_evenly() -> None:
    time = Time()
    bucket = Bucket(120, time, time.sleep)
    for _ in range(120):
        await bucket.take(1)
    assert time.now == 100.0
    await bucket.take(1)
    assert time.now == pytest.approx(100.5)
    bucket.give_back(20)
    await bucket.take(20)
    assert time.now == pytest.approx(100.5)


async def test_what_is_larger_than_the_bucket_leaves_a_debt() -> None:
    time = Time()
    bucket = Bucket(60, time, time.sleep)
    await bucket.take(90)
    assert time.now == 100.0
    await bucket.take(1)
    assert time.now == pytest.approx(131.0)


async def test_one_more_a_round_and_half_when_pressed() -> None:
    time = Time()
    concurrency = Concurrency(8, time)
    assert concurrency.limit == 4
    for _ in range(5):
        concurrency.succeeded()
    assert concurrency.limit == 5
    async with concurrency.place() as began:
        time.now += 1
        concurrency.pressed(began)
        concurrency.pressed(began)
    assert concurrency.limit == 2
    for _ in range(1000):
        concurrency.succeeded()
    assert concurrency.limit == 8
    for _ in range(9):
        time.now += 1
        concurrency.pressed(time.now)
    assert concurrency.limit == 1


async def test_no_more_than_the_limit_are_under_way() -> None:
    concurrency = Concurrency(2)
    under_way, most = 0, 0

    async def work() -> None:
        nonlocal under_way, most
        async with concurrency.place():
            under_way += 1
            most = max(most, under_way)
            await asyncio.sleep(0)
            under_way -= 1

    await asyncio.gather(*(work() for _ in range(20)))
    assert most == 2
