from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from prism_engine.contract.settings import Name
from server.schemas import Body


class NewDataset(Body):
    """A folder or a .jsonl file below one of the server's data roots."""

    name: Name
    location: str = Field(
        min_length=1, max_length=1000, description="Relative to a folder of PRISM_DATA_ROOTS"
    )


class DatasetSnapshot(BaseModel):
    """A registered data set, as it was when it was registered."""

    id: str
    name: str
    location: str
    rows: int
    images: int
    fingerprint: str
    preview: list[dict[str, Any]]
    created_at: datetime
