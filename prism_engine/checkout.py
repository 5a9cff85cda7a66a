"""The checkout that this code runs from, if it does, asked of git.

What is asked for is bounded: a checkout may differ from its commit by gigabytes.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from prism_engine.contract.environment import (
    LARGEST_DIFF,
    LONGEST_PATCH,
    MOST_UNTRACKED,
    Code,
    Patch,
)

SECONDS = 20
LARGEST_READ = 32 * 2**20
"""Bytes of a difference that are read; of a longer one only its beginning is known."""

DIFF = (
    "diff", "HEAD", "--no-color", "--no-ext-diff", "--no-textconv", "--no-renames",
    "--src-prefix=a/", "--dst-prefix=b/",
)  # fmt: skip
HEADER = re.compile(r"^diff --git ", re.M)

SECRET = re.compile(
    r"(^|/)\.env[^/]*$|\.(pem|key|p12|pfx)$|(^|/)(credentials?|secrets?|keys?)\.(json|ya?ml|toml|ini)$",
    re.I,
)
"""Files that hold secrets by their names: of these it is kept only that they differ."""


@dataclass(frozen=True)
class Checkout:
    """A folder under git's control."""

    folder: Path

    @classmethod
    @cache
    def of(cls, file: Path) -> Checkout | None:
        """The checkout that a file belongs to; None if git is not there or does not know it.

        What is installed into an environment may lie inside of somebody's checkout without being a
        part of it.
        """
        folder = file.parent
        if _ask(folder, "ls-files", "--error-unmatch", "--", file.name) is None:
            return None
        root = _ask(folder, "rev-parse", "--show-toplevel")
        return cls(Path(root)) if root else None

    def describe(self, version: str | None) -> tuple[Code, list[Patch]]:
        """Return which code it is, and in what it differs from its commit."""
        difference, whole = self._difference()
        parts = dict(_by_file(difference))
        patches = list(_bounded(parts))
        others = ("ls-files", "--others", "--exclude-standard", "--directory")
        untracked = _ask(self.folder, *others) or ""
        remote = _ask(self.folder, "remote", "get-url", "origin")
        code = Code(
            version=version,
            commit=_ask(self.folder, "rev-parse", "HEAD"),
            remote=remote and without_credentials(remote),
            changed=list(parts),
            diff_sha256=sha256(difference.encode()).hexdigest() if difference else None,
            diff_cut=not whole or len(patches) < len(parts) or any(one.cut for one in patches),
            untracked=untracked.splitlines()[:MOST_UNTRACKED],
        )
        return code, patches

    def _difference(self) -> tuple[str, bool]:
        """The difference to the commit, and whether that is all of it."""
        with subprocess.Popen(
            _command(self.folder, *DIFF), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        ) as git:
            assert git.stdout is not None, "it is piped"
            content = git.stdout.read(LARGEST_READ + 1)
            git.kill()
        text = content[:LARGEST_READ].decode("utf-8", "replace").replace("\0", "")
        return text, len(content) <= LARGEST_READ


def without_credentials(address: str) -> str:
    """Return a remote's address without the user and the password that it may name."""
    parts = urlsplit(address)
    if not parts.scheme or "@" not in parts.netloc:
        return address
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _by_file(difference: str) -> Iterator[tuple[str, str]]:
    """Give each file's part by the file's path."""
    starts = [found.start() for found in HEADER.finditer(difference)]
    for start, end in pairwise([*starts, len(difference)]):
        part = difference[start:end]
        # Without renames a part names its file twice: a/PATH b/PATH.
        names = part.partition("\n")[0].removeprefix("diff --git ")
        yield names[len(names) // 2 + 1 :].strip('"').removeprefix("b/"), part


def _bounded(parts: dict[str, str]) -> Iterator[Patch]:
    """Give the patches that there is room for, the code's before anything else."""
    left = LARGEST_DIFF
    for path in sorted(parts, key=lambda path: not path.endswith((".py", ".yaml", ".toml"))):
        most = min(left, LONGEST_PATCH)
        if most == 0:
            return
        text = parts[path]
        kept = "" if SECRET.search(path) else text[:most]
        yield Patch(path=path, text=kept, cut=kept != text)
        left -= len(kept)


def _ask(folder: Path, *arguments: str) -> str | None:
    """Return what git says; None where it has nothing to say, or is not there."""
    try:
        answer = subprocess.run(
            _command(folder, *arguments), capture_output=True, timeout=SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    text = answer.stdout.decode("utf-8", "replace").strip()
    return text if answer.returncode == 0 and text else None


def _command(folder: Path, *arguments: str) -> list[str]:
    # Without locks it changes nothing, beside whoever works in the checkout at the time.
    return ["git", "--no-optional-locks", "-C", str(folder), *arguments]
