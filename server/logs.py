"""How the server logs: one line per entry, and tracebacks without the values of variables.

Those could be secrets, and printing them all would hold up the event loop for seconds.
"""

from __future__ import annotations

import structlog


def configure_logs() -> None:
    """Set up structlog for this process."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.dev.ConsoleRenderer(
                colors=False, exception_formatter=structlog.dev.plain_traceback
            ),
        ]
    )
