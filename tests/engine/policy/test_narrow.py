import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from prism_engine.contract.settings import Optimizer
from prism_engine.policy.narrow import NarrowWeights
from prism_engine.policy.optimization import ScheduledAdamW

INPUTS = torch.linspace(-1, 1, 12).view(4, 3)


@pytest.fixture
def model() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 2))


def rounded(layer: nn.Linear) -> tuple[Tensor, Tensor]:
    return layer.weight.bfloat16(), layer.bias.bfloat16()


def by_hand(model: nn.Sequential) -> Tensor:
    hidden = linear(INPUTS.bfloat16(), *rounded(model[0])).tanh()
    return linear(hidden, *rounded(model[2]))


def test_the_model_computes_with_rounded_weights_and_keeps_its_own(model: nn.Sequential) -> None:
    before = [weight.detach().clone() for weight in model.parameters()]
    narrow = NarrowWeights(model)
    with narrow.standing_in(), narrow.standing_in():
        inside = model(INPUTS.bfloat16())

    assert inside.dtype is torch.bfloat16
    assert torch.equal(inside, by_hand(model))
    assert all(map(torch.equal, before, model.parameters()))


def test_gradients_are_those_through_a_cast_and_add_up_in_float32(model: nn.Sequential) -> None:
    by_hand(model).float().square().sum().backward()
    expected = [weight.grad for weight in model.parameters()]
    model.zero_grad()

    narrow = NarrowWeights(model)
    for _ in range(3):
        with narrow.standing_in():
            model(INPUTS.bfloat16()).float().square().sum().backward()

    for weight, one in zip(model.parameters(), expected, strict=True):
        assert weight.grad.dtype is torch.float32
        torch.testing.assert_close(weight.grad, 3 * one, rtol=1e-6, atol=1e-6)


def test_copies_are_renewed_where_weights_have_changed(model: nn.Sequential) -> None:
    narrow = NarrowWeights(model)
    optimizer = ScheduledAdamW(model.parameters(), Optimizer(learning_rate=0.1), steps=3)
    for step in (1, 2, 3):
        expected = by_hand(model)
        with narrow.standing_in():
            outputs = model(INPUTS.bfloat16())
            outputs.float().sum().backward()
        assert torch.equal(outputs, expected)
        optimizer.step(step)
    with torch.no_grad():
        model[0].weight.zero_()
    model[2].requires_grad_(False)
    expected = by_hand(model)
    with narrow.standing_in():
        outputs = model(INPUTS.bfloat16())
        outputs.float().sum().backward()

    assert torch.equal(outputs, expected)
    assert model[0].weight.grad is not None
    assert model[2].weight.grad is None


def test_weights_that_are_shared_stay_shared(model: nn.Sequential) -> None:
    tied = nn.Sequential(nn.Linear(3, 3, bias=False), nn.Linear(3, 3, bias=False))
    tied[1].weight = tied[0].weight
    narrow = NarrowWeights(tied)
    with narrow.standing_in():
        assert tied[0].weight is tied[1].weight
        tied(INPUTS.bfloat16()).float().sum().backward()

    assert tied[0].weight.grad.dtype is torch.float32
    assert tied[0].weight.grad.abs().sum() > 0


def test_modules_that_stay_wide_do(model: nn.Sequential) -> None:
    with NarrowWeights(model, wide=[model[2]]).standing_in():
        assert model[0].weight.dtype is torch.bfloat16
        assert model[2].weight.dtype is torch.float32
