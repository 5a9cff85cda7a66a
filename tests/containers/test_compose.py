"""docker-compose.yml: the published schema, and every command and variable of it outside Docker."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from redis import Redis

from prism_client.client import Client
from prism_client.home import Home
from server.settings import Settings as ServerSettings
from tests.containers.composition import (
    FAKE_ENGINE,
    PASSWORD,
    VOLUME,
    Composition,
    document,
    filled_in,
)
from tests.containers.image import ROOT, environment, stages
from tests.installation import eventually
from tests.worker.fake_engine import image
from worker.settings import Settings as WorkerSettings

OURS = ("server", "worker", "gpu-worker")


@pytest.fixture(scope="module")
def composed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Composition]:
    """Postgres, Redis, the server and a worker, started in the order that the file asks for."""
    composition = Composition(tmp_path_factory.mktemp("compose"))
    try:
        composition.start_postgres()
        composition.start_redis()
        assert composition.check("server") != 0
        composition.start("server")
        composition.start("worker", PRISM_ENGINE_COMMAND=json.dumps(FAKE_ENGINE))
        yield composition
    finally:
        composition.close()


def services() -> dict[str, Any]:
    found: dict[str, Any] = document()["services"]
    return found


def test_the_file_is_what_the_published_schema_says() -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    checked = subprocess.run(
        [*command, ROOT / "docker-compose.yml"], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout


def test_every_image_is_pinned_or_a_target_of_the_dockerfile() -> None:
    for name, service in services().items():
        if "build" in service:
            assert (ROOT / service["build"]["context"]).resolve() == ROOT
            target = stages()[service["build"]["target"]]
            given = service["build"].get("args", {}).keys()
            known = {line.split("=")[0] for stage in stages().values() for line in stage.all("ARG")}
            assert (target.name in OURS, given <= known) == (True, True)
        else:
            assert "@sha256:" in service["image"], name


def test_every_variable_is_one_that_its_program_reads() -> None:
    known = {
        "server": {f"PRISM_{name.upper()}" for name in ServerSettings.model_fields},
        "worker": {f"PRISM_{name.upper()}" for name in WorkerSettings.model_fields} | {"PRISM_URL"},
    }
    known["gpu-worker"] = known["worker"]
    for name in OURS:
        variables = (
            environment(services()[name]["build"]["target"]) | services()[name]["environment"]
        )
        ours = {variable for variable in variables if variable.startswith("PRISM_")}
        assert ours <= known[name]


def test_the_home_is_the_volume_of_all_three() -> None:
    volumes = document()["volumes"]
    for name in OURS:
        volume, path = services()[name]["volumes"][0].split(":")
        assert volume in volumes
        assert path == VOLUME == environment(services()[name]["build"]["target"])["PRISM_HOME"]
    assert services()["postgres"]["volumes"][0].partition(":")[0] in volumes


def test_a_password_has_to_be_set() -> None:
    with pytest.raises(LookupError, match=r"POSTGRES_PASSWORD: set it in \.env"):
        filled_in(services()["server"]["environment"]["PGPASSWORD"], {})


def test_only_this_machine_reaches_what_is_published() -> None:
    published = [port for service in services().values() for port in service.get("ports", ())]
    assert published == ["127.0.0.1:8420:8420"]


@pytest.mark.parametrize("name", OURS)
def test_a_service_of_ours_can_gain_no_privileges(name: str) -> None:
    service = services()[name]
    assert (service["cap_drop"], service["security_opt"]) == (["ALL"], ["no-new-privileges:true"])


def test_the_gpu_worker_differs_by_its_image_and_its_devices_only() -> None:
    worker, gpu = services()["worker"], services()["gpu-worker"]
    shared = worker.keys() - {"build", "image"}
    assert {key: worker[key] for key in shared} == {key: gpu[key] for key in shared}
    (device,) = gpu["deploy"]["resources"]["reservations"]["devices"]
    assert (device["driver"], device["capabilities"], gpu["profiles"]) == (
        "nvidia",
        ["gpu"],
        ["gpu"],
    )


def client_of(composed: Composition) -> Client:
    return Client(composed.url, Home(composed.home).token())


def test_a_run_goes_from_the_published_port_to_the_worker_and_back(composed: Composition) -> None:
    data, model = composed.home / "data" / "tiny", composed.home / "data" / "model"
    (data / "images").mkdir(parents=True)
    (data / "images" / "x.png").write_bytes(image(3))
    row = {"id": "a", "images": ["images/x.png"], "question": "How many?", "metadata": {}}
    (data / "data.jsonl").write_text(json.dumps(row) + "\n")
    model.mkdir()
    (model / "config.json").write_text('{"architectures": ["Tiny"]}')
    (model / "model.safetensors").write_bytes(EMPTY_TENSORS)
    sft = {"kind": "sft", "policy": {"model": "base"}, "data": "tiny", "steps": 3}
    with client_of(composed) as client:
        assert client.health().database == "postgresql"
        client.register_dataset("tiny", "tiny")
        client.register_model("base", "model")
        launched = client.launch({"name": "composed", "runs": {"sft": sft}})
        *_, ended = client.wait(launched.id)
        assert ended.state == "succeeded", composed.log("worker")
    assert list((composed.home / "artifacts" / "checkpoints").rglob("manifest.json"))
    with Redis(port=composed.ports["redis"]) as redis:
        assert redis.keys("_kombu.binding.*")


EMPTY_TENSORS = (2).to_bytes(8, "little") + b"{}"


def test_every_health_check_succeeds(composed: Composition) -> None:
    assert {name: composed.check(name) for name in ("postgres", "redis", "server", "worker")} == {
        "postgres": 0, "redis": 0, "server": 0, "worker": 0,
    }  # fmt: skip


def test_the_worker_reaches_the_server_by_the_name_of_its_service(composed: Composition) -> None:
    url = f"http://127.0.0.1:{composed.ports['server']}/api/v1/health"
    assert httpx.get(url, headers={"Host": "server:8420"}).status_code == 200
    assert httpx.get(url, headers={"Host": "evil.example"}).status_code == 403


def test_no_log_and_no_setting_holds_the_password(composed: Composition) -> None:
    assert PASSWORD not in composed.log("server") + composed.log("worker")
    assert PASSWORD not in composed.environment("server")["PRISM_DATABASE_URL"]


def test_the_server_logs_json(composed: Composition) -> None:
    eventually(lambda: "run changes its state" in composed.log("server"))
    entries = [json.loads(line) for line in composed.log("server").splitlines()]
    assert {"event", "level", "timestamp"} <= entries[0].keys()


def test_the_commands_of_the_readme_work_in_the_server_of_the_file(composed: Composition) -> None:
    link = composed.run("server", "python", "-m", "server", "sign-in-link").strip()
    assert link.startswith(f"{composed.url}/sign-in#")
    said = composed.run(
        "server", "python", "-m", "server", "administrator", "mara", stdin="a long password\n"
    )
    assert said == "mara is an administrator and signs in with this password\n"


def test_workers_and_server_end_within_their_grace(composed: Composition) -> None:
    for name in ("worker", "server"):
        grace = float(services()[name]["stop_grace_period"].removesuffix("s"))
        assert composed.stop(name) < grace
