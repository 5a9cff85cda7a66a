"""The gold answer gets its type, and must be one that answers can be compared with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from prism_engine.curation.candidate import Candidate, Dropped, Sifted, sifted
from prism_engine.data.gold import gold_problem, type_gold


class TypeGold:
    """Answers that came as text become what they are; `notes` counts the types."""

    name = "gold"
    title = "Answer can be compared"

    async def sift(self, candidates: Sequence[Candidate]) -> Sifted:
        judged = [_judge(candidate) for candidate in candidates]
        types = Counter(
            one.record.answer.type
            for one in judged
            if isinstance(one, Candidate) and one.record.answer is not None
        )
        return sifted(judged, types)


def _judge(candidate: Candidate) -> Candidate | Dropped:
    answer = candidate.record.answer
    if answer is not None and answer.type == "text" and not answer.aliases:
        answer = type_gold(answer.value)
    if answer is None or gold_problem(answer) is not None:
        return Dropped(candidate.id, "an answer that nothing could be compared with")
    return replace(candidate, record=candidate.record.model_copy(update={"answer": answer}))
