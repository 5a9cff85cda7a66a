from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field

from prism_engine.contract.settings import Name
from server.schemas import Body


class NewDataset(Body):
    """A folder or a .jsonl file below one of the server's data roots."""

    name: Name
    location: str = Field(
        min_length=1, max_length=1000, description="Relative to a folder of PRISM_DATA_ROOTS"
    )


class ImportReport(BaseModel):
    """What became of the rows that a data set was imported from."""

    format: str
    source: list[str]
    rows: int
    imported: int
    renamed: int
    quarantined: dict[str, int] = Field(description="Rows that could not be used, by reason")


class DatasetSnapshot(BaseModel):
    """A registered data set, as the host that sees it found it when it was registered."""

    id: str
    name: str
    location: str
    rows: int
    images: int
    demonstrations: int | None = Field(description="Null where it was registered before counting")
    answers: int | None = Field(description="Rows with a gold answer")
    splits: dict[str, int] = Field(description="Rows by split, where rows name theirs")
    imported: ImportReport | None
    fingerprint: str
    run_id: str | None = Field(description="The curation that it comes from")
    created_at: datetime


class PreviewImage(BaseModel):
    """An image of a row; the artifact is a small copy of it."""

    digest: str
    width: int
    height: int


class PreviewSections(BaseModel):
    """A demonstration, taken apart."""

    caption: str
    think: str
    answer: str


class PreviewTurn(BaseModel):
    """One turn of a conversation."""

    role: str
    content: str


class PreviewRow(BaseModel):
    """A row as people look at it; long texts are cut."""

    id: str
    split: str | None = None
    images: list[PreviewImage] = []
    more_images: int = Field(0, description="Images that the row has besides")
    question: str = ""
    gold: str | None = None
    gold_type: str | None = None
    demonstration: PreviewSections | None = None
    turns: list[PreviewTurn] = []
    rollouts: int = 0


class DatasetPreview(BaseModel):
    """The first rows of a data set."""

    data: list[PreviewRow]
