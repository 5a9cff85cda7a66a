"""Sparse upcycling: a dense model becomes a Mixture of Experts with one scalar head.

Every feed-forward block of the text tower is copied into E experts (Sparse Upcycling,
arXiv 2212.05055; PRISM, arXiv 2604.28123). The weights of the k experts that a token goes to sum
to 1, so that without noise the upcycled tower computes what the dense one did.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Self

import torch
from torch import Tensor, nn
from transformers import PreTrainedConfig, PreTrainedModel
from transformers.models.qwen3_vl_moe.configuration_qwen3_vl_moe import Qwen3VLMoeTextConfig
from transformers.models.qwen3_vl_moe.modeling_qwen3_vl_moe import Qwen3VLMoeTextSparseMoeBlock

from prism_engine.contract.discriminators import Sparse
from prism_engine.discriminators.router import Pooled, Router, load_balance, own
from prism_engine.discriminators.scorer import Scorer, ScorerConfig


class SparseScorer(Scorer):
    """A scorer whose text tower has experts in place of its feed-forward blocks."""

    def __init__(self, config: ScorerConfig) -> None:
        super().__init__(config)
        for layer in self.model.language_model.layers:
            layer.mlp = SparseBlock(config, self.model.config.text_config)
        self.post_init()

    @classmethod
    def grown(
        cls,
        policy: PreTrainedModel,
        settings: Sparse,
        channels: Iterable[str],
        generator: torch.Generator,
    ) -> Self:
        """Upcycle a policy; noise, routers and head come from `generator`."""
        scorer = cls._blank(policy, settings, channels)
        missing, unexpected = scorer.model.load_state_dict(policy.model.state_dict(), strict=False)
        assert all(".mlp." in name for name in [*missing, *unexpected]), (missing, unexpected)
        deviation = policy.config.text_config.initializer_range
        towers = scorer.model.language_model, policy.model.language_model
        for sparse, dense in zip(*(tower.layers for tower in towers), strict=True):
            sparse.mlp.take_over(dense.mlp, settings.expert_noise, deviation, generator)
        scorer._draw_head(generator)
        return scorer

    @contextmanager
    def read_at(self, places: Tensor) -> Iterator[None]:
        """The last layer's experts are asked nowhere else; its router still is everywhere."""
        last = self.model.language_model.layers[-1].mlp
        last.read = places.flatten()
        try:
            yield
        finally:
            last.read = None

    def imbalance(self, router_logits: Sequence[Tensor], pooled: Pooled = own) -> Tensor:
        return load_balance(router_logits, self.config.experts_per_token, pooled)


class SparseBlock(Qwen3VLMoeTextSparseMoeBlock):
    """E feed-forward blocks, k of which every token goes to. Both families' are of this form."""

    read: Tensor | None = None
    """(tokens,) bool: where somebody reads what comes out; everywhere if None."""

    def __init__(self, config: ScorerConfig, text: PreTrainedConfig) -> None:
        # torch multiplies groups of matrices in single precision at most.
        implementation = "eager" if config.dtype is torch.float64 else "grouped_mm"
        settings = Qwen3VLMoeTextConfig(
            hidden_size=text.hidden_size,
            hidden_act=text.hidden_act,
            moe_intermediate_size=text.intermediate_size,
            num_experts=config.experts,
            num_experts_per_tok=config.experts_per_token,
            experts_implementation=implementation,
        )
        super().__init__(settings)
        self.gate = Router(settings)

    def forward(self, hidden_states: Tensor) -> Tensor:
        """Send every token through its experts: (…, H) to the same."""
        tokens = hidden_states.reshape(-1, hidden_states.shape[-1])
        _, weights, chosen = self.gate(tokens)
        if self.read is None:
            return self.experts(tokens, chosen, weights).view(hidden_states.shape)
        answers = torch.zeros_like(tokens)
        answers[self.read] = self.experts(tokens[self.read], chosen[self.read], weights[self.read])
        return answers.view(hidden_states.shape)

    @torch.no_grad()
    def take_over(
        self, dense: nn.Module, noise: float, deviation: float, generator: torch.Generator
    ) -> None:
        """Copy a dense block into every expert, each with its own noise, and draw the router.

        Args:
            dense: a block with `gate_proj`, `up_proj` and `down_proj`.
            noise: deviation of what is added to the copies.
            deviation: of the router's weights.
            generator: on the CPU, where this block is.
        """
        gate_up = torch.cat([dense.gate_proj.weight, dense.up_proj.weight])
        _copy_with_noise(self.experts.gate_up_proj, gate_up, noise, generator)
        _copy_with_noise(self.experts.down_proj, dense.down_proj.weight, noise, generator)
        self.gate.weight.normal_(0, deviation, generator=generator)


def _copy_with_noise(
    experts: Tensor, weight: Tensor, deviation: float, generator: torch.Generator
) -> None:
    """Fill `experts` (E, out, in) with copies of `weight` (out, in), each with its own noise."""
    noise = torch.randn(experts.shape, generator=generator, dtype=weight.dtype) * deviation
    experts.copy_(weight.to(experts.device) + noise)
