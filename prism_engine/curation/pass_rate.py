"""How often a policy gets items right."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean
from typing import Protocol

from prism_engine.curation.asking import Crew, is_right
from prism_engine.curation.candidate import Candidate
from prism_engine.data.response import parse_response
from prism_engine.endpoints.client import ChatClient
from prism_engine.endpoints.reply import complete_text
from prism_engine.endpoints.request import question_alone


class PassRates(Protocol):
    """Measures the rates of one policy."""

    async def of(self, candidates: Sequence[Candidate], samples: int) -> list[float]: ...


class EndpointPassRates:
    """The rates of a policy that somebody serves. As in training, only well-formed answers count.

    Args:
        client: of the policy.
        temperature: at which responses are drawn.
        max_new_tokens: longest response.
        crew: works on several candidates at once.
    """

    def __init__(
        self, client: ChatClient, temperature: float, max_new_tokens: int, crew: Crew
    ) -> None:
        self._client = client
        self._temperature = temperature
        self._max_new_tokens = max_new_tokens
        self._crew = crew

    async def of(self, candidates: Sequence[Candidate], samples: int) -> list[float]:
        async def rate(candidate: Candidate) -> float:
            return fmean([await self._right(candidate, sample) for sample in range(samples)])

        return await self._crew.each(candidates, rate)

    async def _right(self, candidate: Candidate, sample: int) -> bool:
        reply = await self._client.ask(
            question_alone(
                candidate.record.question,
                candidate.images,
                self._max_new_tokens,
                self._temperature,
                sample,
            )
        )
        text = complete_text(reply)
        sections = None if text is None else parse_response(text)
        if sections is None or candidate.record.answer is None:
            return False
        return await is_right(candidate.record.answer, sections.answer)
