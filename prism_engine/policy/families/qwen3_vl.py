"""Qwen3-VL: what its vision tower sees at several depths is added inside the language tower."""

from __future__ import annotations

from transformers import Qwen3VLForConditionalGeneration, Qwen3VLModel

from prism_engine.policy.families.family import Family

QWEN3_VL = Family(policy=Qwen3VLForConditionalGeneration, body=Qwen3VLModel)
