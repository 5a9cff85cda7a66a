from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
import torch
from PIL import Image
from torch.utils.flop_counter import FlopCounterMode

from prism_engine.batch import PromptBatch, TrainingBatch
from prism_engine.contract.settings import Lora, Tuning
from prism_engine.policy.families import FAMILIES
from prism_engine.policy.operations import forward_operations, update_operations
from prism_engine.policy.policy import Policy
from prism_engine.policy.tuning import tune
from prism_engine.policy.utilisation import UtilisationMeter
from prism_engine.randomness import Randomness

ATTENTION = {
    torch.ops.aten._scaled_dot_product_flash_attention_for_cpu,
    torch.ops.aten._scaled_dot_product_flash_attention_for_cpu_backward,
    torch.ops.aten.bmm,
}


def asked_once(policy: Policy, pictures: Sequence[Image.Image]) -> TrainingBatch:
    """One prompt with an image and one response, so that nothing is padding."""
    prompts = policy.processor.pad([policy.processor.encode_prompt("what?", [pictures[3]])])
    ids, mask = policy.processor.pad_responses([policy.processor.encode_response("a circle")])
    nothing = torch.zeros(ids.shape)
    return TrainingBatch(prompts, torch.tensor([0]), ids, mask, mask, nothing, nothing)


def load(folder: Path) -> Policy:
    return Policy.load(folder, torch.float32, torch.device("cpu"))


@pytest.mark.parametrize("family", FAMILIES)
def test_products_are_those_that_torch_counts(
    family: str, tiny_folders: dict[str, Path], pictures: list[Image.Image]
) -> None:
    policy = load(tiny_folders[family])
    batch = asked_once(policy, pictures)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        policy.score(batch, 1.0)
    counted = counter.get_flop_counts()["Global"]
    products = sum(number for name, number in counted.items() if name not in ATTENTION)

    operations = forward_operations(policy, batch)

    text, vision = policy.model.config.text_config, policy.model.config.vision_config
    asked, answered = batch.prompts.input_ids.shape[1], batch.response_ids.shape[1]
    length = asked + answered
    pairs, patches = length * (length + 1) // 2, len(batch.prompts.pixel_values)
    queries = policy.model.model.language_model.layers[0].self_attn.q_proj.out_features
    seen = pairs * queries * text.num_hidden_layers + patches**2 * vision.depth * vision.hidden_size
    # The last token predicts nothing and is not read, and the head is asked for its size first.
    linear = [
        part
        for part in policy.model.model.language_model.modules()
        if isinstance(part, torch.nn.Linear)
    ]
    unread = sum(part.weight.numel() for part in linear) - policy.model.lm_head.weight.numel()
    assert sum(operations.values()) - 4 * seen - 2 * unread == products


def lasting(lengths: Sequence[int]) -> torch.Tensor:
    """(B, T) bool: rows of so many tokens each."""
    return torch.arange(max(lengths)) < torch.tensor(lengths)[:, None]


def test_what_is_counted_by_hand(tiny_policy: Policy) -> None:
    asked, answered = lasting([20, 10]), lasting([3, 2, 4])
    nothing = torch.zeros(answered.shape)
    batch = TrainingBatch(
        prompts=PromptBatch(
            input_ids=asked.long(),
            attention_mask=asked,
            token_types=asked.long(),
            position_ids=asked.long().expand(3, 2, -1),
            next_position=torch.tensor([20, 10]),
            pixel_values=torch.zeros(56, 96),
            grid_thw=torch.tensor([[1, 4, 10], [1, 4, 4]]),
            images_per_prompt=(1, 1),
            patches_per_prompt=(40, 16),
        ),
        prompt_index=torch.tensor([0, 0, 1]),
        response_ids=answered.long(),
        response_mask=answered,
        learned_mask=answered & torch.tensor([True, False, True])[:, None],
        behaviour_logprobs=nothing,
        advantages=nothing,
    )
    # Width 32, 4 heads and 2 of keys and values, 16 wide each; 48 inside of a block; 2 layers.
    layer = 32 * 64 + 2 * 32 * 32 + 64 * 32 + 3 * 32 * 48
    pairs = (210 + 55) + (3 * 20 + 6) + (2 * 20 + 3) + (4 * 10 + 10)
    language = 2 * (2 * layer * 39 + 263 * 32 * 7) + 4 * pairs * 2 * 64
    # Patches of 96 numbers; 4 of them become one feature, of the last layer and of one below it.
    # The table of positions is looked up, and multiplies nothing.
    layer = 32 * 96 + 32 * 32 + 2 * 32 * 48
    patches = 56 * (96 * 32 + 2 * layer)
    features = 14 * 2 * (128 * 128 + 128 * 32)
    vision = 2 * (patches + features) + 4 * (40**2 + 16**2) * 2 * 32
    assert (language, vision) == (2_012_224, 3_571_712)

    assert forward_operations(tiny_policy, batch) == {"language": language, "vision": vision}
    assert update_operations(tiny_policy, batch) == 3 * (language + vision)


def test_what_stays_as_it_is_has_no_gradient_to_compute(
    tiny_folder: Path, pictures: list[Image.Image]
) -> None:
    whole, blind, adapted = (load(tiny_folder) for _ in "abc")
    batch = asked_once(whole, pictures)
    forward = forward_operations(whole, batch)
    tune(blind, Tuning(frozen=["vision", "projector"]), Randomness(0))
    tune(adapted, Tuning(lora=Lora(rank=1)), Randomness(0))

    assert update_operations(whole, batch) == 3 * sum(forward.values())
    assert update_operations(blind, batch) == forward["vision"] + 3 * forward["language"]
    with_adapters = forward_operations(adapted, batch)
    assert update_operations(adapted, batch) == forward["vision"] + 2 * with_adapters["language"]


class Steady:
    """A learner that takes two seconds by the clock."""

    updates = 1

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        monkeypatch.setattr("time.perf_counter", lambda: self.now)

    def update(self, batch: TrainingBatch, step: int) -> dict[str, float]:
        self.now += 2
        return {"updates": self.updates}


def test_utilisation_is_what_was_needed_of_what_was_possible(
    tiny_policy: Policy, pictures: list[Image.Image], monkeypatch: pytest.MonkeyPatch
) -> None:
    batch, steady = asked_once(tiny_policy, pictures), Steady(monkeypatch)
    needed = update_operations(tiny_policy, batch)
    meter = UtilisationMeter(steady, tiny_policy, rate=4.0 * needed, iterations=3)

    assert meter.update(batch, 1) == {"updates": 1, "update_utilisation": 3 / 8}
    steady.updates = 0
    assert meter.update(batch, 2) == {"updates": 0}
