"""What can go wrong, and the exit code that says so.

EngineError
├── InvalidData       rows or images that cannot be used            2
├── InvalidModel      a folder that is no model we can load         2
├── InvalidReward     an installed reward that breaks its form      2
├── MissingPackage    what a setting asks for is not installed      2
├── UnsuitableMachine a kernel that this machine cannot run         2
├── InvalidSampler    a sampler that does not do as it is asked     2
├── ForbiddenAddress  an address inside our own network             2
├── BudgetSpent       the money that may be spent is spent          2
├── EndpointDown      an endpoint that answers nobody               7
├── RefusedRow        a row of a source; its import goes on         -
├── OutOfMemory       a part of a step asked for too much           4
├── Diverged          the loss or the gradient is not finite        5
└── NoSpace           the disk has no room for a checkpoint         7

A disk that fills up or fails while something is written to it ends with 7 too: nobody made a
mistake, and the run may go on where there is room. A checkpoint that is torn
(`contract.manifest.Torn`) and a recipe that cannot run also end with 2. Whatever else is raised is
a fault of this program (3), or memory that ran out (4).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from prism_engine.contract.addresses import ALLOWED
from prism_engine.contract.config import Problem
from prism_engine.contract.events import ExitKind

STOPPED = 6
EXIT_CODES: dict[ExitKind, int] = {
    "config": 2,
    "code": 3,
    "out_of_memory": 4,
    "diverged": 5,
    "infrastructure": 7,
}


class EngineError(Exception):
    """Root of everything that this package raises on purpose."""


class InvalidData(EngineError):
    """Rows or images that cannot be used; `problems` name each of them and the remedy."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("; ".join(f"{p.field}: {p.message}" for p in problems))


class InvalidModel(EngineError):
    """A folder that does not hold a model that this engine can load."""


class InvalidReward(EngineError):
    """An installed reward that cannot be loaded, or does not return what a reward returns."""


class MissingPackage(EngineError):
    """What a setting asks for is not installed here."""

    def __init__(self, setting: str, package: str, extra: str) -> None:
        super().__init__(
            f"{setting} needs the package {package}, which is not installed here; install it by "
            f"pip install 'prism-control[{extra}]', or choose another"
        )


class UnsuitableMachine(EngineError):
    """A setting asks for something that this machine's hardware or packages do not have."""


class InvalidSampler(EngineError):
    """A sampler that is of another release, or does not do as it is asked."""


class ForbiddenAddress(EngineError):
    """A name that means an address inside this machine or its network."""

    def __init__(self, host: str, addresses: Sequence[str]) -> None:
        super().__init__(
            f"{host} is {', '.join(addresses)}, which is no public address; an administrator "
            f"allows it by {ALLOWED} in the environment"
        )


class BudgetSpent(EngineError):
    """What may be spent is spent. What was paid for is kept. Amounts are in dollars."""

    def __init__(self, cap: float, spent: float, needed: float) -> None:
        super().__init__(
            f"of the cap of ${cap:g} ${spent:g} are spent, and the next request may cost "
            f"${needed:g}; raise the cap and go on where this ended"
        )


class EndpointDown(EngineError):
    """A server that has not answered for a long time, however often it was asked."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"{url} does not answer: {reason}")


class NobodyCame(EngineError):
    """The ranks of a run did not all meet."""

    def __init__(self, address: str, port: str, reason: str) -> None:
        super().__init__(f"not all ranks met at {address}:{port}: {reason}")


class NoSpace(EngineError):
    """The disk has no room for a checkpoint, and none of it was written. Sizes are in bytes."""

    def __init__(self, folder: Path, needed: int, free: int) -> None:
        super().__init__(
            f"a checkpoint needs {needed:,} bytes and {folder} has {free:,} free; make room there, "
            "or keep fewer checkpoints"
        )


class OutOfMemory(EngineError):
    """Memory ran out in a part of a step."""

    def __init__(self, part: str, remedy: str, asked: str) -> None:
        super().__init__(f"memory ran out while {part}: {asked.strip()}; {remedy}")


class Diverged(EngineError):
    """The loss or the gradient is not a finite number; the weights were not updated with it."""

    def __init__(self, step: int, what: str) -> None:
        self.step = step
        super().__init__(
            f"step {step}: the {what} is not a finite number; lower the learning rate "
            "or the gradient norm"
        )
