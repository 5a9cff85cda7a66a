from __future__ import annotations

from pathlib import Path

import pytest

from prism_engine.contract.config import read_pipeline
from prism_engine.interruption import Interruption
from prism_engine.run import run_pipeline
from tests.engine.stages.toy import CURATED, PUBLIC, Played, toy_recipe, write_toy_data


@pytest.fixture(scope="session")
def played(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Played:
    """Supervised fine-tuning, warm-up and alignment of a toy, by the command's own road."""
    root = tmp_path_factory.mktemp("toy")
    recipe = toy_recipe(
        tiny_folder,
        write_toy_data(root / "public", PUBLIC),
        write_toy_data(root / "curated", [CURATED], pictures=8),
    )
    pipeline = read_pipeline(recipe)
    assert run_pipeline(pipeline, pipeline.in_order(), root / "out", None, 1, Interruption()) == 0
    return Played(pipeline, root / "out")
