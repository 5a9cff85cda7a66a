"""Number formats: what weights are kept in, and what is computed in which.

Weights are float32, because an update of a millionth of a weight is lost in bfloat16, which is a
format of activations only; `narrow.py` says how a model computes in it. float64 is for comparing
one computation with another: then nothing at all is computed in less.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from types import MethodType
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode
from transformers import PreTrainedModel


def weight_format(dtype: torch.dtype) -> torch.dtype:
    """What weights are kept in where activations are computed in `dtype`."""
    return torch.float64 if dtype is torch.float64 else torch.float32


def widened(numbers: Tensor) -> Tensor:
    """The same numbers in float32, or in float64 where they are."""
    return numbers if numbers.dtype is torch.float64 else numbers.float()


def compute_in_float64(model: PreTrainedModel) -> None:
    """Let a float64 model compute in float64 what transformers always computes in float32.

    Norms, rotary angles and some softmaxes are rounded to float32 there, which would hide any
    difference between two computations that is smaller than that.
    """
    # The library's fused product of tokens and their experts knows nothing wider than float32.
    model.set_experts_implementation("eager")
    for module in model.modules():
        if not type(module).__module__.startswith("torch."):
            module.forward = MethodType(_in_float64(module.forward.__func__), module)


class _Float64(TorchFunctionMode):
    """Takes every request for float32 as one for float64."""

    entered = False

    def __enter__(self) -> _Float64:
        _Float64.entered = True
        return super().__enter__()

    def __exit__(self, *raised: Any) -> None:
        super().__exit__(*raised)
        _Float64.entered = False

    def __torch_function__(
        self,
        function: Callable[..., Any],
        types: Iterable[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        wide = [_wide(value) for value in args]
        named = {name: _wide(value) for name, value in (kwargs or {}).items()}
        return (Tensor.double if function is Tensor.float else function)(*wide, **named)


def _wide(value: Any) -> Any:
    return torch.float64 if value is torch.float32 else value


def _in_float64(forward: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(forward)
    def wide(module: nn.Module, *args: Any, **kwargs: Any) -> Any:
        # Modules contain each other; entering once spares every operation a second look.
        if _Float64.entered:
            return forward(module, *args, **kwargs)
        with _Float64():
            return forward(module, *args, **kwargs)

    return wide
