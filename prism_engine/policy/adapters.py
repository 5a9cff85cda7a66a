"""LoRA (arXiv 2106.09685): a linear layer x ↦ W·x becomes x ↦ W·x + alpha/rank · B·A·x.

W stays as it is; A (rank, in) and B (out, rank) learn, B from zero on.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from peft import LoraConfig, inject_adapter_in_model
from peft.tuners.lora import LoraLayer
from torch import Tensor, nn
from torch.nn.functional import dropout
from transformers import PreTrainedModel

from prism_engine.contract.settings import Lora

_NAME = "default"


def add_adapters(model: PreTrainedModel, settings: Lora, generator: torch.Generator) -> None:
    """Put an adapter on every linear layer of the language model; nothing else learns."""
    language_model = model.model.language_model
    adapted = [
        f"model.language_model.{name}"
        for name, module in language_model.named_modules()
        if isinstance(module, nn.Linear)
    ]
    config = LoraConfig(
        r=settings.rank,
        lora_alpha=settings.alpha,
        target_modules=adapted,
        init_lora_weights=False,
    )
    inject_adapter_in_model(config, model, adapter_name=_NAME)
    for layer in _adapted(model).values():
        _initialise(layer, generator)
        layer.lora_dropout[_NAME] = AdapterDropout(settings.dropout)


def plain_size(model: nn.Module) -> int:
    """Bytes of the model's weights without adapters, what is shared counted once."""
    return sum(weight.nbytes for name, weight in model.named_parameters() if ".lora_" not in name)


def plain_weights(model: nn.Module) -> Mapping[str, Tensor]:
    """The model's weights by the names they have without adapters, each adapter added to its own.

    The model itself stays as it is: adding and taking away again would not give the same numbers.
    """
    layers = _adapted(model)
    weights = {
        name.replace(".base_layer.", "."): weight.detach()
        for name, weight in model.named_parameters(remove_duplicate=False)
        if ".lora_" not in name
    }
    for name, layer in layers.items():
        weights[f"{name}.weight"] = weights[f"{name}.weight"] + layer.get_delta_weight(_NAME)
    return weights


@contextmanager
def without_adapters(model: nn.Module) -> Iterator[None]:
    """Let the model compute what it computed before it had adapters."""
    layers = _adapted(model).values()
    for layer in layers:
        layer.enable_adapters(False)
    try:
        yield
    finally:
        for layer in layers:
            layer.enable_adapters(True)


class AdapterDropout(nn.Module):
    """Drops inputs of an adapter where it learns, and never where it is only asked."""

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share

    def forward(self, inputs: Tensor) -> Tensor:
        return dropout(inputs, self.share, training=torch.is_grad_enabled())


def _adapted(model: nn.Module) -> dict[str, LoraLayer]:
    return {name: module for name, module in model.named_modules() if isinstance(module, LoraLayer)}


@torch.no_grad()
def _initialise(layer: LoraLayer, generator: torch.Generator) -> None:
    """A uniform on ±1/√in, the usual start of a linear layer, and B nothing."""
    a, b = layer.lora_A[_NAME].weight, layer.lora_B[_NAME].weight
    drawn = torch.empty(a.shape).uniform_(-1, 1, generator=generator) / math.sqrt(a.shape[1])
    a.copy_(drawn)
    b.zero_()
