"""The secrets that endpoints want, by the names that recipes use.

They are read from a file that nobody else may read, or from a pipe (`/dev/fd/3`), and never stand
in arguments, in the environment, in a ledger or in a log.
"""

from __future__ import annotations

import stat
from collections.abc import Mapping
from pathlib import Path

import yaml

from prism_engine.contract.config import Problem
from prism_engine.errors import InvalidData

HIDDEN = "•••"


class Keys:
    """Secrets by name."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        self._secrets = dict(secrets)

    def __repr__(self) -> str:
        return f"Keys({', '.join(self._secrets)})"

    @classmethod
    def read(cls, path: Path) -> Keys:
        """Read lines of the form `name: secret`.

        Raises:
            InvalidData: the file cannot be read, others may read it, or it holds something else.
        """
        try:
            mode = path.stat().st_mode
            if stat.S_ISREG(mode) and mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise _problem(f"others may read {path}; chmod 600 it")
            content = yaml.safe_load(path.read_text("utf-8")) or {}
        except (OSError, yaml.YAMLError) as error:
            # YAML's message would quote the line, and with it the secret.
            raise _problem(f"{path} cannot be read ({type(error).__name__})") from None
        if not isinstance(content, dict) or not all(
            isinstance(part, str) for pair in content.items() for part in pair
        ):
            raise _problem(f"{path} must hold lines of the form `name: secret`")
        return cls(content)

    def secret(self, name: str | None) -> str | None:
        """The secret of that name; None where none is named.

        Raises:
            InvalidData: there is none.
        """
        if name is None:
            return None
        if name not in self._secrets:
            raise _problem(f"there is no key '{name}'; add the line `{name}: SECRET` to --keys")
        return self._secrets[name]


def hide(text: str, secret: str | None) -> str:
    """A text without the secret: servers quote what they refuse."""
    return text.replace(secret, HIDDEN) if secret else text


def _problem(message: str) -> InvalidData:
    return InvalidData([Problem(field="keys", message=message)])
