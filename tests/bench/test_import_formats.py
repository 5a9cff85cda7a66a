from __future__ import annotations

import pytest

from bench.import_formats import MOST_GROWTH_MB, figures, growth, measure


@pytest.mark.parametrize("name", ["sharegpt", "openai", "verl"])
def test_memory_does_not_grow_with_the_rows(name: str) -> None:
    """One format of each container: an array, lines, and Parquet; ten times as many rows."""
    pair = measure(name, (500, 5_000))
    assert [measured.rows for measured in pair] == [500, 5_000]
    assert growth(pair) < MOST_GROWTH_MB
    found = figures({name: pair})
    assert found["all_as_expected"]
    assert sum(found["formats"][name]["quarantined"].values()) == 50
