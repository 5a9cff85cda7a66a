from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn

from prism_engine.algorithms.grpo import Grpo
from prism_engine.algorithms.imitation import Imitation
from prism_engine.algorithms.objective import Objective, k3
from prism_engine.batch import TrainingBatch
from prism_engine.contract.algorithms import Grpo as GrpoSettings
from prism_engine.contract.settings import Optimizer
from prism_engine.errors import Diverged
from prism_engine.policy.learner import Learner, Passes
from prism_engine.policy.optimization import ScheduledAdamW
from prism_engine.policy.policy import Policy

GRPO = Objective(Grpo(GrpoSettings(), 8))
SETTINGS = Optimizer(learning_rate=1e-2, max_gradient_norm=0.5)


@pytest.fixture
def batch(tiny_policy: Policy) -> TrainingBatch:
    processor = tiny_policy.processor
    prompts = processor.pad([processor.encode_prompt(text, []) for text in ("a?", "longer?")])
    ids, mask = processor.pad_responses([processor.encode_response(t) for t in ("yes", "no way")])
    learned = mask.clone()
    learned[1, :2] = False
    return TrainingBatch(
        prompts=prompts,
        prompt_index=torch.arange(2),
        response_ids=ids,
        response_mask=mask,
        learned_mask=learned,
        behaviour_logprobs=torch.zeros(ids.shape),
        advantages=torch.ones(ids.shape),
    )


def judgement(batch: TrainingBatch, *advantages: float) -> torch.Tensor:
    """(B, R): every token gets the advantage of its response."""
    return torch.tensor(advantages)[:, None].expand(batch.response_ids.shape)


def weights(policy: Policy) -> torch.Tensor:
    return nn.utils.parameters_to_vector(policy.model.parameters()).detach().clone()


def test_the_loss_is_the_mean_over_all_learned_tokens(
    tiny_policy: Policy, batch: TrainingBatch
) -> None:
    expected = -tiny_policy.score(batch, 1.0).logprobs.mean().item()

    metrics = Learner(tiny_policy, Imitation(), SETTINGS, 10, Passes()).update(batch, 1)

    assert metrics["tokens"] == 4 + 5
    assert metrics["loss"] == pytest.approx(expected, abs=1e-5)
    assert metrics["learning_rate"] == 1e-2
    assert metrics["updates"] == 1
    assert set(metrics) == {
        "loss", "entropy", "gradient_norm", "learning_rate", "tokens", "useful_share", "updates",
    }  # fmt: skip


def test_micro_batches_give_the_same_update(tiny_policy: Policy, batch: TrainingBatch) -> None:
    start = tiny_policy.model.state_dict()
    start = {name: value.clone() for name, value in start.items()}
    whole = Learner(tiny_policy, Imitation(), SETTINGS, 10, Passes()).update(batch, 1)
    after = weights(tiny_policy)

    tiny_policy.model.load_state_dict(start)
    parts = Learner(tiny_policy, Imitation(), SETTINGS, 10, Passes(tokens=1)).update(batch, 1)

    assert parts.pop("useful_share") == 1 > whole.pop("useful_share")
    assert parts == pytest.approx(whole, rel=1e-4)
    # Adam's first step is the gradient's sign, which rounding may turn where it is nearly zero.
    assert (weights(tiny_policy) - after).abs().gt(1e-4).float().mean() < 1e-3


def test_learning_makes_demonstrations_likelier(tiny_policy: Policy, batch: TrainingBatch) -> None:
    learner = Learner(tiny_policy, Imitation(), SETTINGS, 20, Passes())
    losses = [learner.update(batch, step)["loss"] for step in range(1, 21)]

    assert losses[-1] < 0.2 * losses[0]


def test_a_positive_advantage_makes_a_response_likelier_and_a_negative_one_less(
    tiny_policy: Policy, batch: TrainingBatch
) -> None:
    before = tiny_policy.score(batch, 1.0).logprobs.detach()
    behaviour = torch.zeros(batch.response_ids.shape)
    behaviour[batch.learned_mask] = before
    judged = replace(batch, behaviour_logprobs=behaviour, advantages=judgement(batch, 1.0, -1.0))

    settings = Optimizer(learning_rate=1e-4)
    metrics = Learner(tiny_policy, GRPO, settings, 10, Passes()).update(judged, 1)

    change = tiny_policy.score(batch, 1.0).logprobs.detach() - before
    assert change[:4].sum() > 0 > change[4:].sum()
    assert metrics["ratio"] == pytest.approx(1.0, abs=1e-5)
    assert metrics["clip_fraction"] == 0
    assert metrics["sampler_gap"] == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(
    ("advantage", "message"),
    [
        (math.nan, "step 7: the loss is not a finite number"),
        (3e38, "step 7: the (loss|gradient) is not a finite"),
    ],
)
def test_what_is_not_finite_stops_the_run_before_the_weights_change(
    tiny_policy: Policy, batch: TrainingBatch, advantage: float, message: str
) -> None:
    before = weights(tiny_policy)
    learner = Learner(tiny_policy, GRPO, SETTINGS, 10, Passes())

    with pytest.raises(Diverged, match=message):
        learner.update(replace(batch, advantages=judgement(batch, advantage, 1.0)), 7)

    assert torch.equal(weights(tiny_policy), before)


def test_the_policy_is_held_near_its_reference(
    tiny_policy: Policy, tiny_folder: Path, batch: TrainingBatch
) -> None:
    reference = Policy.load(tiny_folder, torch.float32, torch.device("cpu"))
    with torch.no_grad():
        tiny_policy.model.lm_head.weight += 0.05 * torch.randn_like(
            tiny_policy.model.lm_head.weight
        )
    ours, theirs = (p.score(batch, 1.0).logprobs.detach() for p in (tiny_policy, reference))
    divergence = k3(ours, theirs).mean().item()

    objective = Objective(Grpo(GrpoSettings(), 8), kl_coefficient=2.0)
    metrics = Learner(
        tiny_policy, objective, SETTINGS, 10, Passes(tokens=1), reference=reference
    ).update(batch, 1)

    assert metrics["kl"] == pytest.approx(divergence, rel=1e-4)
    # At ratio 1 and advantage 1 the surrogate is -1.
    assert metrics["loss"] == pytest.approx(-1 + 2 * divergence, rel=1e-4)
    assert divergence > 1e-3


def test_rollouts_that_are_used_again_are_compared_with_the_policy_as_it_was(
    tiny_policy: Policy, batch: TrainingBatch
) -> None:
    before = tiny_policy.score(batch, 1.0).logprobs.detach()
    judged = replace(batch, advantages=judgement(batch, 1.0, -1.0))
    passes = Passes(iterations=2, mini_batches=2)
    learner = Learner(tiny_policy, GRPO, Optimizer(learning_rate=1e-3), 10, passes)

    metrics = learner.update(judged, 1)

    assert metrics["updates"] == 4
    assert metrics["tokens"] == 4 + 5
    moments = [value for name, value in learner.state().items() if name.endswith(".step")]
    assert {value.item() for value in moments} == {4.0}
    assert metrics["learning_rate"] == 1e-3
    assert metrics["ratio"] != pytest.approx(1.0, abs=1e-3)
    after = tiny_policy.score(batch, 1.0).logprobs.detach()
    assert (after - before).abs().max() > 1e-2


def test_mini_batches_hold_whole_groups_in_order(tiny_policy: Policy, batch: TrainingBatch) -> None:
    parts = list(batch.mini_batches(2))
    assert [part.response_ids.tolist() for part in parts] == [
        [batch.response_ids[0, :4].tolist()],
        [batch.response_ids[1].tolist()],
    ]
    assert [part.prompt_index.tolist() for part in parts] == [[0], [0]]
    assert len(list(batch.mini_batches(5))) == 2


def test_the_weights_of_tokens_do_not_depend_on_the_passes(
    tiny_folder: Path, batch: TrainingBatch
) -> None:
    judged = replace(batch, advantages=judgement(batch, 1.0, -1.0))
    moments = []
    for tokens in (10_000, 1):
        policy = Policy.load(tiny_folder, torch.float32, torch.device("cpu"))
        objective = Objective(Grpo(GrpoSettings(average="response"), 8))
        learner = Learner(policy, objective, SETTINGS, 10, Passes(tokens=tokens))
        # Both responses count alike, however long they are.
        assert learner.update(judged, 1)["loss"] == pytest.approx(0.0, abs=1e-6)
        moments.append({n: v for n, v in learner.state().items() if n.endswith(".exp_avg")})
    for name, whole in moments[0].items():
        torch.testing.assert_close(moments[1][name], whole, atol=1e-6, rtol=1e-4)


def test_where_nothing_is_learned_the_weights_stay(
    tiny_policy: Policy, batch: TrainingBatch
) -> None:
    before = weights(tiny_policy)
    nothing = replace(batch, learned_mask=torch.zeros_like(batch.learned_mask))

    metrics = Learner(tiny_policy, GRPO, SETTINGS, 10, Passes()).update(nothing, 1)

    assert metrics == {"learning_rate": 1e-2, "tokens": 0, "updates": 0}
    assert torch.equal(weights(tiny_policy), before)


def test_matrices_decay_and_vectors_do_not() -> None:
    matrix, vector = nn.Parameter(torch.ones(2, 2)), nn.Parameter(torch.ones(2))
    optimizer = ScheduledAdamW(
        [matrix, vector], Optimizer(learning_rate=0.1, weight_decay=0.5), steps=1
    )
    matrix.grad, vector.grad = torch.zeros(2, 2), torch.zeros(2)

    assert optimizer.step(1) == 0.0
    assert matrix.unique().tolist() == [pytest.approx(0.95)]
    assert vector.tolist() == [1.0, 1.0]


def test_the_gradient_is_clipped_and_its_norm_reported() -> None:
    weight = nn.Parameter(torch.zeros(2))
    weight.grad = torch.tensor([3.0, 4.0])
    optimizer = ScheduledAdamW([weight], Optimizer(learning_rate=0.1, max_gradient_norm=1.0), 1)

    assert optimizer.step(1) == pytest.approx(5.0)
    moment = optimizer.state()["0.exp_avg"]
    assert moment.tolist() == pytest.approx([0.06, 0.08])
