from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from prism_engine.batch import Drawn, Rollouts
from prism_engine.data.records import Record
from prism_engine.data.response import parse_response
from prism_engine.policy.families import FAMILIES
from prism_engine.policy.policy import Policy
from tests.engine.tiny import save_tiny_model

torch.set_num_threads(1)

DrawTexts = Callable[..., Drawn]


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


@pytest.fixture
def draw_texts(tiny_policy: Policy, pictures: list[Image.Image]) -> DrawTexts:
    """A step in which the policy wrote exactly these texts: one group of them per prompt.

    They go through the tokenizer and back, as what a sampler draws does. Questions and pictures
    are of different lengths and sizes, so that prompts are padded.
    """

    def draw(groups: Sequence[Sequence[str]], first_picture: int = 1) -> Drawn:
        processor = tiny_policy.processor
        prompts = processor.pad(
            [
                processor.encode_prompt("what" * (1 + number), [pictures[first_picture + number]])
                for number in range(len(groups))
            ]
        )
        ids, mask = processor.pad_responses(
            [processor.encode_response(text) for group in groups for text in group]
        )
        texts = tuple(
            processor.decode(row[kept].tolist()) for row, kept in zip(ids, mask, strict=True)
        )
        return Drawn(
            records=tuple(Record(id=str(n), question="what") for n in range(len(groups))),
            prompts=prompts,
            rollouts=Rollouts(ids, mask, torch.zeros(ids.shape), torch.ones(len(ids)) == 1),
            texts=texts,
            sections=tuple(parse_response(text) for text in texts),
            rollouts_per_prompt=len(groups[0]),
            seconds=0.0,
        )

    return draw
