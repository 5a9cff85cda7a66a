"""MMMU: `main_parse_and_eval.py`, which parses a response and compares it with the gold."""

from __future__ import annotations

import ast
import json
import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any

from bench.oracle_scorers.environment import Workplace
from bench.oracle_scorers.mmmu_defects import (
    CHOICE_DEFECTS,
    VALUE_DEFECTS,
    ChoicePair,
    ValuePair,
    found_by_mmmu,
)
from bench.oracle_scorers.mmmu_items import (
    choice_items,
    choice_responses,
    open_items,
    open_responses,
)
from bench.oracle_scorers.oracle import Compared, Defect, Oracle, Pair
from prism_engine.benchmarks.benchmark import Outcome
from prism_engine.benchmarks.mmmu import MMMU, golds_of, is_choice, options_of
from prism_engine.data.answers import LETTERS

CHOICES, MOST_OPTIONS = 24, 9

Found = Callable[[str, Sequence[str]], Mapping[str, int]]


def of_choices(found: Found) -> dict[str, Defect]:
    """The defects of a parser of choices that finds letters so."""

    def explains(holds: Callable[[ChoicePair], bool]) -> Callable[[Compared], bool]:
        def check(compared: Compared) -> bool:
            item, response = compared.pair.item, compared.pair.response
            if compared.agree or not is_choice(item):
                return False
            options = options_of(item)
            return holds(ChoicePair(options, item["answer"], response, found(response, options)))

        return check

    return {each.__name__: Defect(each.__doc__ or "", explains(each)) for each in CHOICE_DEFECTS}


def of_values() -> dict[str, Defect]:
    """The defects of the parser of short answers."""

    def explains(holds: Callable[[ValuePair], bool]) -> Callable[[Compared], bool]:
        def check(compared: Compared) -> bool:
            if compared.agree or is_choice(compared.pair.item):
                return False
            golds, response = golds_of(compared.pair.item), compared.pair.response
            return holds(ValuePair(golds, response, compared.ours == "right", compared.official))

        return check

    return {each.__name__: Defect(each.__doc__ or "", explains(each)) for each in VALUE_DEFECTS}


class MMMUOracle(Oracle):
    """Takes the last of the letters it finds, and a random one where it finds none."""

    repository = "MMMU-Benchmark/MMMU"
    commit = "bb0b95a945998d91dfef37e969e07d49d1139438"
    paths = ("mmmu/utils", "mmmu/main_parse_and_eval.py", "mmmu/print_results.py")
    requirements = ("numpy==1.26.4", "PyYAML==6.0.2", "tabulate==0.9.0")

    defects = of_choices(found_by_mmmu) | of_values()

    def pairs(self, generator: Random) -> list[Pair]:
        found = []
        for item in choice_items(generator, CHOICES, MOST_OPTIONS):
            options = options_of(item)
            for response, letter in choice_responses(item, options, generator):
                found.append(Pair(item, response, letter == item["answer"]))
        for item in open_items():
            golds = golds_of(item)
            for response, means_gold in open_responses(golds, generator):
                found.append(Pair(item, response, means_gold))
        return found

    def official(self, workplace: Workplace, pairs: Sequence[Pair]) -> list[bool]:
        by_subject = defaultdict(list)
        for number, pair in enumerate(pairs):
            by_subject[pair.item["subject"]].append(_output(number, pair))
        for subject, outputs in by_subject.items():
            (workplace.folder / subject).mkdir()
            (workplace.folder / subject / "output.json").write_text(json.dumps(outputs))
        command = ("main_parse_and_eval.py", "--path", workplace.folder, "--subject", "ALL")
        workplace.run(*command, folder=workplace.checkout / "mmmu")
        return _verdicts(workplace)

    def tables(self, workplace: Workplace, generator: Random) -> dict[str, Any]:
        command = ("print_results.py", "--path", workplace.folder)
        printed = workplace.run(*command, folder=workplace.checkout / "mmmu")
        theirs = {name: float(value) for name, _, value in _TABLE_ROW.findall(printed)}
        ours = our_table(self.pairs(generator), _verdicts(workplace))
        agreeing = sum(round(ours[name], 3) == value for name, value in theirs.items())
        return {"table_numbers": len(theirs), "table_agree": agreeing}


_TABLE_ROW = re.compile(r"^\| ([A-Z]\S[^|]*?) +\| +(\d+) \| +([\d.]+) +\|", re.MULTILINE)


def our_table(pairs: Sequence[Pair], right: Sequence[bool]) -> dict[str, float]:
    """Our sums over the original's verdicts, under the names of its table."""
    benchmark = MMMU()
    records = [benchmark.record(pair.item) for pair in pairs]
    outcomes = [Outcome(record, ok) for record, ok in zip(records, right, strict=True)]
    sums = {name: found.value for name, found in benchmark.breakdown(outcomes).items()}
    named = {"score": "Overall"}
    for name in sums:
        _, _, part = name.partition("/")
        kind, _, value = part.partition("=")
        named |= {"subject": {name: value}, "discipline": {name: f"Overall-{value}"}}.get(kind, {})
    return {named[name]: value for name, value in sums.items() if name in named}


def _verdicts(workplace: Workplace) -> list[bool]:
    found = {}
    for path in workplace.folder.glob("*/parsed_output.json"):
        rows = json.loads(path.read_text())
        found |= {int(row["id"].rpartition("_")[2]): row["judge"] for row in rows}
    return [found[number] == "Correct" for number in range(len(found))]


def _output(number: int, pair: Pair) -> dict[str, Any]:
    """A row as the script reads it; ids differ, since it keeps one verdict for each."""
    item = pair.item
    row = {"id": f"validation_{item['subject']}_{number}", "response": pair.response}
    if not is_choice(item):
        answer = item["answer"]
        gold = ast.literal_eval(answer) if answer.startswith("[") else answer
        return {**row, "question_type": "short-answer", "answer": gold}
    options = options_of(item)
    letters = list(LETTERS[: len(options)])
    return {
        **row, "question_type": "multiple-choice", "answer": item["answer"],
        "all_choices": letters, "index2ans": dict(zip(letters, options, strict=True)),
    }  # fmt: skip
