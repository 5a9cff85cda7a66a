from __future__ import annotations

from pydantic import BaseModel, Field


class UploadedImage(BaseModel):
    """An image as it is kept, to be named in the recipe of a run that asks about it."""

    digest: str = Field(description="sha256 of what is kept")
    width: int
    height: int
    size: int = Field(description="Bytes")
