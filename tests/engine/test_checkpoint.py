"""What is kept of a run, and what a death in the middle of saving leaves."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections import namedtuple
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from prism_engine import checkpoint
from prism_engine.checkpoint import OVERHEAD, Checkpoints, begin, publish
from prism_engine.contract.manifest import Torn
from prism_engine.errors import NoSpace


class Counter:
    def __init__(self, count: float) -> None:
        self.count = torch.tensor([float(count)])

    def state(self) -> dict[str, Tensor]:
        return {"count": self.count}

    def load_state(self, state: dict[str, Tensor]) -> None:
        self.count = state["count"]


def checkpoints(folder: Path, *, kept: int = 3, best_by: str | None = None, **parts: Counter):
    return Checkpoints(folder, parts or {"policy": Counter(1)}, kept, best_by)


def steps(folder: Path) -> list[int]:
    return sorted(int(path.name.removeprefix("step-")) for path in folder.iterdir())


def test_all_parts_come_back_with_the_step_and_its_metrics(tmp_path: Path) -> None:
    metrics = {"loss": 0.25, "step_seconds": 3.0, "entropy": float("nan")}
    saved = checkpoints(tmp_path, policy=Counter(1.5), judge=Counter(2.5)).save(7, metrics)
    parts = {"policy": Counter(0), "judge": Counter(0)}

    assert checkpoints(tmp_path, **parts).load(saved.path) == (7, {"loss": 0.25})
    assert [part.count.item() for part in parts.values()] == [1.5, 2.5]
    assert saved.path == tmp_path / "step-000007"
    assert {path.name for path in saved.path.iterdir()} == {
        "manifest.json", "state.json", "policy.safetensors", "judge.safetensors",
    }  # fmt: skip
    assert not saved.best


def test_the_newest_stay(tmp_path: Path) -> None:
    saving = checkpoints(tmp_path, kept=2)
    for step in (8, 9, 10, 1_000_000):
        saving.save(step, {})

    assert steps(tmp_path) == [10, 1_000_000]


@pytest.mark.parametrize(
    ("best_by", "values", "best", "stay"),
    [
        ("reward", [1, 4, 3, 4, 2], [True, True, False, False, False], [2, 5]),
        ("loss", [3, 1, 2, 0.5, 0.5], [True, True, False, True, False], [4, 5]),
        ("loss", [3, None, 2, None, 4], [True, False, True, False, False], [3, 5]),
    ],
)
def test_the_best_stays_too(
    tmp_path: Path, best_by: str, values: list, best: list[bool], stay: list[int]
) -> None:
    """In the direction that the metric declares; the first of equals; unmeasured ones are none."""
    saving = checkpoints(tmp_path, kept=1, best_by=best_by)
    metrics = [{} if value is None else {best_by: value} for value in values]

    saved = [saving.save(step, measured) for step, measured in enumerate(metrics, start=1)]

    assert [one.best for one in saved] == best
    assert steps(tmp_path) == stay


def test_an_interruption_does_not_choose_the_best(tmp_path: Path) -> None:
    saving = checkpoints(tmp_path, kept=1, best_by="reward")
    saving.save(10, {"reward": 1})
    assert not saving.save(13, {"reward": 9}, competes=False).best
    saving.save(20, {"reward": 0})

    assert steps(tmp_path) == [10, 20]


class Cursor:
    """Says where it is in a new tensor every time."""

    def __init__(self) -> None:
        self.place = 0

    def state(self) -> dict[str, Tensor]:
        return {"place": torch.tensor(self.place)}

    def load_state(self, state: dict[str, Tensor]) -> None:
        self.place = int(state["place"])


def test_a_step_is_taken_back_unless_weights_have_changed(tmp_path: Path) -> None:
    weights, cursor = Counter(1), Cursor()
    taken = Checkpoints(tmp_path, {"policy": weights, "data": cursor}, 1, None)

    before = taken.before_step()
    cursor.place = 5
    assert taken.take_back(before)
    assert (weights.count.item(), cursor.place) == (1, 0)

    before = taken.before_step()
    cursor.place = 5
    weights.count += 1
    assert not taken.take_back(before)
    assert (weights.count.item(), cursor.place) == (2, 5)


def test_a_resumed_run_knows_the_best(tmp_path: Path) -> None:
    first = checkpoints(tmp_path / "a", best_by="reward")
    first.save(1, {"reward": 5})
    shutil.copytree(first.save(2, {"reward": 4}).path, tmp_path / "b" / "step-000002")

    resumed = checkpoints(tmp_path / "b", kept=1, best_by="reward")
    resumed.load(tmp_path / "b" / "step-000002")
    assert not resumed.save(3, {"reward": 4.5}).best
    assert resumed.save(4, {"reward": 6}).best
    resumed.save(5, {"reward": 5.5})
    assert steps(tmp_path / "b") == [4, 5]

    by_another = checkpoints(tmp_path / "b", best_by="loss")
    by_another.load(tmp_path / "b" / "step-000005")
    assert by_another.save(6, {"loss": 9}).best


def test_checkpoints_of_later_steps_do_not_push_out_those_of_a_resumed_run(tmp_path: Path) -> None:
    for step in (2, 4, 6):
        checkpoints(tmp_path).save(step, {})

    checkpoints(tmp_path, kept=1).save(3, {})

    assert steps(tmp_path) == [3, 4, 6]


def test_too_little_room_is_noticed_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saving = checkpoints(tmp_path, policy=Counter(1), judge=Counter(2))
    saving.save(1, {})
    before = sorted(tmp_path.rglob("*"))
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(0, 0, OVERHEAD + 7))

    with pytest.raises(NoSpace) as refused:
        saving.save(2, {})

    assert str(refused.value).startswith(
        f"a checkpoint needs {OVERHEAD + 8:,} bytes and {tmp_path} has {OVERHEAD + 7:,} free"
    )
    assert sorted(tmp_path.rglob("*")) == before
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(0, 0, OVERHEAD + 8))
    saving.save(2, {})


def test_a_checkpoint_is_on_the_disk_before_it_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    fsync, replace = os.fsync, os.replace
    monkeypatch.setattr(
        os,
        "fsync",
        lambda fd: (done.append(Path(os.readlink(f"/proc/self/fd/{fd}")).name), fsync(fd)),
    )
    monkeypatch.setattr(
        os, "replace", lambda a, b: (done.append(f"{a.name} -> {b.name}"), replace(a, b))
    )

    checkpoints(tmp_path).save(7, {})

    assert sorted(done[:3]) == ["manifest.json", "policy.safetensors", "state.json"]
    assert done[3:] == [
        "step-000007.unfinished", "step-000007.unfinished -> step-000007", tmp_path.name,
    ]  # fmt: skip


class Death:
    """Kills this process at its nth change of the file system."""

    WRITING = os.O_WRONLY | os.O_RDWR

    def __init__(self, nth: int) -> None:
        self.left = nth
        self.save_file = checkpoint.save_file

    def come_closer(self) -> None:
        self.left -= 1
        if self.left == 0:
            os._exit(9)

    def hear(self, event: str, details: tuple[Any, ...]) -> None:
        """Python reports each of these before it does it."""
        opened = event == "open" and details[2] & self.WRITING
        if opened or event in ("os.rename", "os.remove", "os.rmdir", "os.mkdir"):
            self.come_closer()

    def save(self, state: dict[str, Tensor], path: Path) -> None:
        """Write a file in two halves, with a chance to die before, between and after them."""
        self.come_closer()
        self.save_file(state, path)
        whole = path.read_bytes()
        path.write_bytes(whole[: len(whole) // 2])
        self.come_closer()
        path.write_bytes(whole)


def die_at_change(folder: Path, nth: int) -> bool:
    """Save steps 1 to 3 in a process that dies at its nth change; whether it came to that."""
    process = os.fork()
    if process == 0:
        death = Death(nth)
        checkpoint.save_file = death.save
        sys.addaudithook(death.hear)
        saving = checkpoints(folder, kept=1, policy=Counter(0), judge=Counter(0))
        for step in (1, 2, 3):
            for part in saving._parts.values():
                part.count += 1
            saving.save(step, {"loss": step})
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 9


def test_a_death_at_any_moment_leaves_only_whole_checkpoints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A process that dies takes nothing back that it has written; only power cuts do, and waiting
    # for the disk some thousand times would take long.
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)
    nth, most_steps = 1, 0
    while die_at_change(folder := tmp_path / str(nth), nth):
        loaded = []
        for path in sorted(folder.iterdir()) if folder.exists() else []:
            policy, judge = Counter(0), Counter(0)
            try:
                step, metrics = checkpoints(folder, policy=policy, judge=judge).load(path)
            except Torn:
                assert path.suffix, "what has a checkpoint's name is one"
                continue
            assert policy.count.item() == judge.count.item() == step == metrics["loss"]
            if not path.suffix:
                loaded.append(step)
        assert loaded or most_steps == 0, "the checkpoint before stays until the next is whole"
        most_steps = max(most_steps, *loaded, 0)

        checkpoints(folder, kept=1).save(4, {})
        assert steps(folder) == [4], "what was left over is gone"
        nth += 1

    assert nth > 40
    assert most_steps == 3
    assert json.loads((folder / "step-000003" / "state.json").read_text())["step"] == 3


def test_a_folder_is_replaced_by_a_whole_one(tmp_path: Path) -> None:
    target = tmp_path / "policy"
    for content in ("old", "new"):
        unfinished = begin(target)
        (unfinished / "weights").write_text(content)
        publish(unfinished, target)

    assert (target / "weights").read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["policy"]


def test_a_failure_while_saving_leaves_the_folder_that_was_there(tmp_path: Path) -> None:
    class Broken(Counter):
        def state(self) -> dict[str, Tensor]:
            raise RuntimeError("no state")

    checkpoints(tmp_path).save(6, {})
    with pytest.raises(RuntimeError, match="no state"):
        checkpoints(tmp_path, policy=Counter(1), judge=Broken(1)).save(7, {})

    assert steps(tmp_path) == [6]
