"""What the `prism` command's exit status says to a CI job."""

from __future__ import annotations

from enum import IntEnum

from prism_client.errors import (
    Invalid,
    NoServer,
    PrismError,
    ServerUnreachable,
)


class ExitStatus(IntEnum):
    """Part of the command's interface: scripts rely on these numbers."""

    DONE = 0
    FAILED = 1
    BAD_INPUT = 2
    CANCELLED = 3
    THRESHOLD = 4
    UNREACHABLE = 5


OF_STATE = {
    "succeeded": ExitStatus.DONE,
    "failed": ExitStatus.FAILED,
    "cancelled": ExitStatus.CANCELLED,
    # Stopping was somebody's wish too: the work is saved, but it is not what was launched.
    "stopped": ExitStatus.CANCELLED,
}


def status_of_error(error: PrismError) -> ExitStatus:
    """Tell a mistake in the input from a server that is not there."""
    if isinstance(error, ServerUnreachable | NoServer):
        return ExitStatus.UNREACHABLE
    return ExitStatus.BAD_INPUT if isinstance(error, Invalid) else ExitStatus.FAILED
