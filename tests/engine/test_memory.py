import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from prism_engine.contract.config import Pipeline, read_pipeline
from prism_engine.contract.events import Failed, read_events
from prism_engine.data.collate import Collator
from prism_engine.discriminators.moe import MoeDiscriminator
from prism_engine.errors import OutOfMemory
from prism_engine.interruption import Interruption
from prism_engine.loop import throughput
from prism_engine.memory import REMEDIES, is_shortage, spent_on
from prism_engine.policy.learner import Learner
from prism_engine.policy.policy import Policy
from prism_engine.policy.sampler.shared_prefill import SharedPrefillSampler
from prism_engine.run import EXIT_CODES, run_pipeline

FORM = "<caption>- {0}</caption><think>{0} it is</think><answer>{0}</answer>"
ASKED = "CUDA out of memory. Tried to allocate 2.00 GiB."


def test_memory_that_runs_out_names_the_part_and_the_setting() -> None:
    with pytest.raises(OutOfMemory) as raised, spent_on("learning"):
        torch.empty(2**60)

    assert "while learning: " in str(raised.value)
    assert "tuning.tokens_per_pass" in str(raised.value)
    assert is_shortage(raised.value)
    assert is_shortage(raised.value.__cause__)


@pytest.mark.parametrize("part", REMEDIES)
def test_what_torch_and_python_raise_is_understood(part: str) -> None:
    for error in (torch.OutOfMemoryError("tried to allocate 2 GiB"), MemoryError("no")):
        with pytest.raises(OutOfMemory, match=part), spent_on(part):
            raise error


@pytest.fixture
def pipeline(tiny_folder: Path, tmp_path: Path) -> Pipeline:
    """A step of everything that asks for memory, on one picture of noise."""
    data = tmp_path / "data"
    data.mkdir()
    noise = np.random.default_rng(0).integers(0, 256, (16, 16, 3), np.uint8)
    Image.fromarray(noise).save(data / "noise.png")
    row = {
        "id": "one", "images": ["noise.png"], "question": "what", "response": FORM.format("a"),
        "answer": {"type": "text", "value": "a"}, "rollouts": [FORM.format(x) for x in "bc"],
    }  # fmt: skip
    (data / "data.jsonl").write_text(json.dumps(row) + "\n")
    common = {"policy": {"model": str(tiny_folder)}, "data": str(data)}
    trained = common | {"steps": 1}
    drawn = {"rollouts_per_prompt": 2, "sampling": {"max_new_tokens": 8}, "prompts_per_step": 1}
    runs = {
        "sft": trained | {"kind": "sft", "batch_size": 1},
        "rlvr": trained | drawn | {"kind": "rlvr"},
        "warmup": trained | drawn | {
            "kind": "warmup", "rollouts": "recorded", "audit": {"prompts": 0},
        },
        "evaluate": common | {
            "kind": "evaluate", "batch_size": 1, "samples_per_item": 2,
            "sampling": {"max_new_tokens": 8},
        },
    }  # fmt: skip
    return read_pipeline({"name": "scarce", "runs": runs})


@pytest.mark.parametrize(
    ("run", "owner", "method", "part", "setting"),
    [
        ("sft", Policy, "load", "loading", "resources.gpu_memory"),
        ("sft", Collator, "demonstrations", "collecting", "batch_size"),
        ("rlvr", SharedPrefillSampler, "sample", "sampling", "sampling.tokens_at_a_time"),
        ("evaluate", SharedPrefillSampler, "sample", "sampling", "batch_size"),
        ("rlvr", Learner, "update", "learning", "tuning.tokens_per_pass"),
        ("warmup", MoeDiscriminator, "score", "judging", "game.tokens_per_pass"),
        ("warmup", MoeDiscriminator, "learn", "judging", "distribution"),
    ],
)
def test_a_run_says_in_which_part_memory_ran_out_what_was_asked_and_what_to_lower(
    run: str,
    owner: type,
    method: str,
    part: str,
    setting: str,
    pipeline: Pipeline,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def scarce(*_: Any, **__: Any) -> None:
        raise torch.OutOfMemoryError(ASKED)

    monkeypatch.setattr(owner, method, scarce)
    code = run_pipeline(pipeline, [run], tmp_path / "out", None, 1, Interruption())

    events = read_events(tmp_path / "out" / run / "events.jsonl")
    failed = next(event for event in events if isinstance(event, Failed))
    assert (code, failed.kind) == (EXIT_CODES["out_of_memory"], "out_of_memory")
    assert failed.message.startswith(f"OutOfMemory: memory ran out while {part}: {ASKED}; ")
    assert setting in failed.message


def test_every_other_fault_stays_what_it_is() -> None:
    with pytest.raises(RuntimeError, match="shapes differ"), spent_on("collecting"):
        raise RuntimeError("shapes differ")
    assert not is_shortage(RuntimeError("shapes differ"))


def test_shares_of_time_and_tokens_by_second() -> None:
    measured = {"step_seconds": 8.0, "rollout_seconds": 4.0, "update_seconds": 2.0, "tokens": 32.0}
    drawn = {"judge_seconds": 1.0, "rollout_tokens": 40.0}
    learned = {
        "rollout_share": 0.5,
        "update_share": 0.25,
        "tokens_per_second": 4.0,
        "update_tokens_per_second": 16.0,
    }

    assert throughput(measured) == learned
    assert throughput(measured | drawn) == learned | {
        "judge_share": 0.125,
        "rollout_tokens_per_second": 10.0,
        "judge_tokens_per_second": 40.0,
    }
    assert throughput({"step_seconds": 2.0, "update_seconds": 1.0}) == {"update_share": 0.5}
