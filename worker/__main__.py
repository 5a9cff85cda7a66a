"""`python -m worker --slots N --queue default`: execute runs on this machine."""

from __future__ import annotations

import argparse
import os
import socket
import sys
import time
from collections.abc import Sequence

from celery import Celery

from prism_client.errors import PrismError
from prism_client.home import Home
from worker.app import create_app
from worker.fleet import Fleet, FleetOptions
from worker.logs import configure_logs
from worker.monitoring import serve_metrics
from worker.settings import Settings

REHANG_SECONDS = 1.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Work until told to leave; returns the exit status."""
    options = parse(arguments)
    settings = Settings()
    configure_logs(settings.log_format, settings.log_level)
    try:
        Home(settings.home).url()
    except PrismError as error:
        print(error, file=sys.stderr)
        return 2
    fleet = Fleet(settings, options)
    if settings.metrics_port:
        serve_metrics(settings.metrics_host, settings.metrics_port, fleet.collector())
    listen(create_app(settings, fleet, options.queues), options.name)
    fleet.leave()
    fleet.join()
    return 1 if fleet.failed else 0


def listen(app: Celery, name: str) -> None:
    """Listen for the doorbell until told to leave.

    Celery ends a worker when a broker's message is beyond reading, as one may be that was found
    half-written in a folder. The slots know nothing of that, and the bell is hung up anew.
    """
    while True:
        bell = app.Worker(
            hostname=f"{name}@{socket.gethostname()}",
            concurrency=1,
            quiet=True,
            loglevel="WARNING",
            without_gossip=True,
            without_mingle=True,
            without_heartbeat=True,
        )
        bell.start()
        if bell.exitcode == os.EX_OK:
            return
        time.sleep(REHANG_SECONDS)


def parse(arguments: Sequence[str] | None) -> FleetOptions:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m worker", description=__doc__)
    parser.add_argument("--name", default=f"{socket.gethostname()}-{os.getpid()}")
    parser.add_argument(
        "--slots", type=int, default=1, help="runs executed side by side; they share out the GPUs"
    )
    parser.add_argument(
        "--queue",
        "--queues",
        action="append",
        help="a queue to take runs from, or several separated by commas; may be repeated",
    )
    parser.add_argument(
        "--threads",
        type=int,
        default=1,
        help="CPU threads of each engine; one gives the same numbers bit for bit everywhere",
    )
    parser.add_argument(
        "--address",
        default="",
        help="where other nodes of a run reach this machine; its host name if left out",
    )
    parser.add_argument("--exit-when-idle", action="store_true", help="leave when nothing waits")
    parser.add_argument("--max-hours", type=float, help="save, hand over and leave after this long")
    values = parser.parse_args(arguments)
    return FleetOptions(
        name=values.name,
        slots=values.slots,
        queues=[name for names in values.queue or ["default"] for name in names.split(",")],
        threads=values.threads,
        address=values.address,
        exit_when_idle=values.exit_when_idle,
        max_hours=values.max_hours,
    )


if __name__ == "__main__":
    sys.exit(main())
