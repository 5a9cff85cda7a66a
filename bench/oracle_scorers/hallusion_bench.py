"""HallusionBench: `evaluation.py`, which asks a model whether an answer agrees with a reference.

The stand-in knows what each of our answers means. Answers say yes, no, or that it cannot be known,
or nothing at all: whether a sentence without these words agrees with a reference is what the
scoring mode `judge` is for, and no question for rules.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

from bench.oracle_scorers.environment import Workplace
from bench.oracle_scorers.oracle import Compared, Defect, Oracle, Pair
from bench.oracle_scorers.stand_in import endpoint
from prism_engine.benchmarks.benchmark import Outcome
from prism_engine.benchmarks.hallusion_bench import HallusionBench

DRIVER = Path(__file__).with_name("drivers") / "hallusion_bench.py"
MODELS, MODELS_IN_TABLES = 18, 3

ANSWERS: Mapping[str, tuple[str, ...]] = {
    "yes": (
        "Yes", "yes", "Yes.", "Yes, it is.", "**Yes**", "Yes it is", "The answer is yes.",
        "Answer: Yes", "\\boxed{Yes}", "True", "Correct.", "Yes. The bar is the tallest.",
        "Yes, the bar on the left is taller than all others.", '"Yes"', "YES",
    ),
    "no": (
        "No", "no", "No.", "No, it is not.", "**No**", "No it is not", "The answer is no.",
        "Answer: No", "\\boxed{No}", "False", "Incorrect.", "No. Another bar is taller.",
        "No, the bar on the left is shorter than another.", '"No"', "NO",
    ),
    "unclear": (
        "I cannot tell.", "It is impossible to determine from the image.", "Not sure", "Unknown",
        "I don't know.", "There is not enough information.", "It can't be determined.",
    ),
    "nothing": ("", "Hm.", "Yes and no", "The chart has five bars.", "yes no"),
}  # fmt: skip
MEANINGS = {text: meaning for meaning, texts in ANSWERS.items() for text in texts}

NUMBERS = {
    "aAcc": "score", "qAcc": "accuracy_pairs", "fAcc": "accuracy_figures",
    "easy": "accuracy_pairs/level=easy", "hard": "accuracy_pairs/level=hard",
    "inconsistent": "figures_inconsistent", "wrong": "figures_wrong",
    "LH": "language_hallucinations", "VI": "visual_illusions", "Mixed": "mixed_failures",
}  # fmt: skip
"""Percentages of the authors' tables, and our names for them."""


def _unclear_is_right(compared: Compared) -> bool:
    item = compared.pair.item
    without = item["category"] == "VS" and item["figure_id"] == "0"
    says_nothing = MEANINGS[compared.pair.response] == "nothing"
    return compared.official and compared.ours == "unparsed" and without and says_nothing


DEFECTS = {
    "unclear_is_right": Defect(
        "Without its figure a question is answered by silence, and by yes and no at once",
        _unclear_is_right,
    ),
}


class HallusionBenchOracle(Oracle):
    """Counts what a model calls correct, incorrect or unclear."""

    repository = "tianyi-lab/HallusionBench"
    commit = "744007c232c292942c7f80eb61edb2465482da31"
    paths = ("evaluation.py", "utils.py", "HallusionBench.json")
    requirements = ("openai==0.28.1", "numpy==1.26.4", "tqdm", "prettytable==3.10.0")
    stand_in = "GPT-4, by a table of what each of our answers means"
    defects = DEFECTS

    def pairs(self, generator: Random) -> list[Pair]:
        return [pair for _ in range(MODELS) for pair in _answered(generator, list(ANSWERS))]

    def official(self, workplace: Workplace, pairs: Sequence[Pair]) -> list[bool]:
        size, found = len(pairs) // MODELS, list[bool]()
        for number in range(MODELS):
            model = pairs[number * size : (number + 1) * size]
            found += _evaluated(workplace, f"model{number}", model)["correct"]
        return found

    def tables(self, workplace: Workplace, generator: Random) -> dict[str, Any]:
        numbers = agreeing = 0
        for number in range(MODELS_IN_TABLES):
            pairs = _answered(generator, ["yes", "no", "unclear"])
            theirs = _evaluated(workplace, f"table{number}", pairs)
            numbers += len(NUMBERS)
            agreeing += _agreeing(theirs, _sums(pairs))
        published = json.loads((workplace.checkout / "HallusionBench.json").read_text())
        always_no = [Pair(row, "No", row["gt_answer"] == "0") for row in published]
        theirs, ours = _evaluated(workplace, "no", always_no), _sums(always_no)
        with_image = [pair for pair in always_no if pair.item["visual_input"] != "0"]
        return {
            "table_numbers": numbers + len(NUMBERS),
            "table_agree": agreeing + _agreeing(theirs, ours),
            "always_no": {
                "all": {name: round(100 * ours[NUMBERS[name]], 2) for name in _ACCURACIES},
                "image": {
                    name: round(100 * _sums(with_image)[NUMBERS[name]], 2) for name in _ACCURACIES
                },
            },
        }


_ACCURACIES = ("aAcc", "qAcc", "fAcc")


def _agreeing(theirs: Mapping[str, float], ours: Mapping[str, float]) -> int:
    """How many percentages are the same at the four decimals that the authors print."""
    return sum(theirs[name] == round(100 * ours[of], 4) for name, of in NUMBERS.items())


def _sums(pairs: Sequence[Pair]) -> dict[str, float]:
    benchmark = HallusionBench()
    records = [benchmark.record(pair.item) for pair in pairs]
    outcomes = [
        Outcome(record, benchmark.verdict(record, pair.response) == "right", pair.response)
        for record, pair in zip(records, pairs, strict=True)
    ]
    return {name: found.value for name, found in benchmark.breakdown(outcomes).items()}


def _evaluated(workplace: Workplace, name: str, pairs: Sequence[Pair]) -> dict[str, Any]:
    """What the script says of one model's answers, in a folder of its own: it keeps verdicts."""
    folder = workplace.folder / name
    folder.mkdir()
    rows = [
        {**pair.item, "model_prediction": pair.response, "number": number}
        for number, pair in enumerate(pairs)
    ]
    (folder / "HallusionBench_result.json").write_text(json.dumps(rows))
    with endpoint(_judge(pairs)) as address:
        variables = {"OPENAI_API_BASE": f"{address}/v1", "OPENAI_API_KEY": "none"}
        workplace.run(DRIVER, workplace.checkout, folder=folder, environment=variables)
    return json.loads((folder / "found.json").read_text())


def _judge(pairs: Sequence[Pair]) -> Callable[[str], str]:
    """Reads both of the script's prompts and says what a model that errs never would say."""
    # The script asks about its rows in order, and some differ in nothing but figure and gold.
    golds = defaultdict[tuple[str, str], list[str]](list)
    for pair in sorted(pairs, key=lambda pair: pair.item["category"]):
        golds[pair.item["question"], pair.item["gt_answer_details"]].append(_gold(pair.item))

    def says(prompt: str) -> str:
        if "\nresponse2: " in prompt:
            both = _between(prompt, "response1:", "\nOutput:").split("\nresponse2: ")
            first, second = (MEANINGS[text] for text in both)
            return "same" if first == second else "different"
        question = _between(prompt, "Question:", "\nReference answer: ")
        details = _between(prompt, "\nReference answer: ", "\nPrediction answer:")
        meaning = MEANINGS[_between(prompt, "\nPrediction answer:", "\nOutput:")]
        gold = golds[question, details].pop(0)
        if meaning not in ("yes", "no"):
            return "unclear"
        return "correct" if meaning == gold else "incorrect"

    return says


def _between(text: str, before: str, after: str) -> str:
    return text.partition(before)[2].rpartition(after)[0]


def _gold(item: Mapping[str, Any]) -> str:
    return "yes" if item["gt_answer"] == "1" else "no"


def _answered(generator: Random, meanings: Sequence[str]) -> list[Pair]:
    """One model's answers to all items: it is right, wrong, or does not know, as it happens."""
    skill = generator.uniform(0.2, 0.9)
    found = []
    for item in _items():
        meaning = _gold(item) if generator.random() < skill else generator.choice(meanings)
        response = generator.choice(ANSWERS[meaning])
        found.append(Pair(item, response, meaning == _gold(item)))
    return found


def _items() -> list[dict[str, Any]]:
    """Figures and their edited twins, and questions that are also asked without a figure."""
    found = []
    for number in range(12):
        for figure in range(2 + number % 2):
            for question in range(2):
                visual = 1 if figure == 0 else 2
                found.append(_item("VD", number, figure, question, visual))
    for number in range(10):
        for figure in range(3):
            for question in range(2):
                found.append(_item("VS", number, figure, question, figure))
    return found


def _item(category: str, number: int, figure: int, question: int, visual: int) -> dict[str, Any]:
    tallest = (number + figure * (number % 3)) % 2 == question
    of = f"set {number}, figure {figure}" if category == "VD" or figure else f"set {number}"
    return {
        "category": category, "subcategory": ("chart", "figure", "table")[number % 3],
        "visual_input": str(visual), "set_id": str(number), "figure_id": str(figure),
        "sample_note": "ours", "question_id": str(question),
        "question": f"Is bar {question} of set {number} the tallest?",
        "gt_answer_details": f"In {of}, bar {question} is {'' if tallest else 'not '}the tallest.",
        "gt_answer": str(int(tallest)), "filename": "figure.png" if visual else None,
    }  # fmt: skip
