"""What is said elsewhere of a run holds no secret of its endpoints: `[key NAME]` stands for it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


class Redaction:
    """Knows the keys that an engine was given, and takes them out of what it says."""

    def __init__(self) -> None:
        self._marks: dict[str, str] = {}
        self._spellings: frozenset[bytes] = frozenset()

    def learn(self, keys: Mapping[str, str]) -> None:
        """Take these out from here on."""
        # The longest first: one key may begin with another.
        ordered = sorted(keys.items(), key=lambda pair: len(pair[1]), reverse=True)
        self._marks = {secret: f"[key {name}]" for name, secret in ordered if secret}
        self._spellings = frozenset(
            json.dumps(secret, ensure_ascii=ascii_only)[1:-1].encode()
            for secret in self._marks
            for ascii_only in (True, False)
        )

    def text(self, text: str) -> str:
        for secret, mark in self._marks.items():
            text = text.replace(secret, mark)
        return text

    def event(self, line: bytes) -> bytes:
        """Take them out of the texts of an event; most lines hold none and stay as they are."""
        if not any(spelling in line for spelling in self._spellings):
            return line
        return json.dumps(self._value(json.loads(line))).encode()

    def _value(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self._value(one) for one in value]
        if isinstance(value, dict):
            return {name: self._value(one) for name, one in value.items()}
        return value
