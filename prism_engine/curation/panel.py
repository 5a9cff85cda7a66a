"""Items that a panel of models cannot solve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from prism_engine.benchmarks.statistics import share
from prism_engine.contract.curation import Panel as PanelSettings
from prism_engine.curation.answering import ask_shortly
from prism_engine.curation.asking import Crew, is_right
from prism_engine.curation.candidate import Candidate, Dropped, Sifted, sifted
from prism_engine.endpoints.client import ChatClient


class Panel:
    """Asks every model several times, one try after the other, until the item is solved.

    It is solved as soon as the lower bound of its pass rate's 95% interval (Wilson) is above the
    rate that the settings keep; for the unsolved, one right answer is enough.
    """

    name = "panel"
    title = "Unsolved by the panel"

    def __init__(self, settings: PanelSettings, clients: Sequence[ChatClient], crew: Crew) -> None:
        self._settings = settings
        self._clients = clients
        self._crew = crew

    async def sift(self, candidates: Sequence[Candidate]) -> Sifted:
        return sifted(await self._crew.each(candidates, self._judge))

    async def _judge(self, candidate: Candidate) -> Candidate | Dropped:
        right = asked = 0
        for sample in range(self._settings.samples):
            for client in self._clients:
                said = await ask_shortly(
                    client, candidate.record.question, candidate.images, self._settings, sample
                )
                assert candidate.record.answer is not None
                right += await is_right(candidate.record.answer, said)
                asked += 1
                if share(right, asked).low > self._settings.pass_rate:
                    return Dropped(candidate.id, "solved by the panel")
        if right / asked > self._settings.pass_rate:
            return Dropped(candidate.id, "solved by the panel")
        return replace(candidate, panel=(right, asked))
