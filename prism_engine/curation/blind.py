"""Items that need their image: what can be answered without it teaches nobody to look."""

from __future__ import annotations

from collections.abc import Sequence

from prism_engine.contract.curation import Blind as BlindSettings
from prism_engine.curation.answering import ask_shortly
from prism_engine.curation.asking import Crew, is_right
from prism_engine.curation.candidate import Candidate, Dropped, Sifted, sifted
from prism_engine.endpoints.client import ChatClient


class Blind:
    """Asks the question alone; an item is dropped when every try is right."""

    name = "blind"
    title = "Needs its image"

    def __init__(self, settings: BlindSettings, client: ChatClient, crew: Crew) -> None:
        self._settings = settings
        self._client = client
        self._crew = crew

    async def sift(self, candidates: Sequence[Candidate]) -> Sifted:
        return sifted(await self._crew.each(candidates, self._judge))

    async def _judge(self, candidate: Candidate) -> Candidate | Dropped:
        assert candidate.record.answer is not None
        for sample in range(self._settings.samples):
            said = await ask_shortly(
                self._client, candidate.record.question, (), self._settings, sample
            )
            if not await is_right(candidate.record.answer, said):
                return candidate
        return Dropped(candidate.id, "solved without the image")
