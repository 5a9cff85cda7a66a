"""Items that are there already. The first one stays."""

from __future__ import annotations

from collections.abc import Sequence

from prism_engine.contract.curation import Similarity
from prism_engine.contract.manifest import hash_file
from prism_engine.curation.candidate import Candidate, Dropped, Sifted, sifted
from prism_engine.curation.pictures import PictureHash, PictureIndex, hash_picture
from prism_engine.curation.texts import alike, normalise


class Duplicates:
    """Drops an item whose question and images are, or nearly are, those of an earlier one.

    Items of several images are the same where the images are, in order.
    """

    name = "duplicates"
    title = "Not there already"

    def __init__(self, settings: Similarity) -> None:
        self._settings = settings

    async def sift(self, candidates: Sequence[Candidate]) -> Sifted:
        kept = _Kept(self._settings)
        return sifted([kept.judge(candidate) for candidate in candidates])


class _Kept:
    """What has been kept so far, by its content and by the looks of its first image."""

    def __init__(self, settings: Similarity) -> None:
        self._settings = settings
        self._exact: dict[tuple[str, ...], Candidate] = {}
        self._index: PictureIndex[int] = PictureIndex()
        self._near: list[tuple[str, list[PictureHash], Candidate]] = []

    def judge(self, candidate: Candidate) -> Candidate | Dropped:
        question = normalise(candidate.record.question)
        exactly = (question, *(hash_file(image) for image in candidate.images))
        if (same := self._exact.get(exactly)) is not None:
            return _duplicate("exact", candidate, same)
        looks = [hash_picture(image) for image in candidate.images]
        for number in self._index.near(looks[0], self._settings.image_bits):
            other_question, other_looks, other = self._near[number]
            if self._look_alike(looks, other_looks) and alike(
                question, other_question, self._settings.text_share
            ):
                return _duplicate("near", candidate, other)
        self._exact[exactly] = candidate
        self._index.add(looks[0], len(self._near))
        self._near.append((question, looks, candidate))
        return candidate

    def _look_alike(self, first: list[PictureHash], second: list[PictureHash]) -> bool:
        return len(first) == len(second) and all(
            one.differs_in(other) <= self._settings.image_bits
            for one, other in zip(first, second, strict=True)
        )


def _duplicate(how: str, candidate: Candidate, earlier: Candidate) -> Dropped:
    conflict = candidate.record.answer != earlier.record.answer
    answer = "with another answer" if conflict else "with the same answer"
    return Dropped(candidate.id, f"{how} duplicate {answer}")
