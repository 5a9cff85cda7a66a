from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from prism_engine.contract.addresses import ALLOWED
from prism_engine.contract.endpoints import Endpoint, Price
from prism_engine.endpoints.keys import Keys
from prism_engine.endpoints.session import Session, open_session

Opened = Callable[..., AbstractAsyncContextManager[Session]]


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Opened:
    """Opens the test's one ledger; waits between tries are a hundredth of a second."""
    monkeypatch.setenv(ALLOWED, "127.0.0.1")

    def open_(cap: float | None = None, **keys: str) -> AbstractAsyncContextManager[Session]:
        return open_session(tmp_path / "ledger.sqlite", Keys(keys), cap, first_wait=0.01)

    return open_


def endpoint(url: str, **settings: object) -> Endpoint:
    """A model that costs one dollar a million prompt tokens, and two for what it generates."""
    price = Price(version="2026-11", input=1.0, output=2.0)
    return Endpoint.model_validate(
        {"url": url, "model": "m", "price": price, "timeout": 5.0, "image_tokens": 1000} | settings
    )
