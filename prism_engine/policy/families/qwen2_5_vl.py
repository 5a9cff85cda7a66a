"""Qwen2.5-VL (arXiv 2502.13923): most vision layers attend within windows of an image only."""

from __future__ import annotations

from transformers import Qwen2_5_VLForConditionalGeneration, Qwen2_5_VLModel

from prism_engine.policy.families.family import Family

QWEN2_5_VL = Family(policy=Qwen2_5_VLForConditionalGeneration, body=Qwen2_5_VLModel)
