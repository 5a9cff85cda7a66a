"""Where a scorer runs: the authors' files at a commit, and a virtual environment of its own."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

LONGEST = 900
"""Seconds that one run of a scorer may take."""


class Unavailable(Exception):
    """A scorer or its environment cannot be had; the message says what to do about it."""


@dataclass(frozen=True)
class Workplace:
    """A checkout, the Python that runs it, and an empty folder to work in."""

    checkout: Path
    python: Path
    folder: Path

    def run(
        self,
        *arguments: str | Path,
        folder: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> str:
        """Run Python with arguments and return what it prints.

        It sees none of our packages, and no variable of ours that might hold a secret.
        """
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        try:
            finished = subprocess.run(
                [str(self.python), *map(str, arguments)],
                cwd=folder or self.folder,
                env={**kept, "HOME": str(self.folder), **(environment or {})},
                capture_output=True,
                text=True,
                check=False,
                timeout=LONGEST,
            )
        except subprocess.TimeoutExpired as error:
            # Some scorers ask a model that does not answer for ever.
            raise Unavailable(f"{arguments[0]} did not end in {LONGEST} s") from error
        if finished.returncode:
            raise Unavailable(f"{arguments[0]} failed: {finished.stderr.strip()[-2000:]}")
        return finished.stdout


def get_checkout(repository: str, commit: str, paths: Sequence[str], folder: Path) -> Path:
    """The paths of a GitHub repository at a commit, below `folder`; cloned unless they are there.

    Raises:
        Unavailable: GitHub cannot be reached, or what is there differs from the commit.
    """
    checkout = folder / repository
    if not checkout.exists():
        url = f"https://github.com/{repository}"
        _git("clone", "--quiet", "--filter=blob:none", "--no-checkout", url, str(checkout))
        _git("-C", str(checkout), "checkout", "--quiet", commit, "--", *paths)
    _refuse_changes(checkout, commit, paths)
    return checkout


def _refuse_changes(checkout: Path, commit: str, paths: Sequence[str]) -> None:
    """What runs is exactly what the authors published."""
    for line in _git("-C", str(checkout), "ls-tree", "-r", commit, "--", *paths).splitlines():
        published, path = line.split()[2], line.partition("\t")[2]
        if _git("-C", str(checkout), "hash-object", "--no-filters", path).strip() != published:
            raise Unavailable(f"{checkout / path} differs from {commit}; remove {checkout}")


def get_python(requirements: Sequence[str], folder: Path) -> Path:
    """The interpreter of an environment with these requirements; made unless it is there."""
    name = hashlib.sha256("\n".join(requirements).encode()).hexdigest()[:16]
    python = folder / name / "bin" / "python"
    complete = folder / name / "complete"
    if not complete.exists():
        _call(sys.executable, "-m", "venv", "--clear", str(folder / name))
        _call(str(python), "-m", "pip", "install", "--quiet", *requirements)
        complete.touch()
    return python


def _git(*arguments: str) -> str:
    return _call("git", *arguments)


def _call(*command: str) -> str:
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    if finished.returncode:
        raise Unavailable(
            f"`{' '.join(command)}` failed ({finished.stderr.strip() or finished.returncode}); "
            "a scorer needs GitHub and a package index, or a folder with checkouts (--checkouts)"
        )
    return finished.stdout
