from __future__ import annotations

from prism_engine.randomness import Randomness
from prism_engine.stages.cursor import PromptCursor


def take(cursor: PromptCursor, count: int) -> list[int]:
    items = cursor.ahead(0, count)
    cursor.advance(count)
    return items


def test_every_item_comes_once_an_epoch_in_an_order_of_its_own() -> None:
    cursor = PromptCursor(5, Randomness(0))
    first, second = take(cursor, 5), take(cursor, 5)
    assert sorted(first) == sorted(second) == [0, 1, 2, 3, 4]
    assert first != second


def test_equal_steps_get_what_the_step_alone_would_say() -> None:
    cursor, randomness = PromptCursor(7, Randomness(3)), Randomness(3)
    assert [take(cursor, 3) for _ in range(6)] == [randomness.items(s, 3, 7) for s in range(1, 7)]


def test_only_chosen_items_come() -> None:
    cursor = PromptCursor(9, Randomness(0))
    cursor.choose([8, 2, 5])
    assert sorted(take(cursor, 3)) == [2, 5, 8]
    assert set(take(cursor, 30)) == {2, 5, 8}


def test_it_goes_on_where_it_was_with_what_was_chosen() -> None:
    undisturbed, resumed = PromptCursor(9, Randomness(0)), PromptCursor(9, Randomness(0))
    undisturbed.choose([8, 2, 5, 1])
    take(undisturbed, 7)
    resumed.load_state(undisturbed.state())
    assert take(resumed, 9) == take(undisturbed, 9)


def test_looking_ahead_moves_nothing() -> None:
    cursor = PromptCursor(9, Randomness(0))
    assert cursor.ahead(0, 5)[2:] == cursor.ahead(2, 3)
    assert int(cursor.state()["place"]) == 0
