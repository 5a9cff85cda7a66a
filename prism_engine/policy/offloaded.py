"""AdamW on weights and moments that are on the device for their own part of a step alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from torch import Tensor, nn

from prism_engine.contract.distribution import OFFLOADED_PART
from prism_engine.contract.settings import Optimizer
from prism_engine.policy.host import Memory
from prism_engine.policy.optimization import ScheduledAdamW


class OffloadedAdamW(ScheduledAdamW):
    """The same numbers as all weights taking the step at once, for each is updated by itself."""

    def __init__(
        self, parameters: Iterable[nn.Parameter], settings: Optimizer, steps: int, memory: Memory
    ) -> None:
        super().__init__(parameters, settings, steps)
        self._memory = memory

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        for key, value in state.items():
            # What was read from a file lies where nothing of it can be given back.
            super().load_state({key: value.clone()})
            number, name = key.split(".")
            if name != "step":
                parameter = self._parameters[int(number)]
                self._memory.rest([self._adamw.state[parameter][name]])

    def _descend(self) -> None:
        groups = self._adamw.param_groups
        for part in _parts(groups):
            self._adamw.param_groups = [part]
            with self._memory.awake([*part["params"], *self._moments(part)]):
                super()._descend()
            self._memory.rest(self._moments(part))
        self._adamw.param_groups = groups

    def _moments(self, group: dict[str, Any]) -> list[Tensor]:
        states = [self._adamw.state.get(parameter, {}) for parameter in group["params"]]
        return [value for state in states for name, value in state.items() if name != "step"]


def _parts(groups: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Groups of the same settings, each of at least one weight and of about the size of a part."""
    for group in groups:
        part: list[nn.Parameter] = []
        for parameter in group["params"]:
            if part and sum(each.numel() for each in part) + parameter.numel() > OFFLOADED_PART:
                yield {**group, "params": part}
                part = []
            part.append(parameter)
        yield {**group, "params": part}
