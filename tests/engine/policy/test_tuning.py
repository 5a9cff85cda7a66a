from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
import torch
from PIL import Image
from torch import Tensor, nn
from torch.profiler import ProfilerActivity, profile

from prism_engine.algorithms.imitation import Imitation
from prism_engine.batch import TrainingBatch
from prism_engine.contract.settings import Lora, Optimizer, Tower, Tuning
from prism_engine.policy.families import FAMILIES
from prism_engine.policy.learner import Learner, Passes
from prism_engine.policy.packing import PackedBatch
from prism_engine.policy.policy import Policy
from prism_engine.policy.sampler.shared_prefill import SharedPrefillSampler
from prism_engine.policy.tuning import DroppingLearner, WithoutAdapters, tower_modules, tune
from prism_engine.randomness import Randomness
from tests.engine.policy.demonstrations import demonstrations

SETTINGS = Optimizer(learning_rate=1e-2)
SEED = Randomness(4)
LORA = Lora(rank=3, alpha=6.0)


@pytest.fixture
def batch(tiny_policy: Policy, pictures: list[Image.Image]) -> TrainingBatch:
    return demonstrations(tiny_policy.processor, pictures)


def another(folder: Path) -> Policy:
    return Policy.load(folder, torch.float32, torch.device("cpu"))


def weights(modules: list[nn.Module]) -> list[Tensor]:
    return [weight.detach().clone() for module in modules for weight in module.parameters()]


def gradients(policy: Policy, batch: TrainingBatch) -> dict[str, Tensor]:
    policy.score(batch, 1.0).logprobs.mean().backward()
    return {
        name: weight.grad
        for name, weight in policy.model.named_parameters()
        if weight.grad is not None
    }


@pytest.mark.parametrize("family", FAMILIES)
def test_every_weight_belongs_to_one_tower(tiny_folders: dict[str, Path], family: str) -> None:
    model = another(tiny_folders[family]).model
    towers = [
        {id(w) for module in tower_modules(model, tower) for w in module.parameters()}
        for tower in get_args(Tower)
    ]

    assert sum(map(len, towers)) == len(set.union(*towers))
    assert set.union(*towers) == {id(weight) for weight in model.parameters()}


@pytest.mark.parametrize("tower", get_args(Tower))
def test_what_is_frozen_stays_as_it_is(
    tiny_policy: Policy, batch: TrainingBatch, tower: Tower
) -> None:
    model = tiny_policy.model
    frozen = tower_modules(model, tower)
    learning = [
        m for other in get_args(Tower) if other != tower for m in tower_modules(model, other)
    ]
    before, others = weights(frozen), weights(learning)

    tune(tiny_policy, Tuning(frozen=[tower]), SEED)
    learner = Learner(tiny_policy, Imitation(), SETTINGS, 10, Passes())
    learner.update(batch, 1)

    assert all(torch.equal(a, b) for a, b in zip(before, weights(frozen), strict=True))
    assert all(not torch.equal(a, b) for a, b in zip(others, weights(learning), strict=True))
    assert all(weight.grad is None for module in frozen for weight in module.parameters())
    saved = {name.partition(".")[0] for name in learner.state()}
    moments = [name for name in learner.state() if name.endswith("exp_avg")]
    assert saved == {"model", "optimizer"}
    assert len(moments) == len({id(w) for m in learning for w in m.parameters()})


def test_a_frozen_tower_keeps_no_activations(tiny_policy: Policy, batch: TrainingBatch) -> None:
    seen: list[Tensor] = []
    visual = tiny_policy.model.model.visual
    visual.merger.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    tune(tiny_policy, Tuning(frozen=["vision"]), SEED)

    found = gradients(tiny_policy, batch)

    assert not seen[0].requires_grad
    assert all("merger" in name for name in found if "visual" in name)
    assert any("merger" in name for name in found)


@pytest.mark.parametrize("family", FAMILIES)
def test_gradients_are_the_same_where_activations_are_computed_again(
    tiny_folders: dict[str, Path], family: str, pictures: list[Image.Image]
) -> None:
    policy, frugal = another(tiny_folders[family]), another(tiny_folders[family])
    batch = demonstrations(policy.processor, pictures)
    rollouts = SharedPrefillSampler(policy).sample(
        batch.prompts, 3, temperature=1.0, max_new_tokens=9, generator=torch.Generator()
    )
    group = TrainingBatch(
        prompts=batch.prompts,
        prompt_index=torch.arange(5).repeat_interleave(3),
        response_ids=rollouts.ids,
        response_mask=rollouts.mask,
        learned_mask=rollouts.mask,
        behaviour_logprobs=rollouts.logprobs,
        advantages=torch.ones(rollouts.ids.shape),
    )
    kept = gradients(policy, group)
    tune(frugal, Tuning(gradient_checkpointing=True), SEED)
    recomputed = gradients(frugal, group)

    assert kept.keys() == recomputed.keys() == dict(policy.model.named_parameters()).keys()
    for name, gradient in kept.items():
        assert torch.equal(gradient, recomputed[name]), name


def test_activations_that_are_computed_again_take_no_memory(
    tiny_folder: Path, tiny_policy: Policy, batch: TrainingBatch
) -> None:
    def held(policy: Policy) -> int:
        """Bytes that a forward pass leaves behind for the backward pass."""
        with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiled:
            scores = policy.score(batch, 1.0)
        assert scores.logprobs.requires_grad
        return sum(event.self_cpu_memory_usage for event in profiled.key_averages())

    frugal = another(tiny_folder)
    tune(frugal, Tuning(gradient_checkpointing=True), SEED)

    assert held(frugal) < 0.5 * held(tiny_policy)


def test_only_adapters_learn(tiny_policy: Policy, batch: TrainingBatch) -> None:
    model = tiny_policy.model
    before = {name: weight.clone() for name, weight in model.state_dict().items()}
    start = tiny_policy.score(batch, 1.0).logprobs.detach()

    tune(tiny_policy, Tuning(lora=LORA), SEED)
    assert torch.equal(tiny_policy.score(batch, 1.0).logprobs, start)
    learner = Learner(tiny_policy, Imitation(), SETTINGS, 10, Passes())
    losses = [learner.update(batch, step)["loss"] for step in range(1, 6)]

    assert losses[-1] < losses[0] - 0.1
    after = {n.replace(".base_layer", ""): w for n, w in model.state_dict().items()}
    assert all(torch.equal(weight, after[name]) for name, weight in before.items())
    # Seven linear layers in each of two blocks, each with A and B, and two moments and a count.
    assert sum(name.startswith("model.") for name in learner.state()) == 28
    assert len(learner.state()) == 28 * 4
    assert all(".lora_" in name for name in learner.state() if name.startswith("model."))


def test_the_policy_below_the_adapters_can_still_be_asked(
    tiny_folder: Path, tiny_policy: Policy, batch: TrainingBatch
) -> None:
    tune(tiny_policy, Tuning(lora=LORA), SEED)
    Learner(tiny_policy, Imitation(), SETTINGS, 10, Passes()).update(batch, 1)

    expected = another(tiny_folder).score(batch, 1.0).logprobs
    changed = tiny_policy.score(batch, 1.0).logprobs
    below = WithoutAdapters(tiny_policy).score(batch, 1.0).logprobs

    assert torch.equal(below, expected)
    assert (changed - expected).abs().max() > 0.01
    assert torch.equal(tiny_policy.score(batch, 1.0).logprobs, changed)
    assert len(gradients(tiny_policy, batch)) == 28


@torch.no_grad()
def asked(policy: Policy, batch: TrainingBatch) -> Tensor:
    """Log-probabilities of a policy that is not learning, of which nothing is dropped."""
    return policy.score(batch, 1.0).logprobs


def dropping(folder: Path, settings: Tuning) -> tuple[Policy, DroppingLearner]:
    policy = another(folder)
    tune(policy, settings, SEED)
    return policy, DroppingLearner(
        Learner(policy, Imitation(), SETTINGS, 10, Passes()), policy, SEED
    )


def test_what_is_dropped_depends_on_seed_and_step_alone(
    tiny_folder: Path, batch: TrainingBatch
) -> None:
    settings = Tuning(lora=Lora(rank=3, alpha=6.0, dropout=0.5))
    (policy, learner), (other, again) = (dropping(tiny_folder, settings) for _ in range(2))
    learner.update(batch, 1)
    state = torch.get_rng_state()
    again.update(batch, 1)
    assert torch.equal(torch.get_rng_state(), state), "nobody else's numbers are drawn"
    torch.rand(7)
    first, second = learner.update(batch, 2), again.update(batch, 2)

    assert first == second
    assert torch.equal(asked(policy, batch), asked(other, batch))
    assert not torch.equal(policy.score(batch, 1.0).logprobs, asked(policy, batch))


def test_dropping_is_the_same_where_activations_are_computed_again(
    tiny_folder: Path, batch: TrainingBatch
) -> None:
    lora = Lora(rank=3, alpha=6.0, dropout=0.5)
    kept, learner = dropping(tiny_folder, Tuning(lora=lora))
    frugal, again = dropping(tiny_folder, Tuning(lora=lora, gradient_checkpointing=True))
    whole, whole_learner = dropping(tiny_folder, Tuning(lora=LORA))
    for step in (1, 2):
        assert learner.update(batch, step) == again.update(batch, step)
        whole_learner.update(batch, step)

    assert torch.equal(asked(kept, batch), asked(frugal, batch))
    assert not torch.equal(asked(kept, batch), asked(whole, batch))


@pytest.mark.parametrize("packed", [(), (2, 1, 2)], ids=["padded", "packed"])
def test_gradients_of_several_passes_add_up_to_that_of_one(
    tiny_folder: Path, batch: TrainingBatch, packed: tuple[int, ...]
) -> None:
    given = PackedBatch(**vars(batch), packed=packed) if packed else batch

    def moments(tokens: int) -> dict[str, Tensor]:
        policy = Policy.load(tiny_folder, torch.float64, torch.device("cpu"))
        learner = Learner(policy, Imitation(), SETTINGS, 10, Passes(tokens))
        learner.update(given, 1)
        return {n: w for n, w in learner.state().items() if n.endswith("exp_avg")}

    whole, parts = moments(10_000), moments(1)

    assert len(list(given.split(1))) == (len(packed) or 5)
    for name, moment in whole.items():
        torch.testing.assert_close(parts[name], moment, atol=1e-12, rtol=0)
    assert all(moment.abs().max() > 1e-9 for moment in whole.values())
