from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from server.__main__ import main
from server.app import create_app
from server.openapi import document
from server.reference.examples import ANSWERS, REQUESTS
from server.reference.page import page
from server.settings import Settings
from tests.server.world import World, good


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return document(create_app(Settings(home=tmp_path_factory.mktemp("home"))))


def problems(described: dict[str, Any], schema: dict[str, Any], value: object) -> list[str]:
    whole = {"components": described["components"], **schema}
    return [error.message for error in Draft202012Validator(whole).iter_errors(value)]


@pytest.mark.parametrize("name", REQUESTS)
def test_an_example_of_a_request_is_whole_and_right(described: dict[str, Any], name: str) -> None:
    schema = described["components"]["schemas"][name]
    assert schema["examples"] == [REQUESTS[name]]
    assert problems(described, schema, REQUESTS[name]) == []


@pytest.mark.parametrize("name", ANSWERS)
def test_all_that_an_example_of_an_answer_shows_is_right(
    described: dict[str, Any], name: str
) -> None:
    schema = described["components"]["schemas"][name]
    assert schema["examples"] == [ANSWERS[name]]
    for field, value in ANSWERS[name].items():
        assert problems(described, schema["properties"][field], value) == [], field


def test_the_page_holds_every_operation_with_its_examples(described: dict[str, Any]) -> None:
    text = page(described)
    operations = [
        f"### `{method.upper()} {path}`" for path, of in described["paths"].items() for method in of
    ]
    assert len(operations) > 90
    assert [heading for heading in operations if heading not in text] == []
    assert 'Body: `NewPipeline`\n\n```json\n{\n  "recipe": {' in text


def test_the_command_prints_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PRISM_HOME", str(tmp_path))
    assert main(["reference"]) == 0
    assert capsys.readouterr().out.startswith("# PRISM Control")


async def test_a_server_gives_its_own_description(world: World) -> None:
    found = good(await world.admin.get("/openapi.json"))
    assert found["components"]["schemas"]["NewPipeline"]["examples"] == [REQUESTS["NewPipeline"]]
    assert (await world.anybody.get("/openapi.json")).status_code == 401
