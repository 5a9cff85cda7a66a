from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from prism_engine.contract.addresses import ALLOWED
from tests.engine.policy.sampler.server import VllmHttpServer, listening

STAND_IN = Path(__file__).parent / "stand_in"


@pytest.fixture
def vllm(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The stand-in, where the engine finds vLLM."""
    monkeypatch.syspath_prepend(STAND_IN)
    yield importlib.import_module("vllm")
    del sys.modules["vllm"]


@pytest.fixture
def server(
    vllm: ModuleType, tiny_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[VllmHttpServer]:
    monkeypatch.setenv(ALLOWED, "127.0.0.1")
    with listening(VllmHttpServer(vllm, tiny_folder)) as server:
        yield server
