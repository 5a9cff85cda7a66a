"""What may be asked where rules do not say that an answer is right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from prism_engine.contract.events import JudgeVerdict


@dataclass(frozen=True)
class Case:
    """One question with its gold answer, and what is to be judged."""

    question: str
    gold: str
    said: str


class Judge(Protocol):
    """A model that says whether what was said means the gold answer.

    It fails openly: a judge that could not be asked, or did not say clearly, says `failed`, and
    that is never `wrong`.
    """

    @property
    def name(self) -> str:
        """Model, endpoint and wording of the question: verdicts are comparable under the same."""

    def verdicts(self, cases: Sequence[Case]) -> list[JudgeVerdict]:
        """One verdict for each case, in their order."""
