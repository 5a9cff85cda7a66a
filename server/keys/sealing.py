"""Secrets as the database holds them: AES-256-GCM under the key file of the installation.

A nonce of 12 random bytes stands before each sealed value. What it belongs to is authenticated
with it, so that a value that was moved to another row opens nowhere.
"""

from __future__ import annotations

import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from server.errors import Unreadable

NONCE = 12


class Seal:
    """Seals and opens by the key in a file of 32 bytes in hexadecimal digits."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def close(self, value: str, owner: str) -> bytes:
        nonce = secrets.token_bytes(NONCE)
        return nonce + self._cipher().encrypt(nonce, value.encode(), owner.encode())

    def open(self, sealed: bytes, owner: str) -> str:
        """Return what was sealed for this owner. Raises `Unreadable`."""
        try:
            value = self._cipher().decrypt(sealed[:NONCE], sealed[NONCE:], owner.encode())
        except InvalidTag:
            raise Unreadable(owner) from None
        return value.decode()

    def _cipher(self) -> AESGCM:
        return AESGCM(bytes.fromhex(self._file.read_text().strip()))
