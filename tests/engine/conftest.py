from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from prism_engine.policy.families import FAMILIES
from prism_engine.policy.policy import Policy
from tests.engine.tiny import save_tiny_model

torch.set_num_threads(1)


@pytest.fixture(scope="session")
def tiny_folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """By family, a Hugging Face folder with a random model that knows single bytes."""
    return {
        family: save_tiny_model(tmp_path_factory.mktemp(family), family=family)
        for family in FAMILIES
    }


@pytest.fixture(scope="session")
def tiny_folder(tiny_folders: dict[str, Path]) -> Path:
    """The folder with a random Qwen3-VL."""
    return tiny_folders["qwen3_vl"]


@pytest.fixture
def tiny_policy(tiny_folder: Path) -> Policy:
    return Policy.load(tiny_folder, torch.float32, torch.device("cpu"))


@pytest.fixture(scope="session")
def pictures() -> list[Image.Image]:
    """Six pictures of noise: two of 16 by 16 pixels, then one each of four other sizes."""
    random = np.random.default_rng(0)
    sizes = [(16, 16), (16, 16), (24, 16), (16, 40), (32, 32), (24, 24)]
    return [Image.fromarray(random.integers(0, 256, (*size, 3), dtype=np.uint8)) for size in sizes]
