from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from prism_engine.contract.config import Run
from prism_engine.contract.endpoints import Endpoint, key_names


def test_an_address_is_kept_without_its_last_slash() -> None:
    assert Endpoint(url="https://host/v1/", model="m").url == "https://host/v1"


@pytest.mark.parametrize(
    "url",
    ["host/v1", "ftp://host", "https:///v1", "file:///etc/passwd", "https://me:sk-1@host/v1",
     "https://host/v1?key=sk-1", "https://host/v1#sk-1"],
)  # fmt: skip
def test_an_address_is_http_and_holds_no_secret(url: str) -> None:
    with pytest.raises(ValidationError, match="address"):
        Endpoint(url=url, model="m")


def served(key: str | None) -> dict[str, Any]:
    return {"url": "https://host.example/v1", "model": "m", "key": key}


def test_every_endpoint_of_a_run_names_its_key() -> None:
    settings = {
        "kind": "curate",
        "data": "items",
        "teacher": {"endpoint": served("teacher")},
        "panel": {"first": served("first"), "second": served(None), "third": served("third")},
        "blind": {"endpoint": served("teacher")},
        "policy": {"endpoint": served("policy")},
        "rlvr": {},
    }
    run = TypeAdapter(Run).validate_python(settings)
    everything = {"teacher", "first", "third", "policy"}
    assert key_names(settings) == key_names(run.model_dump(mode="json")) == everything


def test_a_run_that_asks_nobody_names_none() -> None:
    assert key_names({"kind": "sft", "policy": {"model": "tiny"}, "data": "key"}) == frozenset()
    assert key_names({"policy": {"endpoint": {"url": "http://h/v1", "model": "m"}}}) == frozenset()
