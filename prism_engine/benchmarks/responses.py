"""What an evaluation keeps: one row for every response, in `responses.jsonl` beside its events.

The rows are enough to score again without generating, to count tokens, and to compare two
checkpoints on the same items.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

import numpy as np
from pydantic import Field, ValidationError

from prism_engine.benchmarks.benchmark import Benchmark
from prism_engine.benchmarks.pairing import McNemar, PairedBootstrap, mcnemar, paired_bootstrap
from prism_engine.contract.config import Problem, ScoringMode
from prism_engine.contract.events import AnswerVerdict, JudgeVerdict, Response
from prism_engine.contract.manifest import hash_file
from prism_engine.data.answers import Row
from prism_engine.data.records import Record
from prism_engine.errors import InvalidData

GREEDY = 0
"""The number of the greedy response; samples are 1, 2, 3 …"""


class ResponseRow(Row):
    """One response to one item."""

    benchmark: str
    item: str
    sample: int = Field(ge=GREEDY)
    prompt: str = Field(description="sha256 of the question and of its images")
    response: str
    tokens: int = Field(description="Generated tokens, the end token included")
    malformed: str | None = Field(description="What is wrong with the form")
    answer: str | None = Field(description="What the rules read")
    verdict: AnswerVerdict | None
    judged: JudgeVerdict | None = Field(None, description="A judge's verdict, beside the rules'")
    scoring: ScoringMode = "strict"
    scorer: str = Field(description="Verdicts are comparable only under the same one")
    temperature: float = Field(description="0 for the greedy response")
    seed: int

    @property
    def right(self) -> bool:
        """Whether the rules or the judge accept it."""
        return "right" in (self.verdict, self.judged)


def prompt_hash(record: Record, folder: Path) -> str:
    """The same for the same question about the same images, wherever these lie."""
    asked = {
        "question": record.question,
        "messages": [turn.content for turn in record.messages or [] if turn.role == "user"],
        "images": [hash_file(folder / image) for image in record.images],
    }
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()


def rows_of(
    record: Record,
    responses: Sequence[Response],
    *,
    benchmark: str,
    scorer: str,
    scoring: ScoringMode,
    prompt: str,
    temperature: float,
    seed: int,
) -> list[ResponseRow]:
    """The rows of one item: the greedy response first, then the samples."""
    return [
        ResponseRow(
            benchmark=benchmark,
            item=record.id,
            sample=number,
            prompt=prompt,
            response=response.text,
            tokens=response.tokens,
            malformed=response.malformed,
            answer=response.answer,
            verdict=response.verdict,
            judged=response.judged,
            scoring=scoring,
            scorer=scorer,
            temperature=0.0 if number == GREEDY else temperature,
            seed=seed,
        )
        for number, response in enumerate(responses)
    ]


class ResponseLog:
    """Appends rows to a file, one a line. A step that is taken again writes its rows again."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, rows: Iterable[ResponseRow]) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as file:
            # A line that a dead process left half-written must not swallow the next.
            file.write("".join(f"\n{row.model_dump_json()}" for row in rows))


def read_rows(*paths: Path) -> list[ResponseRow]:
    """The rows of one evaluation in order of item and sample, the last of each.

    Args:
        paths: a file for every attempt, in their order; a later one holds what it did itself.

    Raises:
        InvalidData: there is no such file, or a line of it is no row.
    """
    found: dict[tuple[str, int], ResponseRow] = {}
    for path in paths:
        for row in _read_file(path):
            found[row.item, row.sample] = row
    return [found[key] for key in sorted(found)]


def _read_file(path: Path) -> Iterator[ResponseRow]:
    if not path.is_file():
        raise InvalidData([Problem(field="responses", message=f"there is no file {path}")])
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                content = json.loads(line)
            except json.JSONDecodeError:
                # Empty, or half-written by a process that died; its step was taken again.
                continue
            try:
                yield ResponseRow.model_validate(content)
            except ValidationError as error:
                message = f"{path} holds something else than responses: {error}"
                raise InvalidData([Problem(field=f"line {number}", message=message)]) from error


def rescore(
    rows: Sequence[ResponseRow], records: Sequence[Record], benchmark: Benchmark
) -> list[ResponseRow]:
    """The rows with the verdicts of today's rules on the records' golds; nothing is generated.

    What a judge said of them stays.

    Raises:
        InvalidData: a row answers an item that is not among the records.
    """
    known = {record.id: record for record in records}
    strangers = sorted({row.item for row in rows} - known.keys())
    if strangers:
        message = "the data set has no such item; give the one that was evaluated"
        raise InvalidData([Problem(field=item, message=message) for item in strangers])

    def again(row: ResponseRow) -> AnswerVerdict | None:
        return None if row.answer is None else benchmark.verdict(known[row.item], row.answer)

    return [
        row.model_copy(update={"verdict": again(row), "scorer": benchmark.scorer}) for row in rows
    ]


def token_efficiency(rows: Sequence[ResponseRow]) -> dict[str, float]:
    """Accuracy against generated tokens; what there is nothing to say of is left out."""
    if not rows:
        return {}
    tokens = [row.tokens for row in rows]
    right = [row.tokens for row in rows if row.right]
    wrong = [row.tokens for row in rows if not row.right]
    found = {
        "accuracy": len(right) / len(rows),
        "tokens_mean": fmean(tokens),
        "tokens_median": float(np.median(tokens)),
        "tokens_p95": float(np.percentile(tokens, 95)),
    }
    if right:
        found["tokens_right"] = fmean(right)
    if wrong:
        found["tokens_wrong"] = fmean(wrong)
    return found


@dataclass(frozen=True)
class Comparison:
    """Two checkpoints on the same items."""

    items: int
    greedy: McNemar
    sampled: PairedBootstrap | None  # of mean accuracy; None unless both sides have samples


def compare(first: Sequence[ResponseRow], second: Sequence[ResponseRow]) -> Comparison:
    """`first` against `second`, item by item.

    Raises:
        InvalidData: the two were not asked the same, or not judged alike.
    """
    _refuse_unequal(first, second)
    ours, theirs = _right(first), _right(second)
    greedy = mcnemar(*([side[item][GREEDY] for item in ours] for side in (ours, theirs)))
    means = [
        [fmean(right for number, right in side[item].items() if number != GREEDY) for item in ours]
        for side in (ours, theirs)
        if all(len(answers) > 1 for answers in side.values())
    ]
    sampled = paired_bootstrap(*means) if len(means) == 2 else None
    return Comparison(len(ours), greedy, sampled)


def _refuse_unequal(first: Sequence[ResponseRow], second: Sequence[ResponseRow]) -> None:
    ours, theirs = ({row.item: row.prompt for row in rows} for rows in (first, second))
    items = sorted(ours.keys() | theirs.keys())
    different = [item for item in items if ours.get(item) != theirs.get(item)]
    problems = [
        Problem(field=item, message="both evaluations must have been asked the same")
        for item in different
    ]
    if len({(row.scoring, row.scorer) for row in (*first, *second)}) > 1:
        message = "the evaluations were scored differently; score both again"
        problems.append(Problem(field="scorer", message=message))
    if problems:
        raise InvalidData(problems)


def _right(rows: Sequence[ResponseRow]) -> Mapping[str, dict[int, bool]]:
    """Whether each response was right, by item and number."""
    found: dict[str, dict[int, bool]] = {}
    for row in rows:
        found.setdefault(row.item, {})[row.sample] = row.right
    return found
