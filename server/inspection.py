"""Looks into what a client named: below a data root only, and by the engine's own eyes."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from server.errors import Invalid, PrismError
from server.schemas import FieldProblem

PATIENCE_SECONDS = 600

PASSED_ON = ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH", "PYTHONPATH", "OMP_NUM_THREADS", "TMPDIR")
"""What the engine sees of the environment: no tokens and no database."""


class InspectionFailed(PrismError):
    """The engine could not be asked."""

    code = "inspection_failed"


@dataclass(frozen=True)
class Place:
    """Something below a data root; `location` is its name for people, `path` that of the disk."""

    location: str
    path: Path


def find_below(roots: Sequence[Path], location: str) -> Place:
    """Return where the location lies below one of the roots.

    Raises:
        Invalid: it leaves the roots, goes through a symlink, or is not there.
    """
    if "\0" in location or "\\" in location or ".." in PurePosixPath(location).parts:
        raise _refused("name a folder or file below a data root, without .. or backslashes")
    for root in roots:
        # An absolute location replaces the root here, and is then held to lie below it.
        path = root / location
        if not path.is_relative_to(root) or path == root or not path.exists():
            continue
        relative = path.relative_to(root)
        if path.resolve() != root.resolve() / relative or _contains_symlink(path):
            raise _refused("it goes through a symlink; copy the files instead")
        return Place(relative.as_posix(), path.resolve())
    shown = ", ".join(map(str, roots))
    raise _refused(
        f"there is no such thing below {shown}; put it there, or extend PRISM_DATA_ROOTS"
    )


def _contains_symlink(path: Path) -> bool:
    if path.is_file():
        images = path.parent / "images"
        return images.is_symlink() or (images.is_dir() and _contains_symlink(images))
    return any(
        os.path.islink(os.path.join(folder, name))
        for folder, folders, files in os.walk(path)
        for name in (*folders, *files)
    )


def _refused(message: str) -> Invalid:
    return Invalid(f"location: {message}", [FieldProblem(field="location", message=message)])


@dataclass(frozen=True)
class Inspector:
    """Asks the engine, in a process of its own, what a data set or model holds."""

    engine: tuple[str, ...]

    async def inspect(self, what: str, path: Path, *options: str) -> dict[str, Any]:
        """Return what `inspect` prints for a `data` set or a `model`.

        Raises:
            Invalid: the engine found something wrong with it.
            InspectionFailed: the engine did not say anything that can be read.
        """
        process = await asyncio.create_subprocess_exec(
            *self.engine, what, "inspect", str(path), *options,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={name: os.environ[name] for name in PASSED_ON if name in os.environ},
        )  # fmt: skip
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                output, errors = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
        lines = output.decode("utf-8", "replace").strip().splitlines()
        if process.returncode == 2 and lines:
            problems = [FieldProblem.model_validate(p) for p in json.loads(lines[-1])["problems"]]
            raise Invalid("; ".join(f"{p.field}: {p.message}" for p in problems), problems)
        if process.returncode != 0 or not lines:
            tail = errors.decode("utf-8", "replace").strip()[-2000:]
            raise InspectionFailed(f"The engine could not inspect it: {tail}")
        found: dict[str, Any] = json.loads(lines[-1])
        return found
