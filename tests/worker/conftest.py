from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from tests.installation import Installation


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    installation = Installation(tmp_path_factory.mktemp("worker") / "home")
    try:
        installation.start_server()
        installation.register()
        yield installation
    finally:
        installation.close()


@pytest.fixture
def installation(served: Installation) -> Iterator[Installation]:
    """A running server with a data set and a model; workers are for the test to start."""
    environment = dict(served.environment)
    yield served
    served.environment = environment
    served.end_workers()
    with served.client as client:
        for state in ("queued", "running"):
            for pipeline in client.pipelines(state=state):
                client.cancel_pipeline(pipeline.id)
    shutil.rmtree(served.home / "runs", ignore_errors=True)
