from pathlib import Path

import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from prism_engine.batch import PromptBatch
from prism_engine.contract.discriminators import Moe
from prism_engine.discriminators.sections import EXPERTS
from prism_engine.discriminators.sparse import SparseScorer
from prism_engine.policy.families import FAMILIES
from prism_engine.policy.policy import Policy


@pytest.fixture(scope="module", params=FAMILIES)
def tiny_folder(request: pytest.FixtureRequest, tiny_folders: dict[str, Path]) -> Path:
    return tiny_folders[request.param]


def prompts_of(policy: Policy, pictures: list[Image.Image]) -> PromptBatch:
    encode = policy.processor.encode_prompt
    return policy.processor.pad([encode("a", pictures[:1]), encode("a longer one", pictures[2:5])])


def upcycled(policy: Policy, seed: int = 0, **settings: float) -> SparseScorer:
    generator = torch.Generator().manual_seed(seed)
    return SparseScorer.grown(policy.model, Moe(**settings), EXPERTS, generator).eval()


def test_without_noise_the_upcycled_tower_computes_what_the_dense_one_did(
    tiny_policy: Policy, pictures: list[Image.Image]
):
    prompts = prompts_of(tiny_policy, pictures)
    scorer = upcycled(tiny_policy, expert_noise=0.0)
    with torch.no_grad():
        read = scorer.read(prompts)
        dense = tiny_policy.read(prompts)
    kept = prompts.attention_mask[:, None, :, None]
    for ours, theirs in zip(read.cache.layers, dense.cache.layers, strict=True):
        torch.testing.assert_close(ours.keys * kept, theirs.keys * kept, rtol=1e-5, atol=1e-5)
        torch.testing.assert_close(ours.values * kept, theirs.values * kept, rtol=1e-5, atol=1e-5)


def test_noise_makes_the_copies_differ_by_its_deviation(tiny_policy: Policy):
    clean = upcycled(tiny_policy, expert_noise=0.0).model.language_model.layers[0].mlp.experts
    noisy = upcycled(tiny_policy, expert_noise=0.01).model.language_model.layers[0].mlp.experts
    difference = noisy.gate_up_proj - clean.gate_up_proj
    assert 0.009 < difference.std() < 0.011
    assert not torch.equal(difference[0], difference[1])


def test_every_other_weight_is_the_dense_model_s(tiny_policy: Policy):
    dense = tiny_policy.model.model.state_dict()
    sparse = upcycled(tiny_policy).model.state_dict()
    shared = [name for name in dense if ".mlp." not in name or name.startswith("visual")]
    assert len(shared) > 40
    assert all(torch.equal(dense[name], sparse[name]) for name in shared)


def test_the_same_seed_gives_the_same_discriminator(tiny_policy: Policy):
    one, same, other = (upcycled(tiny_policy, seed).state_dict() for seed in (0, 0, 1))
    assert all(torch.equal(one[name], same[name]) for name in one)
    assert not torch.equal(one["score.weight"], other["score.weight"])


def test_saved_and_loaded_as_an_ordinary_folder(tiny_policy: Policy, tmp_path: Path):
    scorer = upcycled(tiny_policy)
    scorer.save_pretrained(tmp_path)
    loaded = SparseScorer.from_pretrained(tmp_path, dtype=torch.float32)
    before, after = scorer.state_dict(), loaded.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert "score.weight" in load_file(tmp_path / "model.safetensors")


def test_the_last_experts_answer_only_where_a_score_is_read(tiny_policy: Policy):
    scorer = upcycled(tiny_policy)
    *_, last = (layer.mlp for layer in scorer.model.language_model.layers)
    states = torch.randn(2, 3, 32, generator=torch.Generator().manual_seed(0))
    places = torch.tensor([[False, True, False], [True, False, False]])

    with torch.no_grad():
        everywhere = last(states)
        with scorer.read_at(places):
            there = last(states)
        afterwards = last(states)

    torch.testing.assert_close(there[places], everywhere[places], atol=1e-6, rtol=1e-5)
    assert there[~places].abs().max() == 0 < everywhere[~places].abs().min()
    assert torch.equal(afterwards, everywhere)
