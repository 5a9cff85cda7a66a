"""Signatures of Standard Webhooks (standardwebhooks.com), by which a receiver knows us.

`webhook-signature: v1,` and the base64 of HMAC-SHA256(key, `ID.TIMESTAMP.BODY`); the key is what
stands behind `whsec_` in base64.
"""

from __future__ import annotations

import hmac
import secrets
from base64 import b64decode, b64encode
from hashlib import sha256

PREFIX = "whsec_"


def new_secret() -> str:
    """Make a key that nobody knows."""
    return PREFIX + b64encode(secrets.token_bytes(32)).decode()


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """Return what proves that the body was sent by whoever knows the secret, at that moment."""
    key = b64decode(secret.removeprefix(PREFIX))
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + b64encode(hmac.digest(key, signed, sha256)).decode()


def headers(secret: str, message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Return the headers by which a message is known and checked."""
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(secret, message_id, timestamp, body),
    }
