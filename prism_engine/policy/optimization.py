"""AdamW with its schedule, the clipping of gradients and the check that they are finite."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping

import torch
from torch import Tensor, nn
from torch.autograd.graph import increment_version

from prism_engine.contract.settings import Optimizer
from prism_engine.errors import Diverged


class ScheduledAdamW:
    """AdamW (arXiv 1711.05101) that lets matrices decay, but neither norms nor biases."""

    def __init__(self, parameters: Iterable[nn.Parameter], settings: Optimizer, steps: int) -> None:
        self._settings = settings
        self._steps = steps
        self._parameters = [p for p in parameters if p.requires_grad]
        groups = [
            {
                "params": [p for p in self._parameters if p.ndim >= 2],
                "weight_decay": settings.weight_decay,
            },
            {"params": [p for p in self._parameters if p.ndim < 2], "weight_decay": 0.0},
        ]
        self._adamw = torch.optim.AdamW(groups, lr=settings.learning_rate, fused=True)

    def step(self, step: int, what: str = "gradient") -> float:
        """Clip the gradient, descend and clear it; returns the norm before clipping.

        An error calls it `what`.

        Raises:
            Diverged: the gradient is not finite; the weights are as they were before.
        """
        norm = self.clip()
        if not math.isfinite(norm):
            raise Diverged(step, what)
        for group in self._adamw.param_groups:
            group["lr"] = self.learning_rate(step)
        self._descend()
        # The fused kernel leaves no trace of having written to the weights, and others look for it:
        # copies of them in other formats, vLLM, and whoever would take the step back.
        increment_version(self._parameters)
        return norm

    def clip(self) -> float:
        """Scale the gradient down to the largest norm; returns the norm before."""
        return float(nn.utils.clip_grad_norm_(self._parameters, self._settings.max_gradient_norm))

    def learning_rate(self, step: int) -> float:
        return scheduled_rate(self._settings, self._steps, step)

    def _descend(self) -> None:
        self._adamw.step()
        self._adamw.zero_grad(set_to_none=True)

    def state(self) -> dict[str, Tensor]:
        """Moments and step counts by the parameter's number and their own name."""
        return {
            f"{number}.{name}": value
            for number, parameter in enumerate(self._parameters)
            for name, value in self._adamw.state.get(parameter, {}).items()
        }

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        """Go on from what `state` returned."""
        for key, value in state.items():
            number, name = key.split(".")
            parameter = self._parameters[int(number)]
            self._adamw.state[parameter][name] = value.to(parameter.device)


def scheduled_rate(settings: Optimizer, steps: int, step: int) -> float:
    """The rate of step 1, 2, 3 …: a linear rise, then constant or half a cosine to nothing."""
    if step <= settings.warmup_steps:
        return settings.learning_rate * step / settings.warmup_steps
    if settings.schedule == "constant":
        return settings.learning_rate
    done = (step - 1 - settings.warmup_steps) / max(1, steps - settings.warmup_steps)
    return settings.learning_rate * 0.5 * (1 + math.cos(math.pi * done))


def trained_state(model: nn.Module, optimizer: ScheduledAdamW) -> dict[str, Tensor]:
    """Weights that learn, and moments, by name: all that an exact resume needs."""
    weights = {f"model.{name}": weight for name, weight in _learning(model)}
    return weights | {f"optimizer.{name}": value for name, value in optimizer.state().items()}


def load_trained_state(
    model: nn.Module, optimizer: ScheduledAdamW, state: Mapping[str, Tensor]
) -> None:
    """Go on from what `trained_state` returned."""
    with torch.no_grad():
        for name, weight in _learning(model):
            weight.copy_(state[f"model.{name}"])
    prefix = "optimizer."
    optimizer.load_state(
        {name.removeprefix(prefix): v for name, v in state.items() if name.startswith(prefix)}
    )


def _learning(model: nn.Module) -> Iterator[tuple[str, nn.Parameter]]:
    return ((name, weight) for name, weight in model.named_parameters() if weight.requires_grad)
