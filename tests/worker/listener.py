"""Hangs up the worker's doorbell and writes a line to stdout for every ring."""

import sys

from worker.__main__ import listen
from worker.app import create_app
from worker.settings import Settings


class Listener:
    def start(self) -> None:
        print("listening", flush=True)

    def leave(self) -> None:
        print("leaving", flush=True)

    def ring(self, queue: str) -> None:
        print(f"ring {queue}", flush=True)


listen(create_app(Settings(), Listener(), sys.argv[1:]), "listener")
