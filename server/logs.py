"""How the server logs: one line per entry, and tracebacks without the values of variables.

Those could be secrets, and printing them all would hold up the event loop for seconds. An entry
made while a request is answered carries its id, and the ids that its path names.
"""

from __future__ import annotations

from typing import Any, Literal

import structlog
from structlog.typing import Processor

LogFormat = Literal["text", "json"]
LogLevel = Literal["debug", "info", "warning", "error"]

COMMON: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)


def configure_logs(form: LogFormat = "text", level: LogLevel = "info") -> None:
    """Set up structlog for this process."""
    structlog.configure(
        processors=[*COMMON, *_rendered(form)],
        wrapper_class=structlog.make_filtering_bound_logger(level),
    )


def standard_logs(form: LogFormat) -> dict[str, Any]:
    """Return the configuration by which what libraries log has the same form."""
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": [structlog.stdlib.add_logger_name, *COMMON],
        "processors": [
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            *_rendered(form),
        ],
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"ours": formatter},
        "handlers": {"ours": {"class": "logging.StreamHandler", "formatter": "ours"}},
        "root": {"level": "WARNING", "handlers": ["ours"]},
    }


def _rendered(form: LogFormat) -> list[Processor]:
    if form == "json":
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    traceback = structlog.dev.plain_traceback
    return [structlog.dev.ConsoleRenderer(colors=False, exception_formatter=traceback)]
