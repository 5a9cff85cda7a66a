"""The first gate: an item has a question, an image that decodes, and an answer to compare with."""

from __future__ import annotations

from collections.abc import Sequence

from prism_engine.curation.candidate import Candidate, Dropped, Sifted, sifted
from prism_engine.data.records import open_image
from prism_engine.errors import InvalidData


class Ingest:
    """Drops what nothing could be learned from."""

    name = "ingest"
    title = "Taken in"

    async def sift(self, candidates: Sequence[Candidate]) -> Sifted:
        return sifted([_judge(candidate) for candidate in candidates])


def _judge(candidate: Candidate) -> Candidate | Dropped:
    record = candidate.record
    if record.messages is not None:
        return Dropped(record.id, "a conversation, not a question")
    if not record.images:
        return Dropped(record.id, "no image")
    if record.answer is None:
        return Dropped(record.id, "no answer")
    try:
        for number in range(len(record.images)):
            open_image(candidate.folder, record, number)
    except InvalidData:
        return Dropped(record.id, "an image that does not decode")
    return candidate
