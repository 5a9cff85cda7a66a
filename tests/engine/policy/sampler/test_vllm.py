"""What vLLM draws is what the policy would have drawn, whichever of its parts has just learned."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from types import ModuleType

import pytest
import torch
from PIL import Image
from safetensors import safe_open
from torch import Tensor

from prism_engine.batch import PromptBatch, Rollouts, TrainingBatch
from prism_engine.contract.addresses import ALLOWED
from prism_engine.contract.samplers import Vllm, VllmServer
from prism_engine.contract.settings import Lora
from prism_engine.errors import EndpointDown, ForbiddenAddress, InvalidSampler, MissingPackage
from prism_engine.policy.adapters import add_adapters
from prism_engine.policy.policy import Policy
from prism_engine.policy.sampler.vllm import Engine, VllmSampler, checkpoint_weights
from prism_engine.policy.sampler.vllm_release import ColocatedEngine, ServedEngine
from tests.engine.policy.sampler.server import VllmHttpServer

GROUP, LONGEST = 3, 6
COLOCATED = Vllm(context=512)


@pytest.fixture(params=["awake", "asleep between draws", "on a server"])
def engine(
    request: pytest.FixtureRequest, vllm: ModuleType, tiny_folder: Path, tmp_path: Path
) -> Engine:
    if request.param == "on a server":
        return served(request.getfixturevalue("server"), tmp_path)
    sleeps = request.param == "asleep between draws"
    return ColocatedEngine(tiny_folder, torch.float32, COLOCATED, sleeps=sleeps)


@pytest.fixture
def sampler(tiny_policy: Policy, engine: Engine) -> VllmSampler:
    return VllmSampler(tiny_policy, engine)


@pytest.fixture
def prompts(tiny_policy: Policy, pictures: list[Image.Image]) -> PromptBatch:
    """No picture, one that is scaled to be read, and two of different sizes."""
    processor = tiny_policy.processor
    return processor.pad(
        [
            processor.encode_prompt("nothing to see", []),
            processor.encode_prompt("what", [Image.new("RGB", (90, 70), (200, 30, 60))]),
            processor.encode_prompt("which is which", [pictures[0], pictures[3]]),
        ]
    )


def served(server: VllmHttpServer, folder: Path, secret: str | None = None) -> ServedEngine:
    settings = VllmServer(url=server.url, model="policy", timeout=20)
    return ServedEngine(settings, secret, folder / "weights", torch.float32)


def draw(
    sampler: VllmSampler, prompts: PromptBatch, seed: int = 0, warmth: float = 0.8
) -> Rollouts:
    generator = torch.Generator().manual_seed(seed)
    return sampler.sample(
        prompts, GROUP, temperature=warmth, max_new_tokens=LONGEST, generator=generator
    )


def gap(policy: Policy, prompts: PromptBatch, rollouts: Rollouts, warmth: float = 0.8) -> float:
    """The largest difference of the drawn log-probabilities from the policy's own."""
    batch = TrainingBatch(
        prompts=prompts,
        prompt_index=torch.arange(len(prompts.input_ids)).repeat_interleave(GROUP),
        response_ids=rollouts.ids,
        response_mask=rollouts.mask,
        learned_mask=rollouts.mask,
        behaviour_logprobs=rollouts.logprobs,
        advantages=torch.ones(rollouts.ids.shape),
    )
    with torch.no_grad():
        own = policy.score(batch, warmth).logprobs
    return float((own - rollouts.logprobs[rollouts.mask]).abs().max())


@torch.no_grad()
def learn(policy: Policy, part: str) -> None:
    torch.manual_seed(0)
    for name, weight in policy.model.named_parameters():
        if part in name:
            weight.add_(torch.randn_like(weight) * 0.1)


def test_draws_from_the_policy_as_it_is(
    tiny_policy: Policy, sampler: VllmSampler, prompts: PromptBatch
) -> None:
    assert gap(tiny_policy, prompts, draw(sampler, prompts)) < 1e-5
    for part in ("layers.1.mlp", "visual", "embed_tokens"):
        learn(tiny_policy, part)
        assert gap(tiny_policy, prompts, draw(sampler, prompts)) < 1e-5, part


def test_a_sampler_with_other_weights_shows_in_the_gap(
    tiny_policy: Policy, vllm: ModuleType, tiny_folder: Path, prompts: PromptBatch
) -> None:
    engine = ColocatedEngine(tiny_folder, torch.float32, COLOCATED, sleeps=False)
    drawn = draw(VllmSampler(tiny_policy, engine), prompts)
    learn(tiny_policy, "visual")
    assert gap(tiny_policy, prompts, drawn) > 1e-2


def test_weights_are_handed_over_when_they_have_changed(
    tiny_policy: Policy, vllm: ModuleType, tiny_folder: Path, prompts: PromptBatch
) -> None:
    engine = ColocatedEngine(tiny_folder, torch.float32, COLOCATED, sleeps=False)
    sampler = VllmSampler(tiny_policy, engine)
    draw(sampler, prompts)
    draw(sampler, prompts)
    assert engine._engine.resets == ["prefix", "mm", "encoder"]
    learn(tiny_policy, "norm")
    draw(sampler, prompts)
    assert engine._engine.resets == ["prefix", "mm", "encoder"] * 2


def test_all_chance_comes_from_the_generator(sampler: VllmSampler, prompts: PromptBatch) -> None:
    first, again, other = (draw(sampler, prompts, seed) for seed in (0, 0, 1))
    assert first.ids.equal(again.ids)
    assert first.logprobs.equal(again.logprobs)
    assert not rows(first) & rows(other)
    assert len(rows(first)) == len(prompts.input_ids) * GROUP


def rows(rollouts: Rollouts) -> set[tuple[int, ...]]:
    return {tuple(row) for row in rollouts.ids.tolist()}


def test_the_likeliest_response_stands_in_every_row_of_its_group(
    tiny_policy: Policy, sampler: VllmSampler, prompts: PromptBatch
) -> None:
    drawn = draw(sampler, prompts, warmth=0.0)
    groups = drawn.ids.view(len(prompts.input_ids), GROUP, -1)
    assert groups.eq(groups[:, :1]).all()
    assert gap(tiny_policy, prompts, drawn, warmth=1.0) < 1e-5


def test_what_may_not_be_said_is_never_drawn_and_the_end_ends(
    tiny_policy: Policy, sampler: VllmSampler, prompts: PromptBatch
) -> None:
    processor, letters = tiny_policy.processor, range(65, 75)
    allowed = {*letters, processor.end_id}
    rest = set(range(tiny_policy.model.config.text_config.vocab_size)) - allowed
    processor.banned_ids = tuple(rest)
    tiny_policy.banned = torch.tensor(processor.banned_ids)
    drawn = draw(sampler, prompts, warmth=3.0)
    assert set(drawn.ids[drawn.mask].tolist()) <= allowed
    ends = (drawn.ids == processor.end_id) & drawn.mask
    assert drawn.finished.equal(ends.any(1))
    assert 0 < drawn.finished.sum() < len(drawn.ids)
    assert ends.sum(1).max() == 1
    assert gap(tiny_policy, prompts, drawn, warmth=3.0) < 1e-5


def test_a_prompt_that_is_read_as_other_tokens_is_refused(
    tiny_policy: Policy, vllm: ModuleType, tiny_folder: Path, prompts: PromptBatch, tmp_path: Path
) -> None:
    shutil.copytree(tiny_folder, tmp_path / "other")
    config = json.loads((tmp_path / "other" / "preprocessor_config.json").read_text())
    config["size"]["longest_edge"] = 256
    (tmp_path / "other" / "preprocessor_config.json").write_text(json.dumps(config))
    engine = ColocatedEngine(tmp_path / "other", torch.float32, COLOCATED, sleeps=False)
    with pytest.raises(InvalidSampler, match=r"read prompt 1 .* as .* tokens, the policy as"):
        draw(VllmSampler(tiny_policy, engine), prompts)


@pytest.mark.parametrize("family", ["qwen3_vl", "qwen2_5_vl"])
@pytest.mark.parametrize("adapted", [False, True])
def test_weights_have_the_names_and_values_of_a_checkpoint(
    tiny_folders: dict[str, Path], family: str, adapted: bool, tmp_path: Path
) -> None:
    policy = Policy.load(tiny_folders[family], torch.float32, torch.device("cpu"))
    if adapted:
        add_adapters(policy.model, Lora(rank=2), torch.Generator().manual_seed(0))
        learn(policy, "lora_B")
    policy.export(tmp_path)
    with safe_open(tmp_path / "model.safetensors", "pt") as file:
        names = file.keys()
        exported: dict[str, Tensor] = {name: file.get_tensor(name) for name in names}
    sent = checkpoint_weights(policy)
    assert sent.keys() == exported.keys()
    assert all(weight.equal(exported[name]) for name, weight in sent.items())


def test_another_release_is_refused(
    vllm: ModuleType, tiny_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vllm, "__version__", "0.33.0")
    with pytest.raises(InvalidSampler, match=r"here is vLLM 0\.33\.0, and this works with 0\.32"):
        ColocatedEngine(tiny_folder, torch.float32, COLOCATED, sleeps=False)


def test_where_vllm_is_not_installed_the_remedy_is_said(
    tiny_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "vllm", None)
    with pytest.raises(MissingPackage, match=r"vllm, which .*prism-control\[worker,gpu\]"):
        ColocatedEngine(tiny_folder, torch.float32, COLOCATED, sleeps=False)


def test_a_server_of_another_release_is_refused(server: VllmHttpServer, tmp_path: Path) -> None:
    server.version = "0.31.0"
    with pytest.raises(InvalidSampler, match=r"127\.0\.0\.1:\d+ is vLLM 0\.31\.0"):
        served(server, tmp_path)


def test_a_server_that_reports_other_log_probabilities_is_refused(
    server: VllmHttpServer, tmp_path: Path
) -> None:
    server.engine.options["logprobs_mode"] = "raw_logprobs"
    with pytest.raises(InvalidSampler, match="start it with --logprobs-mode processed_logprobs"):
        served(server, tmp_path)


def test_a_server_with_the_weights_of_another_run_is_refused(
    tiny_policy: Policy, server: VllmHttpServer, prompts: PromptBatch, tmp_path: Path
) -> None:
    ours = VllmSampler(tiny_policy, served(server, tmp_path))
    draw(ours, prompts)
    draw(VllmSampler(tiny_policy, served(server, tmp_path / "theirs")), prompts)
    with pytest.raises(InvalidSampler, match="other weights than it was given"):
        draw(ours, prompts)


def test_the_key_is_shown_to_the_server(
    tiny_policy: Policy, server: VllmHttpServer, prompts: PromptBatch, tmp_path: Path
) -> None:
    draw(VllmSampler(tiny_policy, served(server, tmp_path, "s3cret")), prompts)
    assert server.authorizations == {"Bearer s3cret"}


def test_a_server_that_is_not_there_is_nobodys_mistake(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(ALLOWED, "127.0.0.1")
    settings = VllmServer(url="http://127.0.0.1:9", model="policy")
    with pytest.raises(EndpointDown, match="ConnectError"):
        ServedEngine(settings, None, tmp_path, torch.float32)


def test_a_private_server_must_be_allowed_by_an_administrator(tmp_path: Path) -> None:
    settings = VllmServer(url="http://127.0.0.1:9", model="policy")
    with pytest.raises(ForbiddenAddress, match=ALLOWED):
        ServedEngine(settings, None, tmp_path, torch.float32)
