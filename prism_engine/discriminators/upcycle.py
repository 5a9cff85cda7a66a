"""Sparse upcycling: a dense Qwen3-VL becomes a Mixture of Experts with one scalar head.

Every feed-forward block of the text tower is copied into E experts (Sparse Upcycling,
arXiv 2212.05055; PRISM, arXiv 2604.28123). The weights of the k experts that a token goes to sum
to 1, so that without noise the upcycled tower computes what the dense one did.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from transformers import Qwen3VLConfig, Qwen3VLForConditionalGeneration, Qwen3VLMoeConfig

from prism_engine.contract.discriminators import Moe
from prism_engine.discriminators.scorer import SparseScorer

_HEAD_DEVIATION = 0.02


def upcycle(
    dense: Qwen3VLForConditionalGeneration, settings: Moe, generator: torch.Generator
) -> SparseScorer:
    """A scorer on the CPU with the dense model's weights.

    Noise, routers and head come from `generator`.
    """
    scorer = SparseScorer(_sparse_config(dense.config, settings)).to(dense.dtype)
    missing, unexpected = scorer.model.load_state_dict(dense.model.state_dict(), strict=False)
    assert all(".mlp." in name for name in [*missing, *unexpected]), (missing, unexpected)
    deviation = scorer.config.text_config.initializer_range
    layers = zip(scorer.model.language_model.layers, dense.model.language_model.layers, strict=True)
    with torch.no_grad():
        for sparse, block in layers:
            gate_up = torch.cat([block.mlp.gate_proj.weight, block.mlp.up_proj.weight])
            down, experts = block.mlp.down_proj.weight, sparse.mlp.experts
            _copy_with_noise(experts.gate_up_proj, gate_up, settings.expert_noise, generator)
            _copy_with_noise(experts.down_proj, down, settings.expert_noise, generator)
            sparse.mlp.gate.weight.normal_(0, deviation, generator=generator)
        scorer.score.weight.normal_(0, _HEAD_DEVIATION, generator=generator)
    return scorer


def _sparse_config(dense: Qwen3VLConfig, settings: Moe) -> Qwen3VLMoeConfig:
    text = _without_names(dense.text_config.to_dict())
    return Qwen3VLMoeConfig(
        text_config={
            **text,
            "moe_intermediate_size": text["intermediate_size"],
            "num_experts": settings.experts,
            "num_experts_per_tok": settings.experts_per_token,
            "decoder_sparse_step": 1,
            "mlp_only_layers": [],
        },
        vision_config=_without_names(dense.vision_config.to_dict()),
        image_token_id=dense.image_token_id,
        video_token_id=dense.video_token_id,
        vision_start_token_id=dense.vision_start_token_id,
        vision_end_token_id=dense.vision_end_token_id,
    )


def _without_names(config: dict[str, Any]) -> dict[str, Any]:
    """The dense model's settings without what says that it is one."""
    names = ("model_type", "architectures", "transformers_version")
    return {key: value for key, value in config.items() if key not in names}


def _copy_with_noise(
    experts: Tensor, weight: Tensor, deviation: float, generator: torch.Generator
) -> None:
    """Fill `experts` (E, out, in) with copies of `weight` (out, in), each with its own noise."""
    experts.copy_(weight + torch.randn(experts.shape, generator=generator) * deviation)
