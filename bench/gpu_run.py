"""`make bench-gpu-run`: every stage as a user launches it, on a worker with a GPU.

It fails unless the server knows of each run which GPU it had, for how long, and what that GPU did.
The models are of the miniature world, so that the figures speak of the road to the GPU and not of
its speed.
"""

from __future__ import annotations

import subprocess
import sys
from statistics import fmean
from typing import Any

from rich.table import Table

from bench.console import console
from bench.miniature import prepare, register, scaled
from bench.record import record
from bench.serving import serving, watch
from prism_client.client import Client
from prism_client.home import Home
from prism_client.resources import RunDevices

LENGTH = 4
"""Times the steps of the recipe, so that a run lasts some looks at the GPU."""


def main() -> None:
    """Launch the recipe with a GPU for each run, wait, and ask what the runs had."""
    present = gpus()
    if not present:
        sys.exit("bench-gpu-run: nvidia-smi finds no GPU on this machine.")
    home = Home.from_environment()
    prepare(home.path / "data" / "miniature", size="small")
    with serving() as (client, _):
        register(client)
        whole = scaled("miniature-quick", LENGTH)
        asking = {name: run | {"resources": {"gpus": 1}} for name, run in whole["runs"].items()}
        pipeline = client.launch(whole | {"runs": asking})
        watch(client, pipeline)
        figures = {run.name: figures_of(client, run.id) for run in pipeline.runs}
    console.print(table_of(figures))
    wrong = [name for name, run in figures.items() if not is_known(run, present)]
    if wrong:
        sys.exit(f"The server does not know what these had of the GPU: {', '.join(wrong)}")
    record("gpu_run", {"runs": figures})


def gpus() -> list[str]:
    """UUIDs of the GPUs of this machine."""
    command = ["nvidia-smi", "--query-gpu=uuid", "--format=csv,noheader"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    except (FileNotFoundError, subprocess.CalledProcessError):
        return []


def figures_of(client: Client, run_id: str) -> dict[str, Any]:
    """What the server says that a run had: times in seconds, memory in MiB, power in watts."""
    had = client.devices(run_id)
    return {
        "gpu_seconds": round(had.gpu_seconds, 1),
        "slot_seconds": round(had.slot_seconds, 1),
        "measured_seconds": round(sum(moment.seconds for moment in had.moments), 1),
        "devices": sorted({device.uuid for moment in had.moments for device in moment.devices}),
        "utilisation": _over(had, "utilisation", fmean),
        "memory_mib": _over(had, "memory", max, unit=2**20),
        "watts": _over(had, "power", fmean),
    }


def _over(had: RunDevices, figure: str, sum_up: Any, unit: float = 1) -> float | None:
    """One figure over all moments of a run; None where the driver never gave it."""
    uses = [getattr(use, figure) for moment in had.moments for use in moment.devices]
    known = [value for value in uses if value is not None]
    return round(sum_up(known) / unit, 3) if known else None


def is_known(run: dict[str, Any], present: list[str]) -> bool:
    """Whether a run had one GPU of this machine all the time, and what it did was measured."""
    measured = all(run[figure] for figure in ("utilisation", "memory_mib", "watts"))
    alone = len(run["devices"]) == 1 and set(run["devices"]) <= set(present)
    return measured and alone and run["gpu_seconds"] == run["slot_seconds"] > 0


def table_of(figures: dict[str, dict[str, Any]]) -> Table:
    """A line for each run."""
    table = Table("Run", "GPU-seconds", "Measured", "Utilisation", "Memory", "Power")
    for name, run in figures.items():
        table.add_row(
            name,
            f"{run['gpu_seconds']:.1f}",
            f"{run['measured_seconds']:.1f} s",
            f"{100 * (run['utilisation'] or 0):.0f}%",
            f"{run['memory_mib'] or 0:,.0f} MiB",
            f"{run['watts'] or 0:.0f} W",
        )
    return table


if __name__ == "__main__":
    main()
