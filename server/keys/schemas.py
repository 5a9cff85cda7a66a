from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field, SecretStr, field_validator

from server.schemas import Body

SHORTEST, LONGEST = 8, 2048


class NewKey(Body):
    """The secret that an endpoint wants."""

    value: SecretStr = Field(min_length=SHORTEST, max_length=LONGEST)

    @field_validator("value")
    @classmethod
    def _fits_a_header(cls, value: SecretStr) -> SecretStr:
        secret = value.get_secret_value()
        if not secret.isascii() or not secret.isprintable() or " " in secret:
            raise ValueError("write printable letters of ASCII without spaces, as headers carry")
        return value


class KeySnapshot(BaseModel):
    """That there is a key, and who set it; its value is told to the workers of its runs only."""

    name: str
    created_by: str
    created_at: datetime
