"""How a worker logs: one line per entry; what is said of an attempt carries its ids."""

from __future__ import annotations

import logging
from typing import Literal

import structlog
from structlog.typing import Processor

LogFormat = Literal["text", "json"]
LogLevel = Literal["debug", "info", "warning", "error"]


def configure_logs(form: LogFormat, level: LogLevel) -> None:
    """Have what we log, and what libraries do from warnings on, written in this form."""
    common: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*common, *_rendered(form)],
        wrapper_class=structlog.make_filtering_bound_logger(level),
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *common],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_rendered(form),
            ],
        )
    )
    logging.basicConfig(level=logging.WARNING, handlers=[handler])


def _rendered(form: LogFormat) -> list[Processor]:
    if form == "json":
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    # Tracebacks without the values of variables: those may be keys of endpoints.
    traceback = structlog.dev.plain_traceback
    return [structlog.dev.ConsoleRenderer(colors=False, exception_formatter=traceback)]
