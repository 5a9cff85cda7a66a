"""The engine's command line on real files: what it writes, resumes, refuses and survives."""

from __future__ import annotations

import errno
import io
import itertools
import json
import math
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import redirect_stderr
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml
from PIL import Image
from safetensors import SafetensorError
from safetensors.torch import load_file

from bench.resume import differences, saved_steps
from prism_engine import checkpoint
from prism_engine.__main__ import main
from prism_engine.algorithms.algorithm import Tokens
from prism_engine.algorithms.imitation import Imitation
from prism_engine.contract.config import read_pipeline
from prism_engine.contract.events import (
    BenchmarkScored,
    CheckpointSaved,
    Event,
    Failed,
    Finished,
    SamplesDrawn,
    Started,
    StepFinished,
    read_events,
)
from prism_engine.contract.manifest import read_manifest
from prism_engine.contract.metrics import METRICS
from prism_engine.interruption import Interruption
from prism_engine.policy.policy import Policy
from prism_engine.run import run_pipeline

FORM = "<caption>- {0}</caption><think>{0} it is</think><answer>{0}</answer>"


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve pictures of one colour each, with the question which."""
    folder = tmp_path_factory.mktemp("colours")
    rows = []
    for number in range(12):
        colour = ("red", "green", "blue")[number % 3]
        pixels = np.full((16, 16, 3), 20, np.uint8)
        pixels[..., number % 3] = 200 + number
        Image.fromarray(pixels).save(folder / f"{number}.png")
        rows.append(
            {
                "id": f"item-{number}",
                "images": [f"{number}.png"],
                "question": "Which colour?",
                "answer": {"type": "text", "value": colour},
                "response": FORM.format(colour),
            }
        )
    (folder / "data.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return folder


@pytest.fixture
def recipe(tiny_folder: Path, data: Path) -> dict:
    return colours(tiny_folder, data)


def colours(tiny_folder: Path, data: Path) -> dict:
    """Fine-tuning on the colours, reinforcement learning from there, and what came of it."""
    common = {"policy": {"model": str(tiny_folder)}, "data": str(data), "checkpoint_every": 2}
    return {
        "name": "colours",
        "seed": 3,
        "runs": {
            "sft": {
                **common, "kind": "sft", "steps": 4, "batch_size": 3, "samples_every": 3,
                "optimizer": {"learning_rate": 0.003, "schedule": "cosine"},
            },
            "evaluate": {
                "kind": "evaluate", "policy": {"run": "grpo"}, "data": str(data), "items": 10,
                "batch_size": 3, "samples_per_item": 2, "checkpoint_every": 1,
                "sampling": {"max_new_tokens": 12},
            },
            "grpo": {
                **common, "kind": "rlvr", "policy": {"run": "sft"}, "steps": 4,
                "prompts_per_step": 2, "rollouts_per_prompt": 3, "samples_every": 2,
                "sampling": {"max_new_tokens": 12}, "optimizer": {"learning_rate": 0.001},
            },
        },
    }  # fmt: skip


def write_recipe(recipe: dict, out: Path) -> list[str]:
    """The arguments with which the engine carries it out."""
    out.mkdir(parents=True, exist_ok=True)
    (out / "recipe.yaml").write_text(yaml.safe_dump(recipe), "utf-8")
    return ["run", str(out / "recipe.yaml"), "--out", str(out)]


def engine(recipe: dict, out: Path, *arguments: str) -> tuple[int, str]:
    """The exit code and what was printed to stderr, in this process: importing torch is slow."""
    printed = io.StringIO()
    handler = signal.getsignal(signal.SIGTERM)
    with redirect_stderr(printed):
        code = main([*write_recipe(recipe, out), *arguments])
    signal.signal(signal.SIGTERM, handler)
    return code, printed.getvalue()


def start(recipe: dict, out: Path, **settings: Any) -> subprocess.Popen[bytes]:
    """The engine as a process of its own."""
    command = [sys.executable, "-m", "prism_engine", *write_recipe(recipe, out)]
    return subprocess.Popen(command, **settings)


def events(out: Path, run: str) -> list[Event]:
    return list(read_events(out / run / "events.jsonl"))


def of(kind: type[Event], found: list[Event]) -> list[Event]:
    return [event for event in found if isinstance(event, kind)]


def curves(out: Path, run: str) -> dict[int, dict[str, float]]:
    """Every step's metrics, timings left out."""
    return {
        event.step: {n: v for n, v in event.metrics.items() if not METRICS[n].timing}
        for event in of(StepFinished, events(out, run))
    }


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, tiny_folder: Path, data: Path) -> Path:
    """A pipeline that ran from beginning to end in a process of its own."""
    out = tmp_path_factory.mktemp("undisturbed")
    assert start(colours(tiny_folder, data), out).wait(timeout=120) == 0
    return out


def test_a_run_says_what_happened(undisturbed: Path) -> None:
    found = events(undisturbed, "sft")

    assert [event.type for event in found] == [
        "environment_recorded",
        "started", "step_finished", "samples_drawn", "step_finished", "checkpoint_saved",
        "step_finished", "samples_drawn", "step_finished", "checkpoint_saved",
        "checkpoint_saved", "finished",
    ]  # fmt: skip
    assert [event.seq for event in found] == list(range(1, 13))
    assert (found[1].kind, found[1].steps, found[1].first_step) == ("sft", 4, 1)
    assert found[1].versions["torch"].startswith("2.")
    assert found[-1] == Finished(seq=12, at=found[-1].at, step=4)
    assert set(found[2].metrics) == {
        "loss", "entropy", "gradient_norm", "learning_rate", "tokens", "useful_share", "updates",
        "update_seconds", "step_seconds", "tokens_per_second", "update_share",
        "update_tokens_per_second",
    }  # fmt: skip
    losses = [metrics["loss"] for metrics in curves(undisturbed, "sft").values()]
    assert losses == sorted(losses, reverse=True)


def test_rollouts_are_measured(undisturbed: Path) -> None:
    metrics = of(StepFinished, events(undisturbed, "grpo"))[0].metrics

    assert {
        "reward", "reward_answer", "reward_format", "accuracy", "valid_share", "mixed_groups",
        "response_tokens", "entropy", "ratio", "clip_fraction", "loss", "gradient_norm",
        "rollout_seconds", "judge_seconds", "update_seconds", "step_seconds",
    } <= set(metrics)  # fmt: skip
    assert metrics["ratio"] == pytest.approx(1, abs=1e-4)
    assert metrics["clip_fraction"] == 0
    assert metrics["valid_share"] == 0
    assert "caption_recall" not in metrics, "nothing is invented where no rollout is well-formed"
    assert 1 <= metrics["response_tokens"] <= 12


def test_samples_come_with_their_images(undisturbed: Path, data: Path) -> None:
    drawn = of(SamplesDrawn, events(undisturbed, "grpo"))

    assert [event.step for event in drawn] == [1, 2, 4]
    sample = drawn[0].samples[0]
    number = int(sample.item.removeprefix("item-"))
    assert sample.gold == ("red", "green", "blue")[number % 3]
    assert sample.demonstration.caption.text == f"- {sample.gold}"
    assert sample.demonstration.correct
    assert len(sample.rollouts) == 3
    assert sample.rollouts[0].advantage == 0
    kept = Image.open(undisturbed / "grpo" / "images" / f"{sample.images[0]}.png")
    assert np.array_equal(np.asarray(kept), np.asarray(Image.open(data / f"{number}.png")))


def test_checkpoints_are_whole_and_few(undisturbed: Path) -> None:
    folder = undisturbed / "sft"
    saved = of(CheckpointSaved, events(undisturbed, "sft"))

    assert [(event.kind, event.role, event.path) for event in saved] == [
        ("resumable", "policy", "checkpoints/step-000002"),
        ("resumable", "policy", "checkpoints/step-000004"),
        ("exported", "policy", "export/policy"),
    ]
    for event in saved:
        assert read_manifest(folder / event.path).size == event.size
    suffixes = {path.suffix for path in folder.rglob("*") if path.is_file()}
    assert suffixes <= {".json", ".jsonl", ".safetensors", ".png", ".jinja", ".md"}


def test_the_export_is_an_ordinary_folder(undisturbed: Path, data: Path) -> None:
    from transformers import AutoModelForImageTextToText, AutoTokenizer

    folder = undisturbed / "grpo" / "export" / "policy"
    model = AutoModelForImageTextToText.from_pretrained(folder)
    policy = Policy.load(folder, torch.float32, torch.device("cpu"))
    image = Image.open(data / "0.png")
    prompt = policy.processor.pad([policy.processor.encode_prompt("Which?", [image])])
    logits = model(
        input_ids=prompt.input_ids,
        attention_mask=prompt.attention_mask.long(),
        mm_token_type_ids=prompt.token_types.int(),
        pixel_values=prompt.pixel_values,
        image_grid_thw=prompt.grid_thw,
    ).logits

    torch.testing.assert_close(
        logits[:, -1], policy.model.lm_head(policy.read(prompt).hidden), atol=1e-5, rtol=0
    )
    saved = load_file(undisturbed / "grpo" / "checkpoints" / "step-000004" / "policy.safetensors")
    for name, weight in model.named_parameters():
        assert torch.equal(weight, saved[f"model.{name}"])
    assert model.config.model_type == "qwen3_vl"
    assert "<|im_start|>user" in AutoTokenizer.from_pretrained(folder).apply_chat_template(
        [{"role": "user", "content": "hi"}], tokenize=False
    )
    assert (folder / "preprocessor_config.json").is_file()


def test_the_export_carries_a_card(undisturbed: Path, data: Path) -> None:
    card = (undisturbed / "grpo" / "export" / "policy" / "README.md").read_text("utf-8")
    _, front, text = card.split("---\n", 2)

    assert yaml.safe_load(front) == {
        "library_name": "transformers",
        "pipeline_tag": "image-text-to-text",
        "tags": ["prism", "rlvr"],
    }
    assert "\n# grpo: policy after 4 steps of rlvr\n" in text
    assert "reinforcement learning with verifiable rewards" in text
    assert "- Pipeline: colours, run grpo, seed 3\n" in text
    assert (
        "- Policy to start from: run sft of the same pipeline (sft: policy after 4 steps of sft)\n"
        in text
    )
    assert f"- Data: {data.name}\n" in text
    reward = curves(undisturbed, "grpo")[4]["reward"]
    assert f"| Reward | {reward:.6g} |  | Mean of the weighted rewards" in text
    assert "Step time" not in text
    settings = text.split("```yaml\n")[1].split("```")[0]
    assert yaml.safe_load(settings)["rewards"] == {"answer": 0.8, "format": 0.2}
    assert "- torch 2." in text
    assert "licences apply" in text


def test_the_same_seed_gives_the_same_numbers(
    undisturbed: Path, recipe: dict, tmp_path: Path
) -> None:
    assert engine(recipe, tmp_path)[0] == 0

    for run in ("sft", "grpo"):
        assert curves(tmp_path, run) == curves(undisturbed, run)
        weights = "export/policy/model.safetensors"
        assert (tmp_path / run / weights).read_bytes() == (undisturbed / run / weights).read_bytes()


@pytest.mark.parametrize("run", ["sft", "grpo"])
def test_a_resumed_run_goes_on_as_if_nothing_had_happened(
    undisturbed: Path, recipe: dict, tmp_path: Path, run: str
) -> None:
    recipe["runs"]["grpo"]["policy"] = {"model": str(undisturbed / "sft" / "export" / "policy")}
    checkpoint = undisturbed / run / "checkpoints" / "step-000002"

    code, _ = engine(recipe, tmp_path, "--only", run, "--resume", str(checkpoint))

    assert code == 0
    assert of(Started, events(tmp_path, run))[0].first_step == 3
    whole = curves(undisturbed, run)
    assert curves(tmp_path, run) == {3: whole[3], 4: whole[4]}
    weights = Path(run) / "export" / "policy" / "model.safetensors"
    assert (tmp_path / weights).read_bytes() == (undisturbed / weights).read_bytes()


def test_an_evaluation_that_was_stopped_goes_on_as_if_nothing_had_happened(
    undisturbed: Path, recipe: dict, tmp_path: Path
) -> None:
    recipe["runs"]["evaluate"]["policy"] = {
        "model": str(undisturbed / "grpo" / "export" / "policy")
    }
    recipe["runs"]["evaluate"]["arm"] = "grpo"
    asked = Interruption()
    asked.requested = True
    assert run_pipeline(read_pipeline(recipe), ["evaluate"], tmp_path, None, 1, asked) == 6
    assert not of(BenchmarkScored, events(tmp_path, "evaluate"))
    stopped = tmp_path / "evaluate" / "checkpoints" / "step-000001"

    code, _ = engine(recipe, tmp_path, "--only", "evaluate", "--resume", str(stopped))

    assert code == 0
    found, expected = events(tmp_path, "evaluate"), events(undisturbed, "evaluate")
    assert [event.first_step for event in of(Started, found)] == [1, 2]
    assert len(curves(tmp_path, "evaluate")) == 4
    assert curves(tmp_path, "evaluate") == curves(undisturbed, "evaluate")
    for kind in (SamplesDrawn, BenchmarkScored):
        assert [event.model_copy(update={"seq": 1, "at": None}) for event in of(kind, found)] == [
            event.model_copy(update={"seq": 1, "at": None}) for event in of(kind, expected)
        ]


def wait_for_step(out: Path, run: str, step: int) -> None:
    deadline = time.monotonic() + 60
    while step not in curves(out, run):
        assert time.monotonic() < deadline, "the engine takes no steps"
        time.sleep(0.05)


def test_a_run_that_is_told_to_stop_saves_first(recipe: dict, tmp_path: Path) -> None:
    recipe["runs"] = {"sft": {**recipe["runs"]["sft"], "steps": 100_000, "checkpoint_every": 1000}}
    process = start(recipe, tmp_path)
    wait_for_step(tmp_path, "sft", 2)

    process.send_signal(signal.SIGTERM)

    assert process.wait(timeout=60) == 6
    found = events(tmp_path, "sft")
    last = max(curves(tmp_path, "sft"))
    assert (found[-1].type, found[-1].stopped, found[-1].step) == ("finished", True, last)
    assert found[-2].path == f"checkpoints/step-{last:06d}"
    read_manifest(tmp_path / "sft" / found[-2].path)


def test_a_killed_run_goes_on_as_if_nothing_had_happened(recipe: dict, tmp_path: Path) -> None:
    recipe["runs"] = {"sft": {**recipe["runs"]["sft"], "steps": 200, "checkpoint_every": 10}}
    process = start(recipe, tmp_path / "killed")
    wait_for_step(tmp_path / "killed", "sft", 12)
    process.kill()
    assert process.wait() == -signal.SIGKILL
    newest = saved_steps(tmp_path / "killed" / "sft")[-1]
    checkpoint = tmp_path / "killed" / "sft" / "checkpoints" / f"step-{newest:06d}"

    assert engine(recipe, tmp_path / "killed", "--resume", str(checkpoint))[0] == 0

    assert engine(recipe, tmp_path / "whole")[0] == 0
    assert 10 <= newest < 200
    assert list(differences(tmp_path / "whole" / "sft", tmp_path / "killed" / "sft")) == []


def test_a_request_that_comes_before_the_first_step_is_kept(recipe: dict, tmp_path: Path) -> None:
    asked = Interruption()
    asked.requested = True

    code = run_pipeline(read_pipeline(recipe), ["sft"], tmp_path, None, 1, asked)

    assert code == 6
    assert list(curves(tmp_path, "sft")) == [1]
    assert events(tmp_path, "sft")[-1].stopped


def test_an_orphan_saves_and_ends(recipe: dict, tmp_path: Path) -> None:
    recipe["runs"] = {"sft": {**recipe["runs"]["sft"], "steps": 100_000, "checkpoint_every": 1000}}
    reading, writing = os.pipe()
    process = start(
        recipe,
        tmp_path,
        env={**os.environ, "PRISM_PARENT_PIPE": str(reading), "PRISM_ORPHAN_GRACE": "20"},
        pass_fds=[reading],
        start_new_session=True,
    )
    os.close(reading)
    wait_for_step(tmp_path, "sft", 1)

    os.close(writing)

    assert process.wait(timeout=60) == 6
    assert of(Finished, events(tmp_path, "sft"))[0].stopped


def test_an_orphan_that_hangs_is_ended(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    process = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import time; from prism_engine.interruption import Interruption;"
            "Interruption().listen(); print('listening', flush=True); time.sleep(600)",
        ],
        env={**os.environ, "PRISM_PARENT_PIPE": str(reading), "PRISM_ORPHAN_GRACE": "0.2"},
        pass_fds=[reading],
        start_new_session=True,
        stdout=subprocess.PIPE,
    )
    os.close(reading)
    process.stdout.readline()

    os.close(writing)

    assert process.wait(timeout=10) == -signal.SIGKILL


def test_a_run_that_diverges_says_at_which_step(recipe: dict, tmp_path: Path) -> None:
    recipe["runs"]["sft"]["optimizer"] = {"learning_rate": 1e30}

    code, output = engine(recipe, tmp_path, "--only", "sft")

    assert code == 5
    failed = of(Failed, events(tmp_path, "sft"))[0]
    assert failed.kind == "diverged"
    assert f"step {max(curves(tmp_path, 'sft')) + 1}: the " in failed.message
    assert "not a finite number" in output


@pytest.mark.parametrize("what", ["loss", "gradient"])
def test_a_run_that_diverges_saves_its_last_good_step(
    undisturbed: Path, recipe: dict, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    steps = itertools.count(1)
    token_loss = Imitation.token_loss

    def spoiled(loss: Imitation, tokens: Tokens) -> torch.Tensor:
        losses = token_loss(loss, tokens)
        if next(steps) == 3 and what == "loss":
            return losses * math.nan
        if what == "gradient":
            losses.register_hook(lambda gradient: gradient * (math.nan if next(steps) > 5 else 1))
        return losses

    monkeypatch.setattr(Imitation, "token_loss", spoiled)
    recipe["runs"]["sft"]["checkpoint_every"] = 100

    code, output = engine(recipe, tmp_path, "--only", "sft")

    assert code == 5
    assert f"step 3: the {what} is not a finite number" in output
    (saved,) = of(CheckpointSaved, events(tmp_path, "sft"))
    assert (saved.step, saved.path) == (2, "checkpoints/step-000002")
    good = undisturbed / "sft" / saved.path
    for file in good.iterdir():
        assert (tmp_path / "sft" / saved.path / file.name).read_bytes() == file.read_bytes()


def test_a_run_that_diverges_at_once_has_nothing_to_save(recipe: dict, tmp_path: Path) -> None:
    recipe["runs"]["sft"]["optimizer"] = {"learning_rate": 1e30}
    recipe["runs"]["sft"]["checkpoint_every"] = 1

    engine(recipe, tmp_path, "--only", "sft")

    saved = of(CheckpointSaved, events(tmp_path, "sft"))
    assert [event.step for event in saved] == list(curves(tmp_path, "sft"))


def test_a_full_disk_is_nobodys_mistake(
    recipe: dict, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=1000))

    code, output = engine(recipe, tmp_path, "--only", "sft")

    assert code == 7
    assert re.search(r"needs [\d,]+ bytes and .*/sft/checkpoints has 1,000 free", output)
    failed = of(Failed, events(tmp_path, "sft"))[0]
    assert failed.kind == "infrastructure"
    assert list((tmp_path / "sft" / "checkpoints").iterdir()) == []
    assert list(curves(tmp_path, "sft")) == [1, 2]


def test_there_must_be_room_for_what_a_run_ends_with(
    recipe: dict, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Room for the weights alone is less than a checkpoint takes, which holds moments too."""
    recipe["runs"]["sft"]["checkpoint_every"] = 100
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=2**20 + 1000))

    code, output = engine(recipe, tmp_path, "--only", "sft")

    assert code == 7
    needed = re.search(r"needs ([\d,]+) bytes and .*/sft has 1,049,576 free", output)
    weights = load_file(Path(recipe["runs"]["sft"]["policy"]["model"]) / "model.safetensors")
    size = sum(weight.nbytes for weight in weights.values())
    assert int(needed[1].replace(",", "")) == size + 2**20
    assert not (tmp_path / "sft" / "export").exists()


@pytest.mark.parametrize("message", ["No space left on device", "I/O error: … (os error 28)"])
def test_a_disk_that_fills_up_while_it_is_written_to(
    recipe: dict, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, message: str
) -> None:
    """The library says in words alone what the system says by a number."""
    error = SafetensorError(message) if "os error" in message else OSError(errno.ENOSPC, message)

    def full(*arguments: object) -> None:
        raise error

    monkeypatch.setattr(checkpoint, "save_file", full)

    assert engine(recipe, tmp_path, "--only", "sft")[0] == 7


def test_nodes_want_somebody_to_say_where_they_meet(recipe: dict, tmp_path: Path) -> None:
    recipe["runs"]["sft"] |= {"resources": {"nodes": 2}, "distribution": {"kind": "ddp"}}
    code, printed = engine(recipe, tmp_path)
    assert code == 2
    assert "runs.sft.resources.nodes: 2 nodes meet where MASTER_ADDR, MASTER_PORT" in printed


def test_what_cannot_run_is_refused_by_name(recipe: dict, tmp_path: Path) -> None:
    recipe["runs"]["sft"]["learning_rat"] = 1
    code, output = engine(recipe, tmp_path / "typo")
    assert code == 2
    assert output.startswith("runs.sft.learning_rat: there is no setting")

    del recipe["runs"]["sft"]["learning_rat"]
    code, output = engine(recipe, tmp_path / "only", "--only", "grop")
    names = "sft, grpo, evaluate"
    assert (code, output) == (2, f"--only: there is no run 'grop'; name one of: {names}\n")

    code, output = engine(recipe, tmp_path / "parent", "--only", "grpo")
    assert code == 2
    assert output.startswith("runs.grpo.policy: run 'sft' has not been carried out in")

    recipe["runs"]["grpo"]["data"] = "/nowhere"
    recipe["runs"]["sft"]["policy"] = {"model": "/nowhere/either"}
    code, output = engine(recipe, tmp_path / "missing")
    assert code == 2
    assert output.splitlines() == [
        "runs.sft.policy: there is no folder /nowhere/either; name one, or a hub id",
        "runs.grpo.data: there is no data set /nowhere; "
        "name a folder with a data.jsonl, or the file",
    ]
    assert not (tmp_path / "missing" / "sft").exists()


def test_what_turns_out_unusable_ends_the_run_by_name(
    recipe: dict, data: Path, tmp_path: Path
) -> None:
    (tmp_path / "data.jsonl").write_text('{"id": "a"}\n', "utf-8")
    recipe["runs"]["sft"]["data"] = str(tmp_path)
    assert engine(recipe, tmp_path / "data", "--only", "sft")[0] == 2
    failed = of(Failed, events(tmp_path / "data", "sft"))[0]
    assert failed.kind == "config"
    assert "row 1: " in failed.message

    recipe["runs"]["sft"] |= {"data": str(data), "policy": {"model": str(data)}}
    code, output = engine(recipe, tmp_path / "model", "--only", "sft")
    assert code == 2
    assert "has no config.json" in output


def test_a_torn_checkpoint_is_refused(undisturbed: Path, recipe: dict, tmp_path: Path) -> None:
    torn = tmp_path / "step-000002"
    torn.mkdir()
    source = undisturbed / "sft" / "checkpoints" / "step-000002"
    for file in source.iterdir():
        (torn / file.name).write_bytes(file.read_bytes())
    with (torn / "policy.safetensors").open("r+b") as weights:
        weights.seek(5000)
        weights.write(b"xxxx")

    code, output = engine(recipe, tmp_path / "out", "--only", "sft", "--resume", str(torn))

    assert code == 2
    assert "policy.safetensors is not what the manifest says" in output


def test_a_folder_that_holds_the_run_is_not_written_over(undisturbed: Path, recipe: dict) -> None:
    before = (undisturbed / "sft" / "events.jsonl").read_bytes()

    code, output = engine(recipe, undisturbed, "--only", "sft")

    assert code == 2
    assert "holds a run already" in output
    assert (undisturbed / "sft" / "events.jsonl").read_bytes() == before


@pytest.mark.parametrize("arguments", [["--help"], ["schema"], ["recipes"], ["run", "--help"]])
def test_what_needs_no_model_answers_without_torch(arguments: list[str]) -> None:
    code = (
        "import sys; from prism_engine.__main__ import main\n"
        f"try: main({arguments})\n"
        "except SystemExit: pass\n"
        "sys.exit('torch' in sys.modules)"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], check=False, capture_output=True).returncode
        == 0
    )
