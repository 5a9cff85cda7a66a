from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from torch import nn

from prism_engine.algorithms.grpo import Grpo
from prism_engine.algorithms.imitation import Imitation
from prism_engine.batch import TrainingBatch
from prism_engine.contract.algorithms import Grpo as GrpoSettings
from prism_engine.contract.settings import Optimizer
from prism_engine.errors import Diverged
from prism_engine.policy import learner as learner_module
from prism_engine.policy.learner import Divergence, Learner
from prism_engine.policy.optimization import ScheduledAdamW
from prism_engine.policy.policy import Policy

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
        advantages=torch.ones(2),
    )


def weights(policy: Policy) -> torch.Tensor:
    return nn.utils.parameters_to_vector(policy.model.parameters()).detach().clone()


def test_the_loss_is_the_mean_over_all_learned_tokens(
    tiny_policy: Policy, batch: TrainingBatch
) -> None:
    expected = -tiny_policy.score(batch, 1.0).logprobs.mean().item()

    metrics = Learner(tiny_policy, Imitation(), SETTINGS, 10).update(batch, 1)

    assert metrics["tokens"] == 4 + 5
    assert metrics["loss"] == pytest.approx(expected, abs=1e-5)
    assert metrics["learning_rate"] == 1e-2
    assert set(metrics) == {"loss", "entropy", "gradient_norm", "learning_rate", "tokens"}


def test_micro_batches_give_the_same_update(
    tiny_policy: Policy, batch: TrainingBatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = tiny_policy.model.state_dict()
    start = {name: value.clone() for name, value in start.items()}
    whole = Learner(tiny_policy, Imitation(), SETTINGS, 10).update(batch, 1)
    after = weights(tiny_policy)

    tiny_policy.model.load_state_dict(start)
    monkeypatch.setattr(learner_module, "MOST_TOKENS", 1)
    parts = Learner(tiny_policy, Imitation(), SETTINGS, 10).update(batch, 1)

    assert parts == pytest.approx(whole, rel=1e-4)
    # Adam's first step is the gradient's sign, which rounding may turn where it is nearly zero.
    assert (weights(tiny_policy) - after).abs().gt(1e-4).float().mean() < 1e-3


def test_learning_makes_demonstrations_likelier(tiny_policy: Policy, batch: TrainingBatch) -> None:
    learner = Learner(tiny_policy, Imitation(), SETTINGS, 20)
    losses = [learner.update(batch, step)["loss"] for step in range(1, 21)]

    assert losses[-1] < 0.2 * losses[0]


def test_a_positive_advantage_makes_a_response_likelier_and_a_negative_one_less(
    tiny_policy: Policy, batch: TrainingBatch
) -> None:
    before = tiny_policy.score(batch, 1.0).logprobs.detach()
    behaviour = torch.zeros(batch.response_ids.shape)
    behaviour[batch.learned_mask] = before
    judged = replace(batch, behaviour_logprobs=behaviour, advantages=torch.tensor([1.0, -1.0]))

    settings = Optimizer(learning_rate=1e-4)
    metrics = Learner(tiny_policy, Grpo(GrpoSettings()), settings, 10).update(judged, 1)

    change = tiny_policy.score(batch, 1.0).logprobs.detach() - before
    assert change[:4].sum() > 0 > change[4:].sum()
    assert metrics["ratio"] == pytest.approx(1.0, abs=1e-5)
    assert metrics["clip_fraction"] == 0


@pytest.mark.parametrize(
    ("spoiled", "message"),
    [
        ({"advantages": torch.tensor([math.nan, 1.0])}, "step 7: the loss is not a finite number"),
        ({"advantages": torch.tensor([3e38, 1.0])}, "step 7: the (loss|gradient) is not a finite"),
    ],
)
def test_what_is_not_finite_stops_the_run_before_the_weights_change(
    tiny_policy: Policy, batch: TrainingBatch, spoiled: dict, message: str
) -> None:
    before = weights(tiny_policy)
    learner = Learner(tiny_policy, Grpo(GrpoSettings()), SETTINGS, 10)

    with pytest.raises(Diverged, match=message):
        learner.update(replace(batch, **spoiled), 7)

    assert torch.equal(weights(tiny_policy), before)


def test_the_divergence_is_k3_and_is_measured(
    tiny_policy: Policy, tiny_folder, batch: TrainingBatch
) -> None:
    reference = Policy.load(tiny_folder, torch.float32, torch.device("cpu"))
    with torch.no_grad():
        tiny_policy.model.lm_head.weight += 0.05 * torch.randn_like(
            tiny_policy.model.lm_head.weight
        )
    ours, theirs = (p.score(batch, 1.0).logprobs.detach() for p in (tiny_policy, reference))
    k3 = ((theirs - ours).exp() - (theirs - ours) - 1).mean().item()

    learner = Learner(
        tiny_policy, Imitation(), SETTINGS, 10, divergence=Divergence(reference, coefficient=2.0)
    )
    metrics = learner.update(batch, 1)

    assert metrics["kl"] == pytest.approx(k3, rel=1e-4)
    assert metrics["loss"] == pytest.approx(-ours.mean().item() + 2 * k3, rel=1e-4)
    assert k3 > 1e-3


def test_the_rate_rises_and_falls_as_asked() -> None:
    settings = Optimizer(learning_rate=1.0, schedule="cosine", warmup_steps=4)
    rates = [
        ScheduledAdamW([nn.Parameter(torch.ones(1))], settings, 12).learning_rate(step)
        for step in range(1, 13)
    ]

    assert rates[:4] == [0.25, 0.5, 0.75, 1.0]
    assert rates[4] == 1.0
    assert rates[8] == pytest.approx(0.5)
    assert rates == rates[:4] + sorted(rates[4:], reverse=True)
    assert 0 < rates[-1] < 0.05


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
