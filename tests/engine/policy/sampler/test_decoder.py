from __future__ import annotations

from pathlib import Path

import pytest
import torch
from PIL import Image

from prism_engine.batch import PromptBatch
from prism_engine.contract.settings import Lora, Tuning
from prism_engine.policy.families import FAMILIES
from prism_engine.policy.policy import Policy
from prism_engine.policy.sampler.decoder import decoder_for
from prism_engine.policy.sampler.module_decoder import ModuleDecoder
from prism_engine.policy.sampler.shared_decoder import SharedDecoder
from prism_engine.policy.sampler.shared_prefill import SharedPrefillSampler
from prism_engine.policy.tuning import tune
from prism_engine.randomness import Randomness

GROUP, ROOM = 3, 8


@pytest.fixture(params=FAMILIES)
def folder(request: pytest.FixtureRequest, tiny_folders: dict[str, Path]) -> Path:
    return tiny_folders[request.param]


def load(folder: Path, dtype: torch.dtype = torch.float32) -> Policy:
    return Policy.load(folder, dtype, torch.device("cpu"))


def asked(policy: Policy, pictures: list[Image.Image]) -> PromptBatch:
    """Prompts of different lengths with one, two and no images."""
    encode = policy.processor.encode_prompt
    return policy.processor.pad(
        [
            encode("How many circles?", [pictures[0]]),
            encode("Which?", [pictures[1], pictures[3]]),
            encode("And without an image?", []),
        ]
    )


def test_the_towers_of_all_families_are_known(folder: Path, pictures: list[Image.Image]) -> None:
    policy = load(folder)
    assert decoder_for(policy.model) is SharedDecoder
    policy.read(asked(policy, pictures))
    assert decoder_for(policy.model) is SharedDecoder


def test_a_tower_in_which_anything_else_stands_decodes_through_its_modules(folder: Path) -> None:
    adapted, hooked = load(folder), load(folder)
    tune(adapted, Tuning(lora=Lora()), Randomness(0))
    layer = hooked.model.model.language_model.layers[1]
    layer.register_forward_pre_hook(lambda module, given: None)

    assert decoder_for(adapted.model) is ModuleDecoder
    assert decoder_for(hooked.model) is ModuleDecoder


@pytest.mark.parametrize(
    ("dtype", "tolerance"),
    [(torch.float32, 1e-5), (torch.float64, 1e-12), (torch.bfloat16, 0.1)],
    ids=str,
)
def test_both_decoders_come_to_the_same_states(
    folder: Path, pictures: list[Image.Image], dtype: torch.dtype, tolerance: float
) -> None:
    """Also after rows were dropped: all of a prompt, and one of three of another."""
    policy = load(folder, dtype)
    going = torch.tensor([False, False, False, True, False, True, True, True, True])
    tokens = torch.randint(0, 255, (ROOM, 9), generator=torch.Generator().manual_seed(0))
    with torch.no_grad(), policy.precision():
        prefix = policy.read(asked(policy, pictures))
        shared = SharedDecoder(policy.model, prefix, GROUP, ROOM)
        modules = ModuleDecoder(policy.model, prefix, GROUP, ROOM)
        assert torch.equal(shared.hidden, modules.hidden)
        for column in tokens[:3]:
            shared.read(column)
            modules.read(column)
        assert shared.hidden.dtype == dtype
        torch.testing.assert_close(shared.hidden, modules.hidden, atol=tolerance, rtol=0)

        grid, plain = shared.remaining(going), modules.remaining(going)
        assert plain.tolist() == [3, 5, 6, 7, 8]
        assert grid.tolist() == [3, 5, 4, 6, 7, 8], "rectangular, what has ended behind"
        shared.keep(grid)
        modules.keep(plain)
        for column in tokens[3:]:
            shared.read(column[grid])
            modules.read(column[plain])
    kept = shared.hidden[going[grid]]
    torch.testing.assert_close(kept, modules.hidden, atol=tolerance, rtol=0)


def test_adapters_have_their_part_in_what_is_drawn(
    folder: Path, pictures: list[Image.Image]
) -> None:
    policy = load(folder)
    tune(policy, Tuning(lora=Lora()), Randomness(0))
    prompts = asked(policy, pictures)
    sampler, drawn = SharedPrefillSampler(policy), []
    for _ in range(2):
        rollouts = sampler.sample(
            prompts,
            GROUP,
            temperature=1.0,
            max_new_tokens=4,
            generator=torch.Generator().manual_seed(0),
        )
        drawn.append(rollouts.logprobs)
        for name, weight in policy.model.named_parameters():
            if "lora_B" in name:
                torch.nn.init.normal_(weight, generator=torch.Generator().manual_seed(1))

    assert (drawn[0] - drawn[1]).abs().max() > 0.1
