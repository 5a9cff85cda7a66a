from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from prism_client.asynchronous import AsyncClient
from prism_client.client import Client
from prism_client.errors import Invalid, ServerUnreachable
from prism_client.twin import ORIGINAL, TWIN, twin
from tests.installation import Installation, free_port

RECIPE = {
    "name": "awaited",
    "runs": {"sft": {"kind": "sft", "policy": {"model": "base"}, "data": "tiny", "steps": 3}},
}


def test_it_is_what_the_generator_makes_of_the_client() -> None:
    assert TWIN.read_text() == twin(ORIGINAL.read_text()), "run `python -m prism_client.twin`"


def test_it_has_every_method_with_the_same_parameters() -> None:
    def methods(of: type) -> dict[str, list[str]]:
        found = inspect.getmembers(of, inspect.isfunction)
        return {
            name: list(inspect.signature(method).parameters)
            for name, method in found
            if not name.startswith("_")
        }

    assert methods(AsyncClient) == methods(Client)
    assert len(methods(Client)) > 30


@pytest.fixture
async def client(served: Installation) -> AsyncIterator[AsyncClient]:
    token = (served.home / "token").read_text().strip()
    async with AsyncClient(served.url, token) as client:
        yield client


async def test_it_launches_follows_and_reads(client: AsyncClient) -> None:
    launched = await client.launch(RECIPE)
    seen = [pipeline.state async for pipeline in client.wait(launched.id)]
    assert seen[-1] == "succeeded"
    (run,) = (await client.pipeline(launched.id)).runs
    metrics, attempts = await asyncio.gather(client.metrics(run.id), client.attempts(run.id))
    loss = next(series for series in metrics.series if series.name == "loss")
    assert [point[:2] for point in loss.points] == [(step, 1 / step) for step in (1, 2, 3)]
    assert [attempt.number for attempt in attempts] == [1]
    steps = [
        e.event["step"] async for e in client.events(run.id, source="engine") if "step" in e.event
    ]
    assert {1, 2, 3} <= set(steps)
    assert run.id in [found.id async for found in client.runs(pipeline_id=launched.id)]


async def test_it_raises_the_same_errors(client: AsyncClient, tmp_path: Path) -> None:
    with pytest.raises(Invalid) as refused:
        await client.launch({"name": "bad", "runs": {}})
    assert refused.value.problems
    async with AsyncClient(f"http://127.0.0.1:{free_port()}") as nobody:
        with pytest.raises(ServerUnreachable):
            await nobody.health()
