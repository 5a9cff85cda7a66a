"""A layer of a language tower by its weights, without the modules that hold them.

Calling a module costs as much as a small product of matrices, and a token takes a hundred of them.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.linalg import vector_norm
from torch.nn.functional import linear, silu
from transformers import PreTrainedModel
from transformers.activations import SiLUActivation
from transformers.models.qwen2_5_vl import modeling_qwen2_5_vl as qwen2_5_vl
from transformers.models.qwen3_vl import modeling_qwen3_vl as qwen3_vl

from prism_engine.policy.precision import weight_format

KNOWN = {
    qwen3_vl.Qwen3VLTextModel,
    qwen3_vl.Qwen3VLTextDecoderLayer,
    qwen3_vl.Qwen3VLTextAttention,
    qwen3_vl.Qwen3VLTextMLP,
    qwen3_vl.Qwen3VLTextRMSNorm,
    qwen3_vl.Qwen3VLTextRotaryEmbedding,
    qwen2_5_vl.Qwen2_5_VLTextModel,
    qwen2_5_vl.Qwen2_5_VLDecoderLayer,
    qwen2_5_vl.Qwen2_5_VLAttention,
    qwen2_5_vl.Qwen2MLP,
    qwen2_5_vl.Qwen2_5_VLRMSNorm,
    qwen2_5_vl.Qwen2_5_VLRotaryEmbedding,
    nn.Embedding,
    nn.Linear,
    nn.ModuleList,
    SiLUActivation,
}
"""The classes that the towers of `families` are made of, as long as nobody put others in."""


def is_known(model: PreTrainedModel) -> bool:
    """Whether `Layer` computes what the language tower's own layers would.

    Classes are compared exactly and hooks refused: adapters, and what spreads a model over several
    devices, put their own in the place of others or wait to be called before a layer computes.
    """
    tower = model.model.language_model
    sliding = "sliding_attention" in (getattr(tower.config, "layer_types", None) or ())
    return not sliding and not any(
        type(module) not in KNOWN or module._forward_hooks or module._forward_pre_hooks
        for module in tower.modules()
    )


class Norm:
    """Root mean square norm (arXiv 1910.07467): x ↦ weight · x / √(mean x² + eps)."""

    def __init__(self, weight: Tensor, eps: float) -> None:
        self._wide = weight_format(weight.dtype)
        self._weight, self._share = weight, 1 / weight.shape[-1]
        self._eps = weight.new_tensor(eps, dtype=self._wide)

    def __call__(self, states: Tensor) -> Tensor:
        """(…, size) to the same; `weight` may be (size,) or have one for each head."""
        length = vector_norm(states, dim=-1, keepdim=True, dtype=self._wide)
        scale = torch.addcmul(self._eps, length, length, value=self._share).rsqrt_()
        return (states * scale).to(states.dtype) * self._weight


class Layer:
    """One layer's weights as they are now, and what is computed with them beside attention."""

    def __init__(self, layer: nn.Module) -> None:
        attention, mlp = layer.self_attn, layer.mlp
        self.scale: float = attention.scaling
        self.queries: int = attention.q_proj.out_features // attention.head_dim
        self._size: int = attention.head_dim
        self._before = norm_of(layer.input_layernorm)
        self._projections = [
            (each.weight, each.bias)
            for each in (attention.q_proj, attention.k_proj, attention.v_proj)
        ]
        self._by_head = _norm_by_head(attention) if hasattr(attention, "q_norm") else None
        self._out = attention.o_proj.weight.T
        self._after = norm_of(layer.post_attention_layernorm)
        self._gate, self._up = mlp.gate_proj.weight, mlp.up_proj.weight
        self._down = mlp.down_proj.weight.T

    def project(self, hidden: Tensor) -> tuple[Tensor, Tensor]:
        """Of states (b, H) the `queries` with the keys behind them, and the values.

        Both are (b, heads, head_dim).
        """
        states = self._before(hidden)
        queries, keys, values = (linear(states, *weights) for weights in self._projections)
        looking = torch.cat([queries, keys], dim=1).view(len(hidden), -1, self._size)
        if self._by_head is not None:
            looking = self._by_head(looking)
        return looking, values.view(len(hidden), -1, self._size)

    def go_on(self, hidden: Tensor, attended: Tensor) -> Tensor:
        """The states (b, H) that the layer ends with, given what (b, heads · head_dim) it saw."""
        hidden = torch.addmm(hidden, attended, self._out)
        states = self._after(hidden)
        opened = silu(linear(states, self._gate), inplace=True).mul_(linear(states, self._up))
        return torch.addmm(hidden, opened, self._down)


def norm_of(module: nn.Module) -> Norm:
    """The norm that a module holds the weight of."""
    return Norm(module.weight, module.variance_epsilon)


def _norm_by_head(attention: nn.Module) -> Norm:
    """That of the queries' heads and of the keys' in one."""
    size = attention.head_dim
    weights = [
        norm.weight.expand(projection.out_features // size, size)
        for norm, projection in (
            (attention.q_norm, attention.q_proj),
            (attention.k_norm, attention.k_proj),
        )
    ]
    return Norm(torch.cat(weights), attention.q_norm.variance_epsilon)
