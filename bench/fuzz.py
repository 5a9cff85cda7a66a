"""`make fuzz`: at least 10,000 requests drawn from the API's description.

Half of them as an administrator, half as a viewer of one project, against a server that listens.
"""

from __future__ import annotations

import argparse
import sys

from bench.console import console
from bench.record import record
from tests.server.fuzzed import fuzzed_as_admin_and_viewer
from tests.server.fuzzing import Findings


def main() -> None:
    """Print what went wrong, then the figures; fail if anything did."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    found = fuzzed_as_admin_and_viewer(arguments.requests, arguments.seed)
    for who, findings in found.items():
        show(who, findings)
    server_errors = sum(len(findings.server_errors) for findings in found.values())
    undocumented = sum(len(findings.undocumented) for findings in found.values())
    record(
        "fuzz",
        {
            "requests": sum(findings.requests for findings in found.values()),
            "server_errors": server_errors,
            "undocumented": undocumented,
        },
    )
    sys.exit(bool(server_errors or undocumented))


def show(who: str, findings: Findings) -> None:
    """Print how often each status came, and every answer that should not have."""
    console.print(who, findings.requests, dict(sorted(findings.statuses.items())))
    for wrong in (*findings.server_errors, *findings.undocumented):
        console.print(wrong, markup=False, highlight=False)


if __name__ == "__main__":
    main()
