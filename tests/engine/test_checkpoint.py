from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from prism_engine.checkpoint import KEPT, load_checkpoint, save_checkpoint
from prism_engine.contract.manifest import Torn


class Counter:
    def __init__(self, count: float) -> None:
        self.count = torch.tensor([count])

    def state(self) -> dict[str, Tensor]:
        return {"count": self.count}

    def load_state(self, state: dict[str, Tensor]) -> None:
        self.count = state["count"]


def test_all_parts_come_back_with_the_step(tmp_path: Path) -> None:
    path, manifest = save_checkpoint(tmp_path, 7, {"policy": Counter(1.5), "judge": Counter(2.5)})
    parts = {"policy": Counter(0), "judge": Counter(0)}

    assert load_checkpoint(path, parts) == 7
    assert [part.count.item() for part in parts.values()] == [1.5, 2.5]
    assert path == tmp_path / "step-000007"
    assert set(manifest.files) == {"state.json", "policy.safetensors", "judge.safetensors"}


def test_the_oldest_checkpoints_go(tmp_path: Path) -> None:
    for step in range(1, KEPT + 3):
        save_checkpoint(tmp_path, step, {"policy": Counter(step)})

    assert sorted(path.name for path in tmp_path.iterdir()) == [
        f"step-{step:06d}" for step in range(3, KEPT + 3)
    ]


def test_a_checkpoint_has_its_name_only_when_it_is_complete(tmp_path: Path) -> None:
    class Broken(Counter):
        def state(self) -> dict[str, Tensor]:
            raise OSError("no space left")

    with pytest.raises(OSError, match="no space left"):
        save_checkpoint(tmp_path, 7, {"policy": Counter(1), "judge": Broken(1)})
    assert [path.name for path in tmp_path.iterdir()] == ["step-000007.unfinished"]
    with pytest.raises(Torn, match=r"has no manifest\.json"):
        load_checkpoint(tmp_path / "step-000007.unfinished", {})

    path, _ = save_checkpoint(tmp_path, 7, {"policy": Counter(3)})
    assert [found.name for found in tmp_path.iterdir()] == [path.name]
