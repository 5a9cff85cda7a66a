"""MMMU-Pro: `evaluate.py`, which reads files of 1730 responses from its folder."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from random import Random

from bench.oracle_scorers.environment import Workplace
from bench.oracle_scorers.mmmu import of_choices
from bench.oracle_scorers.mmmu_defects import found_by_pro
from bench.oracle_scorers.mmmu_items import choice_items, choice_responses
from bench.oracle_scorers.oracle import Oracle, Pair
from prism_engine.benchmarks.mmmu import options_of
from prism_engine.benchmarks.mmmu_pro import ROWS, STANDARD, VISION

DRIVER = Path(__file__).with_name("drivers") / "mmmu_pro.py"
ITEMS, MOST_OPTIONS = 22, 10
FILES = {STANDARD: "ours_standard_cot.jsonl", VISION: "ours_vision_direct.jsonl"}


class MMMUProOracle(Oracle):
    """Reads the letter behind the last "Answer:" first, and else as MMMU's script, more loosely."""

    repository = "MMMU-Benchmark/MMMU"
    commit = "bb0b95a945998d91dfef37e969e07d49d1139438"
    paths = ("mmmu-pro/evaluate.py",)
    requirements = ("numpy==1.26.4", "pandas==2.2.3")

    defects = of_choices(found_by_pro)

    def pairs(self, generator: Random) -> list[Pair]:
        return [pair for setting in FILES for pair in _pairs(setting, generator)]

    def official(self, workplace: Workplace, pairs: Sequence[Pair]) -> list[bool]:
        output = workplace.folder / "output"
        output.mkdir()
        for setting, name in FILES.items():
            rows = [
                {**pair.item, "response": pair.response}
                for pair in pairs
                if pair.item["setting"] == setting
            ]
            (output / name).write_text("\n".join(map(json.dumps, rows)) + "\n")
        workplace.run(DRIVER, workplace.checkout / "mmmu-pro" / "evaluate.py")
        lines = [line for name in FILES.values() for line in (output / name).open()]
        return [json.loads(line)["if_right"] for line in lines]


def _pairs(setting: str, generator: Random) -> list[Pair]:
    """As many as the script wants in a file."""
    found = []
    for item in choice_items(generator, ITEMS, MOST_OPTIONS):
        row = {**item, "setting": setting}
        for response, letter in choice_responses(item, options_of(item), generator):
            found.append(Pair(row, response, letter == item["answer"]))
    return found[:ROWS]
