from __future__ import annotations

from server.catalog.service import catalog


def test_recipes_stand_in_the_order_of_their_names() -> None:
    names = [recipe.name for recipe in catalog().recipes]

    assert names == sorted(names)
    assert {"miniature", "miniature-base"} <= set(names)


def test_a_filter_knows_its_fields_and_the_words_they_hold() -> None:
    fields = {field.name: field for field in catalog().search}
    assert fields["state"].values[:2] == ["blocked", "queued"]
    assert fields["tag"].values == []
    holds = {name: fields[name].holds for name in ("pipeline", "steps", "created")}
    assert holds == {"pipeline": "word", "steps": "number", "created": "moment"}
