"""The secrets that a run's endpoints want: the server's, and those that this machine has itself."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import yaml

from prism_client.worker_client import Claim
from prism_engine.contract.endpoints import key_names
from worker.errors import KeyMissing, KeysRefused

LARGEST_KEYS = 32_768
"""Bytes; a pipe holds so many before anybody reads."""


def keys_of(claim: Claim, file: Path) -> dict[str, str]:
    """Find exactly the keys that the claimed run names; the server's come before the file's.

    Raises:
        KeyMissing: neither has one of them.
        KeysRefused: others may read the file, or it holds something else.
    """
    names = sorted(key_names(claim.recipe))
    if not names:
        return {}
    found = read_keys(file) | claim.keys
    for name in names:
        if name not in found:
            raise KeyMissing(
                f"there is no key '{name}': set it for the project with `prism key set {name}`, "
                f"or on the worker's machine with a line `{name}: SECRET` in {file}"
            )
    return {name: found[name] for name in names}


def read_keys(path: Path) -> dict[str, str]:
    """Read the secrets that this machine has itself; none where there is no file.

    Raises:
        KeysRefused: others may read the file, or it holds something else.
    """
    if not path.exists():
        return {}
    if path.stat().st_mode & 0o077:
        raise KeysRefused(f"others may read {path}; chmod 600 it")
    content = path.read_bytes()
    if len(content) > LARGEST_KEYS:
        raise KeysRefused(f"{path} holds {len(content)} bytes, which no keys do")
    try:
        keys = yaml.safe_load(content) or {}
    except yaml.YAMLError:
        # Its message would quote the line, and with it the secret.
        keys = None
    if not isinstance(keys, dict) or not all(
        isinstance(part, str) for pair in keys.items() for part in pair
    ):
        raise KeysRefused(f"{path} must hold lines of the form `name: secret`")
    return keys


def written(keys: Mapping[str, str]) -> bytes | None:
    """Return what the engine reads from the pipe; None where it needs no keys.

    Raises:
        KeysRefused: a pipe does not hold as much.
    """
    if not keys:
        return None
    content = yaml.safe_dump(dict(keys), allow_unicode=True).encode()
    if len(content) > LARGEST_KEYS:
        raise KeysRefused(f"the keys of this run are {len(content)} bytes, which no keys are")
    return content
