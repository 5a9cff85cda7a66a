from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from prism_client.devices import Device, deal, read_devices, visible
from prism_client.worker_client import Claim, Gang
from worker.folder import AttemptFolder
from worker.keys import written
from worker.launch import Engine, Launch, command_line, engine_environment

LAUNCH = Launch(command=["prism-engine"], devices=None, threads=2, orphan_grace=1.2)
GPUS = [Device(f"GPU-{i}", "NVIDIA H100", 81_559) for i in range(3)]


def claim(**fields: object) -> Claim:
    given = {"run_id": "run_1", "run_name": "sft", "attempt_id": "att_1", "attempt": 1}
    return Claim.model_validate(
        {**given, "kind": "sft", "recipe": {}, "lease_seconds": 2, **fields}
    )


def test_the_command_is_one_that_a_person_could_type(tmp_path: Path) -> None:
    folder = AttemptFolder.create(tmp_path, claim())
    command = command_line(LAUNCH, folder)
    assert command == [
        "prism-engine", "run", str(folder.path / "recipe.yaml"),
        "--out", str(folder.path / "engine"), "--threads", "2",
    ]  # fmt: skip


def test_a_resumed_attempt_names_its_checkpoint(tmp_path: Path) -> None:
    launch = Launch(["engine"], [], 1, 1.0, resume=tmp_path / "step-000040")
    command = command_line(launch, AttemptFolder.create(tmp_path, claim()))
    assert command[-2:] == ["--resume", str(tmp_path / "step-000040")]


def test_no_secret_reaches_the_engine() -> None:
    environment = {
        "PATH": "/bin",
        "CUDA_HOME": "/cuda",
        "PRISM_TOKEN": "secret",
        "PRISM_WORKER_TOKEN": "secret",
        "PRISM_DATABASE_URL": "postgresql://prism:secret@db/prism",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "HF_TOKEN": "secret",
        "OPENAI_API_KEY": "secret",
    }
    assert engine_environment(environment, LAUNCH, 7) == {
        "PATH": "/bin",
        "CUDA_HOME": "/cuda",
        "OMP_NUM_THREADS": "2",
        "PYTHONUNBUFFERED": "1",
        "PRISM_PARENT_PIPE": "7",
        "PRISM_ORPHAN_GRACE": "1.2",
    }


def test_an_engine_sees_only_the_devices_of_its_slot() -> None:
    first, second, third, fourth = deal(GPUS, 4)
    assert (second, third, fourth) == ([GPUS[1]], [GPUS[2]], [])
    assert deal(GPUS, 2) == [[GPUS[0], GPUS[2]], [GPUS[1]]]
    machine = {"CUDA_VISIBLE_DEVICES": "0,1,2"}
    for devices, seen in ((first + second, "GPU-0,GPU-1"), (fourth, ""), (None, "0,1,2")):
        launch = Launch(["engine"], devices, 1, 1.0)
        assert engine_environment(machine, launch, 7)["CUDA_VISIBLE_DEVICES"] == seen


def test_a_worker_has_no_devices_but_those_that_it_was_given() -> None:
    assert visible(GPUS, None) == GPUS
    assert visible(GPUS, "2,GPU-0") == [GPUS[2], GPUS[0]]
    assert visible(GPUS, "") == []
    assert visible(GPUS, "MIG-7") == [Device("MIG-7", "", 0)]


def test_the_drivers_table_is_read() -> None:
    table = "GPU-8f6e, NVIDIA H100 80GB HBM3, 81559\nGPU-11ab, NVIDIA H100 80GB HBM3, 81559\n"
    assert read_devices(table) == [
        Device("GPU-8f6e", "NVIDIA H100 80GB HBM3", 81_559),
        Device("GPU-11ab", "NVIDIA H100 80GB HBM3", 81_559),
    ]


READS_KEYS = """
import os, sys
print(open(sys.argv[sys.argv.index("--keys") + 1]).read())
print("sk-1" in " ".join(sys.argv), "sk-1" in str(dict(os.environ)))
"""


def test_keys_reach_the_engine_by_a_pipe_and_by_nothing_else(tmp_path: Path) -> None:
    launch = Launch(
        [sys.executable, "-c", READS_KEYS], [], 1, 5.0, keys=written({"teacher": "sk-1"}),
        ledger=tmp_path / "run_1.sqlite",
    )  # fmt: skip
    folder = AttemptFolder.create(tmp_path, claim())
    with Engine.start(launch, folder) as engine:
        engine._process.wait(20)
    assert folder.stdout.read_text().split() == ["teacher:", "sk-1", "False", "False"]
    assert "sk-1" not in repr(Launch(["engine"], [], 1, 5.0, keys=b"sk-1"))
    command = command_line(launch, folder, keys=9)
    assert command[-4:] == ["--ledger", str(tmp_path / "run_1.sqlite"), "--keys", "/dev/fd/9"]


def test_an_engine_of_one_node_hears_nothing_of_others_and_one_of_several_who_it_is() -> None:
    assert "GROUP_RANK" not in engine_environment({"GROUP_RANK": "7"}, LAUNCH, 7)
    gang = Gang(rank=1, nodes=4, master_address="node-1", master_port=29_500, member_id="mem_1")
    environment = engine_environment({}, replace(LAUNCH, gang=gang), 7)
    told = {"MASTER_ADDR": "node-1", "MASTER_PORT": "29500", "GROUP_WORLD_SIZE": "4",
            "GROUP_RANK": "1"}  # fmt: skip
    assert told.items() <= environment.items()
