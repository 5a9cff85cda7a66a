"""From a claimed run to the engine's process, and the end of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from prism_client.devices import Device
from prism_client.home import write_whole
from prism_client.parentage import end_with_parent
from prism_client.worker_client import Gang
from worker.folder import AttemptFolder
from worker.process import ProcessIdentity, signal_group

PASSED_ON = frozenset(
    {"PATH", "HOME", "USER", "LANG", "LANGUAGE", "TZ", "TMPDIR", "PYTHONPATH", "VIRTUAL_ENV"}
    | {"LD_LIBRARY_PATH", "SSL_CERT_FILE", "SSL_CERT_DIR"}
    | {"PRISM_ALLOWED_ADDRESSES"}
    | {"HF_HOME", "HF_HUB_CACHE", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"}
)
PASSED_ON_PREFIXES = ("LC_", "CUDA_", "NVIDIA_", "NCCL_", "TORCH_", "PYTORCH_")
"""Everything else stays behind: what the engine does not know, no reward or data set can leak."""


@dataclass(frozen=True)
class Launch:
    """What to start. `orphan_grace` is how long (s) the engine may live on without its worker.

    It sees these `devices` and no others; None leaves to it what it finds by itself.
    `keys` are the secrets of endpoints, which the engine reads from a pipe. `ledger` is where it
    keeps what it asked, over all attempts of the run.
    """

    command: Sequence[str]
    devices: Sequence[Device] | None
    threads: int
    orphan_grace: float
    resume: Path | None = None
    keys: bytes | None = field(default=None, repr=False)
    ledger: Path | None = None
    gang: Gang | None = None


class Engine:
    """The engine's process group, from start to end; leaving the context leaves none of it."""

    def __init__(self, process: subprocess.Popen[bytes], parent_pipe: int) -> None:
        self._process = process
        self._parent_pipe = parent_pipe

    @classmethod
    def start(cls, launch: Launch, folder: AttemptFolder) -> Engine:
        """Start `python -m prism_engine run` in a session of its own.

        What it prints goes into files, not pipes: a pipe breaks with the worker, and the engine
        would die of a `print` in the middle of saving.
        """
        reading, writing = os.pipe()
        with ExitStack() as files:
            files.callback(os.close, reading)
            keys = files.enter_context(piped(launch.keys))
            process = subprocess.Popen(
                command_line(launch, folder, keys),
                cwd=folder.path,
                env=engine_environment(os.environ, launch, reading),
                stdin=subprocess.DEVNULL,
                stdout=files.enter_context(folder.stdout.open("ab")),
                stderr=files.enter_context(folder.stderr.open("ab")),
                pass_fds=[reading] if keys is None else [reading, keys],
                start_new_session=True,
                preexec_fn=end_with_parent(os.getpid()),
            )
        identity = ProcessIdentity.of(process.pid)
        if identity is not None:
            write_whole(folder.process, json.dumps(identity.as_json()))
        return cls(process, writing)

    @property
    def pid(self) -> int:
        return self._process.pid

    def is_running(self) -> bool:
        return self._process.poll() is None

    def ask_to_end(self) -> None:
        """Let all ranks finish their step and save."""
        signal_group(self.pid, signal.SIGTERM)

    def kill(self) -> None:
        signal_group(self.pid, signal.SIGKILL)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        self._process.wait()
        os.close(self._parent_pipe)

    @property
    def status(self) -> int:
        """Exit status once it has ended, negative for the signal that killed it."""
        assert self._process.returncode is not None, "the engine still runs"
        return self._process.returncode


@contextmanager
def piped(secrets: bytes | None) -> Iterator[int | None]:
    """The reading end of a pipe that holds the secrets; None without any.

    What goes this way stands in no argument, no environment and no file of the run.
    """
    if secrets is None:
        yield None
        return
    reading, writing = os.pipe()
    try:
        os.write(writing, secrets)
        os.close(writing)
        yield reading
    finally:
        os.close(reading)


def command_line(launch: Launch, folder: AttemptFolder, keys: int | None = None) -> list[str]:
    """The same command that a person would type."""
    command = [
        *launch.command,
        "run",
        str(folder.recipe),
        "--out",
        str(folder.engine),
        "--threads",
        str(launch.threads),
    ]
    if launch.ledger is not None:
        command += ["--ledger", str(launch.ledger)]
    if keys is not None:
        command += ["--keys", f"/dev/fd/{keys}"]
    return [*command, "--resume", str(launch.resume)] if launch.resume else command


def node_environment(gang: Gang | None) -> dict[str, str]:
    """Tell the engine which node it is and where its ranks meet the others', as torchrun would."""
    if gang is None:
        return {}
    return {
        "MASTER_ADDR": gang.master_address,
        "MASTER_PORT": str(gang.master_port),
        "GROUP_WORLD_SIZE": str(gang.nodes),
        "GROUP_RANK": str(gang.rank),
    }


def engine_environment(
    environment: Mapping[str, str], launch: Launch, parent_pipe: int
) -> dict[str, str]:
    """Pass on what a computation needs, and nothing that opens a door."""
    passed = {
        name: value
        for name, value in environment.items()
        if name in PASSED_ON or name.startswith(PASSED_ON_PREFIXES)
    }
    if launch.devices is not None:
        passed["CUDA_VISIBLE_DEVICES"] = ",".join(device.uuid for device in launch.devices)
    return (
        passed
        | node_environment(launch.gang)
        | {
            "OMP_NUM_THREADS": str(launch.threads),
            "PYTHONUNBUFFERED": "1",
            "PRISM_PARENT_PIPE": str(parent_pipe),
            "PRISM_ORPHAN_GRACE": f"{launch.orphan_grace:g}",
        }
    )
