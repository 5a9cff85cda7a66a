from __future__ import annotations

from datetime import UTC, datetime

from prism_engine.endpoints.waiting import retry_after, wait_before


def test_waits_double_up_to_a_minute_with_full_jitter() -> None:
    drawn = {attempt: [wait_before(attempt, None) for _ in range(500)] for attempt in (1, 4, 12)}
    for attempt, longest in {1: 0.5, 4: 4.0, 12: 60.0}.items():
        assert max(drawn[attempt]) <= longest
        assert max(drawn[attempt]) > 0.9 * longest
        assert min(drawn[attempt]) < 0.1 * longest


def test_never_less_than_the_server_asks_for() -> None:
    assert all(wait_before(1, 7.0) == 7.0 for _ in range(50))


def test_servers_ask_in_seconds_or_by_a_date() -> None:
    now = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
    assert retry_after({"retry-after": "2.5"}) == 2.5
    assert retry_after({"retry-after": "-1"}) == 0.0
    assert retry_after({"retry-after": "Thu, 26 Nov 2026 12:00:30 GMT"}, now) == 30.0
    assert retry_after({"retry-after": "Thu, 26 Nov 2026 11:00:00 GMT"}, now) == 0.0
    assert retry_after({"retry-after": "soon"}) is None
    assert retry_after({}) is None
