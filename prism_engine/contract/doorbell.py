"""The doorbell: the one Celery message that a server sends and a worker hears.

It carries the name of a queue and nothing else, so that a lost, doubled, reordered or forged one
does no harm: whoever hears it asks the server for work over HTTP, where the decision is made.
"""

from __future__ import annotations

from pathlib import Path

TASK = "prism.ring"
"""The task's name; its only argument is the name of the queue in which something waits."""


def celery_queue(queue: str) -> str:
    """Name the Celery queue of a queue of runs, apart from what else a shared Redis may hold."""
    return f"prism.{queue}"


def transport_options(broker_url: str, folder: Path) -> dict[str, object]:
    """Options with which both ends open the broker; `folder` holds a file-system broker's files."""
    if not broker_url.startswith("filesystem:"):
        return {"socket_connect_timeout": 2, "socket_timeout": 5}
    # Both ends read and write one folder: what one puts out is what the other takes in. A poll
    # costs one directory listing, so four a second keep the bell prompt for nearly nothing.
    return {
        "data_folder_in": str(folder),
        "data_folder_out": str(folder),
        "control_folder": str(folder / "control"),
        "polling_interval": 0.25,
    }
