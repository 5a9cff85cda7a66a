from __future__ import annotations

from prism_engine.randomness import Randomness
from prism_engine.stages.cursor import PromptCursor


def test_every_item_comes_once_an_epoch_in_an_order_of_its_own() -> None:
    cursor = PromptCursor(5, Randomness(0))
    first, second = cursor.next(5), cursor.next(5)
    assert sorted(first) == sorted(second) == [0, 1, 2, 3, 4]
    assert first != second


def test_equal_steps_get_what_the_step_alone_would_say() -> None:
    cursor, randomness = PromptCursor(7, Randomness(3)), Randomness(3)
    assert [cursor.next(3) for _ in range(6)] == [randomness.items(s, 3, 7) for s in range(1, 7)]


def test_only_chosen_items_come() -> None:
    cursor = PromptCursor(9, Randomness(0))
    cursor.choose([8, 2, 5])
    assert sorted(cursor.next(3)) == [2, 5, 8]
    assert set(cursor.next(30)) == {2, 5, 8}


def test_it_goes_on_where_it_was_with_what_was_chosen() -> None:
    undisturbed, resumed = PromptCursor(9, Randomness(0)), PromptCursor(9, Randomness(0))
    undisturbed.choose([8, 2, 5, 1])
    undisturbed.next(7)
    resumed.load_state(undisturbed.state())
    assert resumed.next(9) == undisturbed.next(9)
