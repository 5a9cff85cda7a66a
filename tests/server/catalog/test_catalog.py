from __future__ import annotations

from server.catalog.service import catalog


def test_recipes_stand_in_the_order_of_their_names() -> None:
    names = [recipe.name for recipe in catalog().recipes]

    assert names == sorted(names)
    assert {"miniature", "miniature-base"} <= set(names)
