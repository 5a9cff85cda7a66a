"""`prism workers`: who executes runs, and taking a machine out of service."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from prism_client.client import Client
from prism_client.command.output import AsJson, age, console, print_json, print_table
from prism_client.resources import Slot, Worker

app = typer.Typer(help="Workers: the processes that execute runs.", no_args_is_help=True)

LOOK_EVERY = 2.0

Named = Annotated[str, typer.Argument(help="Id or name of a worker")]


@app.command("ls")
def list_workers(as_json: AsJson = False) -> None:
    """List workers with what each slot does, newest first."""
    with Client.from_environment() as client:
        found = list(client.workers())
    if as_json:
        print_json(found)
        return
    print_table(
        ["name", "state", "queues", "slots", "GPUs", "executes", "seen", "id"],
        [
            (
                worker.name,
                worker.state,
                ", ".join(worker.queues),
                len(worker.slots),
                sum(len(slot.devices) for slot in worker.slots) or None,
                ", ".join(_executed(slot) for slot in worker.slots if slot.busy),
                f"{age(worker.seen_at)} ago",
                worker.id,
            )
            for worker in found
        ],
    )


@app.command()
def drain(
    worker: Named,
    wait: Annotated[bool, typer.Option(help="Return once it executes nothing more")] = False,
    as_json: AsJson = False,
) -> None:
    """Give a worker no more runs; those that it executes go on to their end."""
    with Client.from_environment() as client:
        drained = client.order_worker(_find(client, worker).id, "drain")
        while wait and drained.state == "draining":
            time.sleep(LOOK_EVERY)
            drained = _find(client, drained.id)
    _say(drained, as_json)


@app.command()
def resume(worker: Named, as_json: AsJson = False) -> None:
    """Give a worker runs again."""
    with Client.from_environment() as client:
        resumed = client.order_worker(_find(client, worker).id, "resume")
    _say(resumed, as_json)


def _find(client: Client, named: str) -> Worker:
    found = [worker for worker in client.workers() if named in (worker.id, worker.name)]
    # A name may have been used before on another host: the one that is there is meant.
    present = [worker for worker in found if worker.state != "offline"] or found
    if len(present) != 1:
        many = f"{len(present)} workers are called {named}: give the id of one"
        raise typer.BadParameter(many if present else f"there is no worker {named}")
    return present[0]


def _executed(slot: Slot) -> str:
    return f"{slot.run.pipeline} #{slot.run.number} {slot.run.run}" if slot.run else "a run"


def _say(worker: Worker, as_json: bool) -> None:
    if as_json:
        print_json(worker)
        return
    busy = sum(slot.busy for slot in worker.slots)
    left = f"; {busy} of {len(worker.slots)} slots are busy" if busy else ""
    console.print(f"{worker.name}: {worker.state}{left}", markup=False)
