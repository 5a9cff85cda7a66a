"""MathVista's own scripts: `extract_answer.py`, then `calculate_score.py`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from functools import partial
from random import Random
from typing import Any

from bench.oracle_scorers.environment import Workplace
from bench.oracle_scorers.oracle import Compared, Defect, Oracle, Pair, spelt
from bench.oracle_scorers.spellings import (
    Spelling,
    formed_or_bare,
    letters,
    nothing,
    numbers,
)
from bench.oracle_scorers.stand_in import endpoint, extract

CHOICES = (
    ("12", "14", "16", "18"),
    ("Yes", "No"),
    ("red", "blue", "green", "red"),
    ("f(x) = x", "f(x) = 2x", "g(a) = a"),
    ("135°", "140°", "145°", "150°"),
)
INTEGERS = ("7", "60", "1234", "2013", "-5", "18", "0", "100")
DECIMALS = (("1.2", 1), ("0.5", 1), ("2.75", 2), ("12.34", 2), ("-3.6", 1), ("0.33", 2))


_BRACKETED = re.compile(r"\(([a-zA-Z])\)")
_OF_A_FORMULA = re.compile(r"[a-z]\([a-z]\)")


def _is_choice(compared: Compared) -> bool:
    return compared.pair.item["question_type"] == "multi_choice"


def _letters(compared: Compared) -> list[str]:
    return list("ABCDEFGH"[: len(compared.pair.item["choices"])])


def _python_number(compared: Compared) -> float | None:
    """The number that Python reads in what is said; None where it reads none."""
    try:
        return float(extract(compared.pair.response))
    except ValueError:
        return None


def _is_cut_off(compared: Compared) -> bool:
    """Whether a number that is not whole becomes the gold without its decimals."""
    number, item = _python_number(compared), compared.pair.item
    return (
        item["answer_type"] == "integer"
        and number is not None
        and number != int(number) == int(item["answer"])
    )


def _is_guessed(compared: Compared) -> bool:
    """Whether nothing that the script knows is said, so that it takes the most similar text."""
    said = extract(compared.pair.response)
    found = _BRACKETED.search(said)
    letter = found[1].upper() if found else said
    return letter not in _letters(compared) and said not in compared.pair.item["choices"]


def _starts_with_the_letter(compared: Compared) -> bool:
    """Whether the first letter in brackets is of the gold's text, and more is said than that."""
    said, item = extract(compared.pair.response), compared.pair.item
    found = _BRACKETED.search(said)
    if found is None or found[1].upper() not in _letters(compared):
        return False
    place = _letters(compared).index(found[1].upper())
    return item["choices"][place] == item["answer"] and said != found[0]


def _says_a_formula(compared: Compared) -> bool:
    return _OF_A_FORMULA.search(extract(compared.pair.response)) is not None


DEFECTS = {
    "letter_of_a_formula": Defect(
        "A letter in brackets is a choice wherever it stands, also in a choice such as f(x) = 2x",
        lambda c: _is_choice(c) and _says_a_formula(c),
    ),
    "first_of_several_letters": Defect(
        "Of several letters in brackets the first counts, and what follows it is not read: hedges "
        "and a letter with another's text are right",
        lambda c: _is_choice(c) and c.official and c.ours != "right" and _starts_with_the_letter(c),
    ),
    "most_similar_text": Defect(
        "What is no letter in brackets, no capital letter alone and no text of a choice is taken "
        "for the choice with the most similar text: empty answers, refusals and letters in any "
        "other writing",
        lambda c: _is_choice(c) and _is_guessed(c),
    ),
    "decimals_cut_off": Defect(
        "Integers are made by leaving decimals out: 3.9 is 3",
        lambda c: c.official and _is_cut_off(c),
    ),
    "numbers_as_python_writes_them": Defect(
        "Fractions, thousands with a comma, a unit that the question asks for and a name before "
        "the number are no numbers",
        lambda c: (
            c.ours == "right"
            and c.pair.item["answer_type"] in ("integer", "float")
            and _python_number(c) is None
        ),
    ),
    "lists_as_python_writes_them": Defect(
        "A list is compared as text, spaces and brackets included",
        lambda c: (
            c.ours == "right"
            and c.pair.item["answer_type"] == "list"
            and extract(c.pair.response) != c.pair.item["answer"]
        ),
    ),
}


class MathVistaOracle(Oracle):
    """A model extracts, rules normalise, and strings are compared."""

    repository = "lupantech/MathVista"
    commit = "53d525874bdde205128e6b160b7357a88277d479"
    paths = ("evaluation", "models", "utilities.py", "requirements.txt")
    requirements = (
        "datasets==2.18.0", "fire==0.5.0", "openai==1.13.3", "opencv-python-headless==4.9.0.80",
        "pillow==10.2.0", "python-Levenshtein==0.25.0", "rich==13.7.1", "word2number==1.1",
        "httpx==0.27.2", "numpy==1.26.4", "pandas==2.2.3", "pyarrow==15.0.2",
    )  # fmt: skip
    stand_in = (
        "For the model that extracts: a local endpoint that copies out the inside of the answer "
        "tags, else the whole response, without bold, boxes and the like"
    )

    defects = DEFECTS

    def pairs(self, generator: Random) -> list[Pair]:
        return spelt(_items(generator), partial(formed_or_bare, generator))

    def official(self, workplace: Workplace, pairs: Sequence[Pair]) -> list[bool]:
        results = {
            str(number): {**pair.item, "response": pair.response}
            for number, pair in enumerate(pairs)
        }
        (workplace.folder / "results.json").write_text(json.dumps(results), encoding="utf-8")
        (workplace.folder / "ours").mkdir()
        items = {pair.item["pid"]: pair.item for pair in pairs}.values()
        lines = "".join(json.dumps(item) + "\n" for item in items)
        (workplace.folder / "ours" / "test.jsonl").write_text(lines, encoding="utf-8")
        path = {"PYTHONPATH": str(workplace.checkout)}
        with endpoint(lambda prompt: extract(_response_in(prompt))) as address:
            told = {
                "AZURE_OPENAI_API_ENDPOINT": address, "AZURE_OPENAI_API_KEY": "none",
                "AZURE_OPENAI_API_VERSION": "1", "AZURE_OPENAI_MODEL": "stand-in",
            }  # fmt: skip
            workplace.run(
                "-m", "evaluation.extract_answer", "--results_file_path", "results.json",
                "--save_every", "100000", environment=path | told | {"NO_PROXY": "127.0.0.1"},
            )  # fmt: skip
        workplace.run(
            "-m", "evaluation.calculate_score", "--dataset_name", "ours", "--test_split_name",
            "test", "--output_dir", ".", "--output_file", "results.json", "--score_file",
            "scores.json", environment=path | {"HF_DATASETS_OFFLINE": "1"},
        )  # fmt: skip
        scored = json.loads((workplace.folder / "results.json").read_text(encoding="utf-8"))
        return [scored[str(number)]["true_false"] for number in range(len(pairs))]


def _response_in(prompt: str) -> str:
    """The response, which the prompt ends with."""
    return prompt.removesuffix("\n\nExtracted answer: ").rpartition(END_OF_QUERY)[2].lstrip("\n")


END_OF_QUERY = "(end of query)"


def _items(generator: Random) -> Iterator[tuple[dict[str, Any], list[Spelling]]]:
    for number in range(30):
        choices = CHOICES[number % len(CHOICES)]
        place = generator.randrange(len(choices))
        letter = "ABCDE"[place]
        item = _item(f"c{number}", choices[place], "multi_choice", "text", choices=list(choices))
        yield item, list(letters(generator, letter, choices))
    for value in INTEGERS:
        unit = "years" if int(value) % 3 == 0 else None
        yield _item(f"i{value}", value, unit=unit), list(numbers(generator, value, unit or ""))
    for value, places in DECIMALS:
        item = _item(f"d{value}", value, answer_type="float", precision=places)
        yield item, list(numbers(generator, value))
    right = ("[1, 3]", "[1,3]", "1, 3", "[1, 3].", "**[1, 3]**")
    wrong = ("[3, 1]", "[1, 3, 3]", "13", "[1]", "1")
    listed = [(text, True) for text in right] + [(text, False) for text in wrong]
    yield _item("l0", "[1, 3]", answer_type="list"), [*listed, *nothing()]


def _item(
    pid: str, answer: str, question_type: str = "free_form", answer_type: str = "integer",
    **changes: Any,
) -> dict[str, Any]:  # fmt: skip
    metadata = {
        "split": "testmini", "language": "english", "img_width": 32, "img_height": 16,
        "source": "ours", "category": "general-vqa", "task": "math word problem",
        "context": "table", "grade": "college", "skills": ["arithmetic reasoning"],
    }  # fmt: skip
    return {
        "pid": pid, "question": f"What is {pid}?", "image": "figure.png", "choices": None,
        "unit": None, "precision": None, "answer": answer, "question_type": question_type,
        "answer_type": answer_type, "query": f"Question: What is {pid}? {END_OF_QUERY}",
        "metadata": metadata, **changes,
    }  # fmt: skip
