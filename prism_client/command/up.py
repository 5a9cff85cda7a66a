"""`prism up`: a server and its workers on this machine, kept alive until Ctrl-C."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from prism_client.client import Client
from prism_client.command.exits import ExitStatus
from prism_client.command.output import console, print_problem
from prism_client.command.supervisor import Service, Supervised, end_all
from prism_client.devices import Device, deal, find_devices
from prism_client.errors import PrismError
from prism_client.home import Home, write_whole

LOOK_EVERY = 0.1
IDLE_LOOK_EVERY = 2.0
SERVER_GRACE = 10.0
WORKER_GRACE = 45.0
"""Seconds; engines save in this time, and what they saved is stored and reported."""
START_TIMEOUT = 90.0

DEFAULT_PORT = 8420
WORKERS = 2
"""Where no GPU is to be shared."""


def up(
    port: Annotated[
        int, typer.Option(envvar="PRISM_PORT", help="Port of the server; 0 takes a free one")
    ] = DEFAULT_PORT,
    workers: Annotated[
        int | None,
        typer.Option(
            help="Runs executed side by side on this machine, which share out its GPUs; "
            "one for each of these if left out, and 2 without any",
            min=0,
        ),
    ] = None,
    threads: Annotated[int, typer.Option(help="CPU threads of each engine")] = 1,
    exit_when_idle: Annotated[bool, typer.Option(help="End when no pipeline is left")] = False,
) -> None:
    """Start a server and workers, and start again what dies."""
    # Whoever stops us by SIGTERM wants what Ctrl-C does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    home = Home.from_environment()
    home.logs.mkdir(parents=True, exist_ok=True, mode=0o700)
    port = port or _free_port()
    if _is_taken(port):
        print_problem("--port", f"{port} is taken; is `prism up` running? Else choose another")
        raise typer.Exit(ExitStatus.BAD_INPUT)
    home.port_file.write_text(str(port))
    server = Supervised(_server(home, port))
    running = [server]
    try:
        _wait_until_healthy(server, home)
        running += [Supervised(one) for one in _workers(home, port, workers, threads)]
        _print_welcome(home)
        _supervise(running, home, exit_when_idle)
    except KeyboardInterrupt:
        console.print("ending: runs save, and go on with the next `prism up`")
    finally:
        # Workers first, so that a server is there to take what their engines saved.
        end_all(running[1:])
        end_all(running[:1])
        home.processes.unlink(missing_ok=True)


def worker(context: typer.Context) -> None:
    """Execute runs of the server that PRISM_URL names; `prism worker --help` says more."""
    arguments = [sys.executable, "-m", "worker", *context.args]
    os.execv(sys.executable, arguments)  # noqa: S606 (an argument list, no shell)


def _server(home: Home, port: int) -> Service:
    return Service(
        name="server",
        command=[sys.executable, "-m", "server"],
        environment=_environment(home) | {"PRISM_PORT": str(port)},
        log=home.logs / "server.log",
        grace=SERVER_GRACE,
    )


def _workers(home: Home, port: int, count: int | None, threads: int) -> list[Service]:
    """So many workers, each with GPUs of its own where the machine has any."""
    found = find_devices(os.environ.get("CUDA_VISIBLE_DEVICES"))
    if count is None:
        count = len(found or []) or WORKERS
    shares = [None] * count if found is None else deal(found, count)
    return [
        _worker(home, port, number, threads, share) for number, share in enumerate(shares, start=1)
    ]


def _worker(
    home: Home, port: int, number: int, threads: int, devices: Sequence[Device] | None
) -> Service:
    name = f"{socket.gethostname()}-{number}"
    own = {"PRISM_URL": f"http://127.0.0.1:{port}"}
    if devices is not None:
        own["CUDA_VISIBLE_DEVICES"] = ",".join(device.uuid for device in devices)
    arguments = ["--name", name, "--slots", "1", "--threads", str(threads)]
    return Service(
        name=f"worker {number}",
        command=[sys.executable, "-m", "worker", *arguments],
        environment=_environment(home) | own,
        log=home.logs / f"worker-{number}.log",
        grace=WORKER_GRACE,
    )


def _environment(home: Home) -> dict[str, str]:
    return {**os.environ, "PRISM_HOME": str(home.path)}


def _wait_until_healthy(server: Supervised, home: Home) -> None:
    """Wait for the first answer; a server that cannot start says why in its log."""
    deadline = time.monotonic() + START_TIMEOUT
    while time.monotonic() < deadline:
        if _is_healthy(home):
            return
        if complaint := server.check():
            print_problem("", f"{complaint}\n{_last_lines(server.service.log)}")
            raise typer.Exit(ExitStatus.FAILED)
        time.sleep(LOOK_EVERY)
    print_problem("", f"the server gave no answer; see {server.service.log}")
    raise typer.Exit(ExitStatus.UNREACHABLE)


def _is_healthy(home: Home) -> bool:
    if not _is_taken(int(home.port_file.read_text())):
        return False
    try:
        with Client(_url(home)) as client:
            client.health()
    except PrismError:
        return False
    return True


def _print_welcome(home: Home) -> None:
    with Client(_url(home), home.token()) as client:
        link = client.sign_in_link()
    console.print(f"PRISM Control serves at {_url(home)}")
    console.print("Sign in, once within ten minutes; `prism sign-in` gives another link:")
    console.print(f"  {link.url}", markup=False, soft_wrap=True)


def _supervise(running: Sequence[Supervised], home: Home, exit_when_idle: bool) -> None:
    next_idle_look = time.monotonic() + IDLE_LOOK_EVERY
    known: list[int] = []
    while True:
        for one in running:
            if news := one.check():
                console.print(news, markup=False)
        if known != (pids := [one.pid for one in running]):
            known = pids
            _write_processes(home.processes, running)
        if exit_when_idle and time.monotonic() > next_idle_look:
            if _is_idle(home):
                return
            next_idle_look = time.monotonic() + IDLE_LOOK_EVERY
        time.sleep(LOOK_EVERY)


def _write_processes(path: Path, running: Sequence[Supervised]) -> None:
    pids = {"up": os.getpid()} | {one.service.name: one.pid for one in running}
    write_whole(path, json.dumps(pids))


def _is_idle(home: Home) -> bool:
    try:
        with Client(_url(home), home.token()) as client:
            unfinished = [next(client.pipelines(state=s), None) for s in ("queued", "running")]
    except PrismError:
        return False
    return not any(unfinished)


def _url(home: Home) -> str:
    return f"http://127.0.0.1:{home.port_file.read_text()}"


def _is_taken(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
        return number


def _last_lines(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-10:])
