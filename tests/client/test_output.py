from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from prism_client.command.output import waits
from prism_client.resources import ExpectedStart


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (0, 30, "Waits, less than a minute"),
        (10, 605, "Waits, at most 10 min"),
        (725, 735, "Waits, about 12 min"),
        (605, 845, "Waits, 10 min to 14 min"),
        (3605, 9005, "Waits, 60 min to 2.5 h"),
    ],
)
def test_how_long_a_run_waits_is_said_no_more_exactly_than_known(
    low: float, high: float, said: str
) -> None:
    now = datetime.now(UTC)
    starts = ExpectedStart(
        earliest=now + timedelta(seconds=low), latest=now + timedelta(seconds=high)
    )
    assert waits("Waits", starts) == said
    assert waits("Waits", None) == "Waits"
