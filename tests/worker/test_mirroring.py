"""Runs with the fake engine, mirrored by the real trackers and read back by their own means."""

from __future__ import annotations

import asyncio
import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from wandb.proto.wandb_internal_pb2 import Record

from prism_client.worker_client import Claim
from prism_engine.contract.events import EventLog, Log, read_events
from tests.installation import Installation
from tests.worker.fake_engine import image
from tests.worker.recipes import EVALUATE, LONG, sft
from worker.folder import AttemptFolder
from worker.mirroring import Mirroring, environment
from worker.redaction import Redaction


def scalars(folder: Path) -> dict[str, list[tuple[int, float]]]:
    """What TensorBoard shows of a run."""
    seen = EventAccumulator(str(folder)).Reload()
    return {
        name: [(point.step, point.value) for point in seen.Scalars(name)]
        for name in seen.Tags()["scalars"]
    }


def sampled(folder: Path) -> dict[str, list[Any]]:
    """The steps of texts, and the images, that TensorBoard shows; what a text says is looked at."""
    seen = EventAccumulator(str(folder)).Reload()
    texts = seen.Tensors("samples/0")
    said = texts[0].tensor_proto.string_val[0].decode()
    assert "**question** of `item-5`" in said
    assert "**rollout 1** malformed\n\n```\n<answer>3</answer>\n```" in said
    assert "**rollout 2** wrong" in said
    images = [(found.step, found.encoded_image_string) for found in seen.Images("samples/0/image")]
    return {"samples/0": [text.step for text in texts], "samples/0/image": images}


def warnings(installation: Installation, run_id: str) -> list[str]:
    said = [stored.event for stored in installation.events(run_id, "worker")]
    return [e["message"] for e in said if e["type"] == "log" and e["level"] == "warning"]


def test_tensorboard_shows_a_run_as_we_do(installation: Installation) -> None:
    installation.environment["PRISM_MIRRORS"] = "tensorboard"
    installation.start_worker()
    trained, scored = installation.launch(sft=sft(12), evaluate=EVALUATE).runs
    installation.in_state(scored.id, "succeeded")
    folder = installation.home / "mirrors" / "tensorboard" / "test"
    shown = scalars(folder / "sft" / trained.id)
    assert shown["loss"] == [(step, pytest.approx(1 / step)) for step in range(1, 13)]
    with installation.client as client:
        stored = {
            series.name: [(step, pytest.approx(value)) for step, value, *_ in series.points]
            for series in client.metrics(trained.id).series
        }
    assert shown == stored
    (config,) = EventAccumulator(str(folder / "sft" / trained.id)).Reload().Tensors("config")
    assert '"steps": 12' in config.tensor_proto.string_val[0].decode()
    assert sampled(folder / "sft" / trained.id) == {
        "samples/0": [5, 10],
        "samples/0/image": [(5, image(5)), (10, image(10))],
    }
    assert scalars(folder / "evaluate" / scored.id) == {"miniature/sft/accuracy_greedy": [(0, 0.5)]}
    assert warnings(installation, trained.id) == []


def test_a_resumed_run_replaces_in_tensorboard_the_steps_that_it_takes_anew(
    installation: Installation,
) -> None:
    installation.environment["PRISM_MIRRORS"] = "tensorboard"
    installation.start_worker()
    (run,) = installation.launch(sft=sft(LONG)).runs
    installation.at_step(run.id, 8)
    with installation.client as client:
        client.order(run.id, "stop")
        saved = installation.in_state(run.id, "stopped").step or 0
        client.order(run.id, "retry")
    installation.at_step(run.id, saved + 5)
    with installation.client as client:
        client.order(run.id, "cancel")
    last = installation.in_state(run.id, "cancelled").step or 0
    folder = installation.home / "mirrors" / "tensorboard" / "test" / "sft" / run.id
    assert len(list(folder.iterdir())) == 2
    assert [step for step, _ in scalars(folder)["loss"]] == list(range(1, last + 1))


def test_weights_and_biases_is_given_every_step(installation: Installation) -> None:
    installation.environment |= {"PRISM_MIRRORS": "wandb", "WANDB_MODE": "offline"}
    installation.start_worker()
    (run,) = installation.launch(sft=sft(5)).runs
    installation.in_state(run.id, "succeeded")
    (file,) = (installation.home / "mirrors" / "wandb").glob("wandb/offline-run-*/*.wandb")
    records = [Record.FromString(content) for content in records_of(file)]
    (began,) = [record.run for record in records if record.HasField("run")]
    assert (began.run_id, began.display_name, began.run_group) == (run.id, "sft", "test")
    rows = [
        {"".join(item.nested_key) or item.key: item.value_json for item in record.history.item}
        for record in records
        if record.HasField("history")
    ]
    steps = [(int(row["prism_step"]), float(row["loss"])) for row in rows if "loss" in row]
    assert steps == [(step, 1 / step) for step in range(1, 6)]
    (table,) = [row for row in rows if row.get("samples_type") == '"table-file"']
    assert (int(table["prism_step"]), int(table["samplesnrows"])) == (5, 2)
    (written,) = file.parent.glob("files/media/table/samples_*.table.json")
    content = json.loads(written.read_text())
    assert content["columns"][:3] == ["item", "question", "gold"]
    malformed, wrong = content["data"]
    said = ["item-5", "How many?", "3", None, "<answer>3</answer>", "malformed", None]
    assert malformed == said
    assert wrong[5] == "wrong"
    (picture,) = file.parent.glob("files/media/images/sample_images_*.png")
    assert picture.read_bytes() == image(5)
    assert [r.exit.exit_code for r in records if r.HasField("exit")] == [0]
    assert warnings(installation, run.id) == []


def records_of(file: Path) -> Iterator[bytes]:
    """Read W&B's file: after 7 bytes, blocks of 32 KiB with parts of records, as LevelDB's log."""
    content, at, record = file.read_bytes(), 7, b""
    while at < len(content):
        if 32_768 - at % 32_768 < 7:
            at += 32_768 - at % 32_768
            continue
        _, length, kind = struct.unpack("<IHB", content[at : at + 7])
        record += content[at + 7 : at + 7 + length]
        at += 7 + length
        if kind in (1, 4):  # A whole record, or the last part of one.
            yield record
            record = b""


def test_a_mirror_that_fails_hurts_no_run_and_says_so_once(installation: Installation) -> None:
    (installation.home / "not-a-folder").touch()
    installation.environment |= {
        "PRISM_MIRRORS": "tensorboard",
        "PRISM_MIRROR_FOLDER": str(installation.home / "not-a-folder"),
    }
    installation.start_worker()
    (run,) = installation.launch(sft=sft(5)).runs
    installation.in_state(run.id, "succeeded")
    assert [step for _, step in installation.steps(run.id)] == [1, 2, 3, 4, 5]
    (warning,) = warnings(installation, run.id)
    assert warning.startswith("the mirror in tensorboard ended, and the run goes on without it")
    assert "NotADirectoryError" in warning


HANGING = """
import sys, types, time
class Hanging:
    def __init__(self, *a, **b): time.sleep(60)
name = "tensorboard.summary.writer.event_file_writer"
module = types.ModuleType(name)
sys.modules[name] = module
module.EventFileWriter = Hanging
"""


async def test_a_mirror_that_hangs_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What a process imports before anything else: a tracker that never answers.
    (tmp_path / "sitecustomize.py").write_text(HANGING)
    root = str(Path(__file__).parents[2])
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{root}")
    claim = Claim.model_validate(CLAIM)
    folder = AttemptFolder.create(tmp_path / "runs", claim)
    folder.engine_events.parent.mkdir(parents=True)
    folder.engine_events.write_text(STARTED)
    with EventLog(folder.worker_events) as events:
        ended = asyncio.Event()
        ended.set()
        mirroring = Mirroring(["tensorboard"], tmp_path, folder, events, Redaction(), grace=0.5)
        await mirroring.follow(ended)
    (event,) = read_events(folder.worker_events)
    assert isinstance(event, Log)
    assert event.message.endswith("it did not come to its end within 0.5 s")


CLAIM: dict[str, Any] = {
    "run_id": "run_1", "run_name": "sft", "attempt_id": "att_1", "attempt": 1, "kind": "sft",
    "recipe": {"name": "test", "runs": {"sft": {"kind": "sft"}}}, "lease_seconds": 2,
}  # fmt: skip
STARTED = (
    '{"seq":1,"at":"2026-01-01T00:00:00Z","type":"started","kind":"sft","steps":1,'
    '"first_step":1,"versions":{}}\n'
)


def test_a_mirror_gets_its_own_secrets_and_none_of_ours() -> None:
    given = {"WANDB_API_KEY": "w", "PRISM_WORKER_TOKEN": "p", "AWS_SECRET_ACCESS_KEY": "a"}
    assert environment(given | {"HOME": "/home/one"}) == {"WANDB_API_KEY": "w", "HOME": "/home/one"}
