from __future__ import annotations

from pydantic import BaseModel, Field


class SignInWays(BaseModel):
    """How one can sign in here."""

    provider: str | None = Field(description="Name of the OpenID Connect provider, if there is one")


class ProviderPage(BaseModel):
    """The provider's page, to which the browser goes."""

    url: str
