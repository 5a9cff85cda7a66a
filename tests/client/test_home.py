from pathlib import Path

import pytest

from prism_client.errors import NoServer
from prism_client.home import Home


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    for name in ("PRISM_URL", "PRISM_TOKEN", "PRISM_WORKER_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PRISM_HOME", str(tmp_path))
    return Home.from_environment()


def test_the_local_server_is_found_by_its_port(home: Home) -> None:
    home.port_file.write_text("8420\n")
    assert home.url() == "http://127.0.0.1:8420"


def test_the_environment_comes_before_the_local_server(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.port_file.write_text("8420")
    home.token_file.write_text("local")
    monkeypatch.setenv("PRISM_URL", "https://prism.example.org/")
    monkeypatch.setenv("PRISM_TOKEN", "given")
    assert (home.url(), home.token()) == ("https://prism.example.org", "given")


def test_without_either_the_remedy_is_named(home: Home) -> None:
    with pytest.raises(NoServer, match=r"start one with `prism up`, or set PRISM_URL"):
        home.url()


def test_a_worker_has_a_token_of_its_own(home: Home) -> None:
    home.token_file.write_text("admin")
    home.worker_token_file.write_text("worker\n")
    assert (home.token(), home.worker_token()) == ("admin", "worker")
