"""Items of the benchmarks must not be learned from.

Long questions match by a run of 13 words in common (as GPT-3 was cleaned, arXiv 2005.14165,
appendix C) or by nearly all of their characters; questions of fewer than eight words, such as
"What is the value of x?", say nothing without their image. The index is made from a folder that
the user has; nothing of a benchmark is kept in what is exported.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from prism_engine.contract.curation import Similarity
from prism_engine.curation.candidate import Candidate, Dropped, Sifted, sifted
from prism_engine.curation.pictures import PictureIndex, hash_picture
from prism_engine.curation.texts import normalise, numbers, ratio, word_grams, words
from prism_engine.data.records import DataSet

FEWEST_WORDS = 8
RUN_OF_WORDS = 13
LOOKED_UP_BY = 5
RATIO = 0.95


class Decontaminate:
    """Drops what is found in a benchmark, by text, by image or by both."""

    name = "decontaminate"
    title = "In no benchmark"

    def __init__(self, benchmarks: Mapping[str, DataSet], settings: Similarity) -> None:
        self._indexes = {name: _Index(data, settings) for name, data in benchmarks.items()}

    async def sift(self, candidates: Sequence[Candidate]) -> Sifted:
        judged: list[Candidate | Dropped] = []
        found: Counter[str] = Counter()
        for candidate in candidates:
            matches = [
                f"{name}: {how}"
                for name, index in self._indexes.items()
                if (how := index.how(candidate)) is not None
            ]
            found.update(matches)
            judged.append(Dropped(candidate.id, matches[0]) if matches else candidate)
        return sifted(judged, found)


class _Index:
    """The questions and images of one benchmark."""

    def __init__(self, data: DataSet, settings: Similarity) -> None:
        self._most_bits = settings.image_bits
        self._questions = [normalise(record.question) for record in data.records]
        self._exact: dict[str, int] = {}
        self._grams: dict[tuple[str, ...], set[int]] = defaultdict(set)
        self._pictures: PictureIndex[int] = PictureIndex()
        for number, (record, question) in enumerate(
            zip(data.records, self._questions, strict=True)
        ):
            self._exact.setdefault(question, number)
            for gram in word_grams(question, LOOKED_UP_BY):
                self._grams[gram].add(number)
            for image in record.images:
                self._pictures.add(hash_picture(data.folder_of(record) / image), number)

    def how(self, candidate: Candidate) -> str | None:
        """How an item is found in the benchmark; None if it is not."""
        question = normalise(candidate.record.question)
        pictured = {
            number
            for image in candidate.images
            for number in self._pictures.near(hash_picture(image), self._most_bits)
        }
        asked = self._asked(question)
        if asked is not None and pictured:
            return "both"
        if asked is not None and len(words(question)) >= FEWEST_WORDS:
            return asked
        return "image only" if pictured else None

    def _asked(self, question: str) -> str | None:
        if question in self._exact:
            return "exact"
        grams = word_grams(question, LOOKED_UP_BY)
        near = {number for gram in grams for number in self._grams.get(gram, ())}
        runs = word_grams(question, RUN_OF_WORDS)
        if any(self._alike(question, runs, self._questions[number]) for number in sorted(near)):
            return "fuzzy"
        return None

    def _alike(self, question: str, runs: set[tuple[str, ...]], other: str) -> bool:
        if runs & word_grams(other, RUN_OF_WORDS):
            return True
        if numbers(question) != numbers(other):
            return False
        shorter, longer = sorted((len(question), len(other)))
        # Texts so different in length cannot have so much in common.
        return 2 * shorter >= RATIO * (shorter + longer) and ratio(question, other) >= RATIO
