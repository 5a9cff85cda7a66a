from __future__ import annotations

from tests.server.fuzzed import fuzzed_as_admin_and_viewer


def test_no_request_breaks_the_server_or_is_answered_otherwise_than_described() -> None:
    found = fuzzed_as_admin_and_viewer(requests=300, number=1)
    for findings in found.values():
        assert findings.requests >= 150
        assert findings.server_errors == []
        assert findings.undocumented == []
