from __future__ import annotations

from datetime import UTC, datetime
from math import inf

import pytest

from server.fleet.turns import OpenSlot, Waiting
from server.fleet.waiting_time import NOW, UNKNOWN, Span, around, waiting_times
from server.workers.capacity import Capacity

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
BIG = OpenSlot(frozenset({"a100"}), Capacity(8, 85))
SMALL = OpenSlot(frozenset({"a100"}), Capacity(1, 85))


def run(name: str, gpus: int = 1, nodes: int = 1) -> Waiting:
    return Waiting(name, "pip", "p", "a100", 0, NOON, gpus, nodes=nodes)


def test_a_span_is_stretched_by_what_a_pace_may_stray() -> None:
    assert around([100.0]) == Span(80.0, 125.0)
    assert around([10.0, 20.0]) == Span(8.0, 25.0)
    assert around([]) == UNKNOWN == Span(0.0, inf)


def test_a_span_goes_on_and_has_a_limit() -> None:
    assert Span(2.0, 3.0).times(10) == Span(20.0, 30.0)
    assert UNKNOWN.times(0) == NOW
    assert Span(20.0, 30.0).after(25) == Span(0.0, 5.0)
    assert UNKNOWN.at_most(60) == Span(0.0, 60.0)
    assert Span(20.0, 30.0).at_most(None) == Span(20.0, 30.0)


def test_one_slot_is_had_by_one_run_after_the_other() -> None:
    durations = {"a": Span(60.0, 100.0), "b": Span(10.0, 10.0), "c": UNKNOWN}
    order = [run("a"), run("b"), run("c"), run("d")]
    assert waiting_times(order, [BIG], [Span(48.0, 75.0)], durations, {}) == {
        "a": Span(48.0, 75.0),
        "b": Span(108.0, 175.0),
        "c": Span(118.0, 185.0),
        # Nobody knows how long c takes.
    }


def test_a_run_waits_for_the_first_slot_that_it_fits() -> None:
    order = [run("large", gpus=8), run("small"), run("second small")]
    durations = {"large": Span(10.0, 10.0), "small": Span(5.0, 6.0)}
    free = [Span(40.0, 50.0), Span(20.0, 30.0)]
    assert waiting_times(order, [BIG, SMALL], free, durations, {}) == {
        "large": Span(40.0, 50.0),
        "small": Span(20.0, 30.0),
        "second small": Span(25.0, 36.0),
    }


def test_a_slot_of_which_nothing_is_known_may_be_quicker_but_delays_nobody() -> None:
    found = waiting_times([run("a")], [BIG, BIG], [Span(40.0, 50.0), UNKNOWN], {}, {})
    assert found == {"a": Span(0.0, 50.0)}
    assert waiting_times([run("a")], [BIG], [UNKNOWN], {}, {}) == {}


def test_a_gang_waits_for_as_many_slots_as_it_has_nodes() -> None:
    free = [Span(10.0, 10.0), Span(30.0, 30.0), NOW]
    order, durations = [run("gang", nodes=2), run("next")], {"gang": Span(5.0, 5.0)}
    found = waiting_times(order, [BIG, BIG, SMALL], free, durations, {})
    assert found == {"gang": Span(10.0, 10.0), "next": Span(15.0, 15.0)}
    assert waiting_times([run("gang", nodes=4)], [BIG] * 3, free, {}, {}) == {}


def test_of_runs_that_share_a_limit_only_the_first_ones_time_is_known() -> None:
    order, durations = [run("a"), run("b"), run("c")], {"a": Span(5.0, 5.0), "b": Span(5.0, 5.0)}
    found = waiting_times(order, [BIG, BIG], [NOW, NOW], durations, {"a": "p", "b": "p"})
    assert found == {"a": NOW, "c": Span(5.0, 5.0)}


@pytest.mark.parametrize("slot", [OpenSlot(frozenset({"a100"}), Capacity(8, 85), draining=True),
                                  OpenSlot(frozenset({"other"}), Capacity(8, 85))])  # fmt: skip
def test_a_slot_that_takes_no_such_run_is_none(slot: OpenSlot) -> None:
    assert waiting_times([run("a")], [slot], [NOW], {}, {}) == {}
