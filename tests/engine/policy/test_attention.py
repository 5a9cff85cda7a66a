"""Models are built with the kernel that a recipe asks for, where the machine can run it."""

from __future__ import annotations

import importlib.metadata
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

from prism_engine.__main__ import main
from prism_engine.batch import PromptBatch, TrainingBatch
from prism_engine.contract.config import read_pipeline
from prism_engine.contract.events import Failed, read_events
from prism_engine.contract.settings import Lora
from prism_engine.errors import UnsuitableMachine
from prism_engine.interruption import Interruption
from prism_engine.policy.adapters import add_adapters
from prism_engine.policy.attention import refuse_missing_kernel
from prism_engine.policy.policy import Policy
from prism_engine.policy.sampler.shared_prefill import SharedPrefillSampler
from prism_engine.run import run_pipeline
from tests.engine.policy import flash

CPU = torch.device("cpu")
FLASH = ("flash_attention_2", "flash_attention_3")


def batch_of(policy: Policy, pictures: list[Image.Image]) -> TrainingBatch:
    """Three responses of different lengths to two prompts of different lengths."""
    processor = policy.processor
    prompts = processor.pad(
        [
            processor.encode_prompt("what", [pictures[0], pictures[3]]),
            processor.encode_prompt("and nothing to see here", []),
        ]
    )
    ids, mask = processor.pad_responses(
        [processor.encode_response(text) for text in ("a long one", "b", "c and more")]
    )
    return TrainingBatch(
        prompts=prompts,
        prompt_index=torch.tensor([0, 0, 1]),
        response_ids=ids,
        response_mask=mask,
        learned_mask=mask,
        behaviour_logprobs=torch.zeros(ids.shape),
        advantages=torch.ones(ids.shape),
    )


def learned(policy: Policy, batch: TrainingBatch) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
    scores = policy.score(batch, 1.0).logprobs
    scores.sum().backward()
    gradients = {name: weight.grad for name, weight in policy.model.named_parameters()}
    return scores.detach(), {name: grad for name, grad in gradients.items() if grad is not None}


@pytest.mark.parametrize("family", ["qwen3_vl", "qwen2_5_vl"])
@pytest.mark.parametrize("attention", [*FLASH, "eager"])
def test_the_model_is_built_with_the_kernel_and_computes_the_same(
    tiny_folders: dict[str, Path],
    family: str,
    attention: str,
    pictures: list[Image.Image],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loaded = flash.install(monkeypatch)
    usual = Policy.load(tiny_folders[family], torch.float32, CPU)
    policy = Policy.load(tiny_folders[family], torch.float32, CPU, attention)
    config = policy.model.config
    built = {
        part._attn_implementation for part in (config, config.text_config, config.vision_config)
    }
    assert built == {attention}
    expected, expected_gradients = learned(usual, batch_of(usual, pictures))
    scores, gradients = learned(policy, batch_of(policy, pictures))
    assert set(loaded) == ({attention} if attention in FLASH else set())
    torch.testing.assert_close(scores, expected, rtol=1e-5, atol=1e-5)
    assert gradients.keys() == expected_gradients.keys()
    for name, gradient in gradients.items():
        torch.testing.assert_close(gradient, expected_gradients[name], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("adapted", [False, True])
def test_what_is_drawn_is_the_same(
    tiny_folder: Path, adapted: bool, pictures: list[Image.Image], monkeypatch: pytest.MonkeyPatch
) -> None:
    flash.install(monkeypatch)
    drawn = []
    for attention in ("sdpa", "flash_attention_2", "eager"):
        policy = Policy.load(tiny_folder, torch.float32, CPU, attention)
        if adapted:
            add_adapters(policy.model, Lora(rank=2), torch.Generator().manual_seed(0))
        prompts: PromptBatch = batch_of(policy, pictures).prompts
        drawn.append(
            SharedPrefillSampler(policy).sample(
                prompts, 3, temperature=1.0, max_new_tokens=5,
                generator=torch.Generator().manual_seed(0),
            )
        )  # fmt: skip
    usual, *others = drawn
    for other in others:
        assert other.ids.equal(usual.ids)
        torch.testing.assert_close(other.logprobs, usual.logprobs, rtol=1e-5, atol=1e-5)


def card(monkeypatch: pytest.MonkeyPatch, capability: tuple[int, int], *packages: str) -> None:
    """Let the machine have this card and these packages."""
    known = importlib.metadata.version

    def version(package: str) -> str:
        return "2.8.3" if package in packages else known(package)

    monkeypatch.setattr("prism_engine.policy.attention.version", version)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda: capability)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "Tesla T4")


@pytest.mark.parametrize("attention", FLASH)
def test_a_machine_without_a_gpu_is_refused(attention: str) -> None:
    with pytest.raises(UnsuitableMachine) as refused:
        refuse_missing_kernel(attention)
    assert str(refused.value) == (
        f"{attention} needs a GPU of compute capability 8.0 or newer, and this machine "
        "has no GPU; use it where there is one, or set attention to sdpa, which torch brings along"
    )


def test_an_old_card_is_refused_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    card(monkeypatch, (7, 5), "flash-attn")
    with pytest.raises(UnsuitableMachine, match=r"8\.0 or newer, and Tesla T4 has 7\.5; use it "):
        refuse_missing_kernel("flash_attention_2")


@pytest.mark.parametrize(
    ("attention", "package", "remedy"),
    [
        ("flash_attention_2", "flash-attn", r"'prism-control\[flash\]' builds it, or set"),
        ("flash_attention_3", "flash-attn-3", "build it from the folder hopper"),
    ],
)
def test_a_missing_package_is_named_with_the_remedy(
    attention: str, package: str, remedy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    card(monkeypatch, (9, 0))
    with pytest.raises(UnsuitableMachine, match=f"package {package}, which .*{remedy}"):
        refuse_missing_kernel(attention)


def test_where_card_and_package_are_there_nothing_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    card(monkeypatch, (8, 0), "flash-attn")
    refuse_missing_kernel("flash_attention_2")
    refuse_missing_kernel("sdpa")


def recipe(**settings: Any) -> dict[str, Any]:
    run = {
        "kind": "evaluate", "data": "held-out.jsonl", "dtype": "bfloat16",
        "attention": "flash_attention_2", **settings,
    }  # fmt: skip
    return {"name": "x", "runs": {"score": run}}


def test_validate_refuses_what_this_machine_cannot_run(
    tiny_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "recipe.yaml").write_text(str(recipe(policy={"model": str(tiny_folder)})))
    assert main(["validate", str(tmp_path / "recipe.yaml")]) == 2
    assert capsys.readouterr().err.startswith(
        "runs.score.attention: flash_attention_2 needs a GPU of compute capability 8.0"
    )


def test_a_run_ends_at_its_start_with_the_same_words(tiny_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "data.jsonl").write_text(
        '{"id": "1", "question": "q", "answer": {"type": "integer", "value": 1}}\n'
    )
    settings = recipe(policy={"model": str(tiny_folder)}, data=str(tmp_path / "data.jsonl"))
    code = run_pipeline(
        read_pipeline(settings), ["score"], tmp_path / "out", None, 1, Interruption()
    )
    assert code == 2
    [failed] = [
        e for e in read_events(tmp_path / "out/score/events.jsonl") if isinstance(e, Failed)
    ]
    assert failed.kind == "config"
    assert "needs a GPU of compute capability 8.0 or newer" in failed.message
