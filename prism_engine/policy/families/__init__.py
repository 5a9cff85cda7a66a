"""Families of vision-language models that can be trained, and that discriminators are made from.

To add one, write its file with a `Family` and name it here by the `model_type` of its
`config.json`. A family of ours encodes images in patches that one `Patcher` cuts, counts positions
as `positions.py` does, calls its parts `visual` and `language_model`, and its vision tower's
attention is told by `cu_seqlens` which patches see each other.
"""

from __future__ import annotations

import json
from pathlib import Path

from prism_engine.errors import InvalidModel
from prism_engine.policy.families.family import Family
from prism_engine.policy.families.qwen2_5_vl import QWEN2_5_VL
from prism_engine.policy.families.qwen3_vl import QWEN3_VL

FAMILIES: dict[str, Family] = {"qwen3_vl": QWEN3_VL, "qwen2_5_vl": QWEN2_5_VL}


def family_of(folder: Path) -> Family:
    """The family of the policy in a folder. Raises `InvalidModel` if it is none that we know."""
    if not (folder / "config.json").is_file():
        raise InvalidModel(f"{folder} has no config.json")
    kind = json.loads((folder / "config.json").read_text("utf-8")).get("model_type")
    if kind not in FAMILIES:
        known = ", ".join(FAMILIES)
        raise InvalidModel(f"{folder} holds a model of type {kind}; a policy is one of {known}")
    return FAMILIES[kind]
