"""Finding the programs that tests start, and the user they run as."""

from __future__ import annotations

import os
import pwd
import shutil
from pathlib import Path


def find_program(name: str, *folders: str) -> Path | None:
    """Return the program from PATH, else from the last of the folders (globs) that has it."""
    if found := shutil.which(name):
        return Path(found)
    places = [path for pattern in folders for path in sorted(Path("/").glob(pattern.lstrip("/")))]
    programs = [place / name for place in places if os.access(place / name, os.X_OK)]
    return programs[-1] if programs else None


def unprivileged_user() -> str | None:
    """Return whom to run as where we are root, which Postgres refuses; None if we are not."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in ("postgres", "pgserver", "nobody") if name in known)
