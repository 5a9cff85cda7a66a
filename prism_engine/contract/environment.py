"""What an attempt was carried out with, so that it can be repeated: code, packages, machine, data.

Variables of the environment are no part of it: they hold secrets, and what of them changes a number
is a setting.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

LONGEST_PATCH = 60_000
"""Characters of one file's changes that are kept; a string of an event may have few more."""

LARGEST_DIFF = 1_000_000
"""Characters of the changes of all files that are kept."""

MOST_UNTRACKED = 200


class Patch(BaseModel):
    """How one file differs from the commit, as `git diff` writes it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: str
    text: str
    cut: bool = Field(False, description="Whether the text is only the beginning")


class Code(BaseModel):
    """Which code it was: a commit and what differs from it, or the installed release."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: str | None = Field(None, description="Of the installed package")
    commit: str | None = Field(None, description="Null where the engine runs from no checkout")
    remote: str | None = Field(None, description="Where the checkout came from")
    changed: list[str] = Field([], description="Files that differ from the commit")
    diff_sha256: str | None = Field(None, description="Of the whole difference; null without one")
    diff_cut: bool = Field(False, description="Whether patches are left out or cut")
    untracked: list[str] = Field([], description="Files that no commit knows; only their names")


class Gpu(BaseModel):
    """A GPU that the engine sees."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    memory: int = Field(description="In bytes")
    capability: str = Field(description="Compute capability, such as 9.0")


class DataFile(BaseModel):
    """The rows of a data set as the engine found them; images are named in them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: str
    sha256: str
    size: int


class Environment(BaseModel):
    """What an attempt was carried out with; what could not be found out is null."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: Code
    python: str
    packages: dict[str, str] = Field(description="Every installed distribution and its version")
    lock_sha256: str | None = Field(None, description="Of the checkout's constraints.txt")
    platform: str
    processor: str | None = None
    processors: int | None = None
    memory: int | None = Field(None, description="Of the machine, in bytes")
    gpus: list[Gpu] = []
    driver: str | None = Field(None, description="Version of the NVIDIA driver")
    cuda: str | None = Field(None, description="Version of CUDA that torch was built for")
    cudnn: str | None = None
    ranks: int = Field(1, description="Processes that carry it out together")
    threads: int = Field(description="Of each process, on the CPU")
    seed: int
    data: dict[str, DataFile] = Field({}, description="By the setting that names it")
    settings: dict[str, Any] = Field(description="The run's settings, defaults filled in")

    def compared(self) -> Mapping[str, Any]:
        """Return what two attempts are compared by.

        Settings are left out, which are compared by themselves; so is where files lie.
        """
        content = self.model_dump(mode="json", exclude={"settings", "data"})
        return content | {"data": {name: file.sha256 for name, file in self.data.items()}}
