from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from server.fleet.turns import OpenSlot, Share, Turn, Waiting, hopeless_gangs, turns
from server.workers.capacity import Capacity

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
EIGHT = OpenSlot(frozenset({"a100"}), Capacity(8, 85))
PLAIN = OpenSlot(frozenset({"default"}), Capacity(0, 0))


def waits(
    run_id: str,
    minute: int = 0,
    *,
    project: str = "p",
    queue: str = "a100",
    priority: int = 0,
    gpus: int | None = 8,
    memory: int | None = None,
    held: str | None = None,
) -> Waiting:
    at = NOON + timedelta(minutes=minute)
    return Waiting(run_id, "pip_1", project, queue, priority, at, gpus, memory, held)


def test_priority_goes_before_fair_share_and_fair_share_before_age() -> None:
    waiting = [
        waits("old", 0, project="greedy"),
        waits("young", 9, project="modest"),
        waits("younger", 10, project="modest"),
        waits("urgent", 11, project="greedy", priority=1),
        waits("new", 8, project="unheard of"),
    ]
    shares = {"greedy": Share(used={"a100": 900.0}), "modest": Share(used={"a100": 60.0})}
    found = turns(waiting, [EIGHT], shares)
    assert list(found) == ["urgent", "new", "young", "younger", "old"]
    assert [turn.ahead for turn in found.values()] == [0, 1, 2, 3, 4]
    assert found["urgent"].reason == "Waits for 8 GPUs on queue a100; it is next"
    assert found["new"].reason == "Waits for 8 GPUs on queue a100; 1 run ahead"
    assert found["young"].reason == "Waits for 8 GPUs on queue a100; 2 runs ahead"


def test_the_time_that_counts_is_that_of_the_same_queue() -> None:
    shares = {"a": Share(used={"default": 9e9}), "b": Share(used={"a100": 1.0})}
    waiting = [waits("of b", 0, project="b"), waits("of a", 1, project="a")]
    assert list(turns(waiting, [EIGHT], shares)) == ["of a", "of b"]


def test_every_queue_counts_for_itself() -> None:
    waiting = [waits("one", 0), waits("two", 1, queue="default", gpus=None)]
    found = turns(waiting, [EIGHT, PLAIN], {})
    assert found["two"] == Turn(0, "Waits for a slot on queue default; it is next")


@pytest.mark.parametrize(
    ("run", "slots", "share", "reason"),
    [
        (waits("r"), [PLAIN], Share(), "No worker serves queue a100"),
        (
            waits("r"),
            [OpenSlot(frozenset({"a100"}), Capacity(8, 85), projects=frozenset({"other"}))],
            Share(),
            "No worker serves queue a100",
        ),
        (
            waits("r"),
            [OpenSlot(frozenset({"a100"}), Capacity(8, 85), draining=True)],
            Share(),
            "Every worker of queue a100 is being drained",
        ),
        (waits("r", gpus=16), [EIGHT], Share(), "No worker of queue a100 has a slot with 16 GPUs"),
        (
            waits("r", gpus=1, memory=141),
            [EIGHT],
            Share(),
            "No worker of queue a100 has a slot with 1 GPU of 141 GB",
        ),
        (
            waits("r", gpus=1),
            [EIGHT],
            Share(runs=2, max_runs=2),
            "The quota of 2 running runs of this project is used",
        ),
        (
            waits("r"),
            [EIGHT],
            Share(gpus=16, max_gpus=16),
            "The quota of 16 GPUs of this project is used",
        ),
        (
            waits("r"),
            [EIGHT],
            Share(gpus=4, max_gpus=8),
            "Takes 8 GPUs, and 4 of this project's quota of 8 are used",
        ),
        # Whoever asks for two holds the whole slot.
        (
            waits("r", gpus=2),
            [EIGHT],
            Share(max_gpus=4),
            "Takes 8 GPUs, and the quota of this project is 4",
        ),
        (
            waits("r", gpus=2),
            [EIGHT, OpenSlot(frozenset({"a100"}), Capacity(2, 42))],
            Share(max_gpus=4),
            "Waits for 2 GPUs on queue a100; it is next",
        ),
        (
            waits("r", queue="default", gpus=None),
            [PLAIN],
            Share(gpus=4, max_gpus=4),
            "Waits for a slot on queue default; it is next",
        ),
    ],
)
def test_what_a_run_waits_for(
    run: Waiting, slots: list[OpenSlot], share: Share, reason: str
) -> None:
    assert turns([run], slots, {"p": share}) == {"r": Turn(0, reason)}


def test_a_run_that_cannot_start_is_not_counted_as_ahead() -> None:
    study = "Study x runs at most 2 at once"
    waiting = [
        waits("too large", 0, gpus=64), waits("held", 1, held=study), waits("next", 2),
        waits("last", 3),
    ]  # fmt: skip
    found = turns(waiting, [EIGHT], {})
    assert [turn.ahead for turn in found.values()] == [0, 0, 0, 1]
    assert found["held"].reason == study


def test_a_run_over_several_slots_needs_as_many_that_fit() -> None:
    run = replace(waits("r", memory=80), nodes=2)
    share = Share(max_gpus=8)
    (turn,) = turns([run], [EIGHT, PLAIN], {"p": share}).values()
    assert turn.reason == "Needs 2 slots with 8 GPUs of 80 GB each, and queue a100 has 1"
    assert hopeless_gangs([run, waits("one")], [EIGHT], {}) == {"r"}
    (turn,) = turns([run], [EIGHT, EIGHT], {"p": share}).values()
    assert turn.reason == "Takes 16 GPUs, and the quota of this project is 8"
    assert hopeless_gangs([run], [EIGHT, EIGHT], {}) == set()
    (turn,) = turns([run], [EIGHT, EIGHT], {}).values()
    assert turn.reason == "Waits for 2 slots with 8 GPUs of 80 GB each on queue a100; it is next"
