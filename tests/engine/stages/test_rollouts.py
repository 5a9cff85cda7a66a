from __future__ import annotations

from pathlib import Path

import pytest
import torch

from prism_engine.data.records import ImageFile
from prism_engine.policy.policy import Policy
from prism_engine.policy.reading import ImageReader
from tests.engine.stages.parrot import stage_in_which
from tests.engine.stages.toy import CURATED


@pytest.fixture
def announced(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The images that a reader was told of ahead, by step."""
    told: list[list[str]] = []

    def ahead(_: ImageReader, files: list[ImageFile]) -> None:
        told.append([file.name for file in files])

    monkeypatch.setattr(ImageReader, "ahead", ahead)
    return told


def test_images_of_the_next_step_are_read_while_a_step_is_drawn(
    tiny_policy: Policy, tmp_path: Path, announced: list[list[str]]
) -> None:
    stage = stage_in_which(tiny_policy, tmp_path, [CURATED] * 3, ["x", "y"], steps=2)
    drawn = [stage.equipment.collector.draw(step) for step in (1, 2)]
    # Nothing comes after the last step.
    assert announced == [[name for record in drawn[1].records for name in record.images]]
    stage.equipment.collector.respond(drawn[0].records, torch.Generator())
    assert len(announced) == 1
