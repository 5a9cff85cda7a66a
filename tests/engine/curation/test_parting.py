from __future__ import annotations

from collections.abc import Sequence

from prism_engine.contract.curation import RlvrBand
from prism_engine.curation.candidate import Candidate, Lesson
from prism_engine.curation.parting import part
from prism_engine.data.response import parse_response
from tests.engine.curation.conftest import MakeCandidate


def text(items: int) -> str:
    caption = "\n".join(f"- thing {number}" for number in range(items))
    return f"<caption>{caption}</caption><think>t</think><answer>3</answer>"


def taught(candidate: Candidate, right: int, items: int) -> Candidate:
    sections = parse_response(text(items))
    assert sections is not None
    lessons = tuple(
        Lesson(n, text(items), sections, False, "right" if n < right else "wrong") for n in range(4)
    )
    record = candidate.record.model_copy(update={"response": text(items)})
    return Candidate(record, candidate.folder, taught=4, lessons=lessons)


class Rates:
    def __init__(self, rates: dict[str, float]) -> None:
        self._rates = rates

    async def of(self, candidates: Sequence[Candidate], samples: int) -> list[float]:
        assert samples == 8
        return [self._rates[candidate.id] for candidate in candidates]


async def test_the_best_are_held_out_and_the_band_is_open_at_both_ends(
    candidate: MakeCandidate,
) -> None:
    candidates = [
        taught(candidate("never", picture=0), 1, 2),
        taught(candidate("best", picture=1), 4, 3),
        taught(candidate("sometimes", picture=2), 3, 9),
        taught(candidate("fuller", picture=3), 4, 5),
        taught(candidate("always", picture=4), 1, 2),
    ]
    rates = Rates({"never": 0.0, "sometimes": 0.5, "always": 1.0})
    corpus = await part(candidates, 2, RlvrBand(), rates)
    assert [one.id for one in corpus.alignment] == ["best", "fuller"]
    assert [one.id for one in corpus.sft] == ["never", "sometimes", "always"]
    assert [one.id for one in corpus.rlvr] == ["sometimes"]
    assert (corpus.measured, corpus.overlap) == (3, 1)
    without = await part(candidates, 1, None, None)
    assert [one.id for one in without.alignment] == ["fuller"]
    assert (without.rlvr, without.measured) == ([], None)
