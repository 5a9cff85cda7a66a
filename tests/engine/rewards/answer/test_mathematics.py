from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from prism_engine.errors import EngineError
from prism_engine.rewards.answer import mathematics
from prism_engine.rewards.answer.mathematics import PROGRAM, Calculator, Calculators, Question

ENDLESS = Question("x+1", "((((x^{99}+1)^{99}+1)^{99}+1)^{99}+1)^{99}")


@pytest.fixture(scope="module")
def calculators() -> Iterator[Calculators]:
    made = Calculators(most=2)
    yield made
    made.close()


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Calculator]:
    """The calculators that were started during the test."""
    found: list[Calculator] = []
    start = Calculator.__init__

    def remember(calculator: Calculator) -> None:
        start(calculator)
        found.append(calculator)

    monkeypatch.setattr(Calculator, "__init__", remember)
    return found


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (Question("x^{2}+2x+1", "(x+1)^{2}"), "right"),
        (Question("x^{2}+2x+1", "(x-1)^{2}"), "wrong"),
        (Question("\\sqrt{2}", "1.414214"), "right"),
        (Question("\\sqrt{2}", "1.414213"), "wrong"),
        (Question("10^{-7}\\pi", "0.0000002"), "wrong"),
        (Question("x", "2x-x"), "right"),
        (Question("x", "2x"), "wrong"),
        (Question("x", "x+"), "unparsed"),
        (Question("x", "\\frac{1}{0}"), "unparsed"),
        (Question("3.46", "2\\sqrt{3}", 2), "right"),
        (Question("-3.46", "-2\\sqrt{3}", 2), "right"),
        (Question("3.47", "2\\sqrt{3}", 2), "wrong"),
        (Question("3.46", "2\\sqrt{-3}", 2), "unparsed"),
        (Question("3.46", "2x", 2), "unparsed"),
    ],
)
def test_a_question_gets_its_verdict(
    calculators: Calculators, question: Question, expected: str
) -> None:
    assert calculators.ask(question) == expected


def test_an_endless_question_ends_and_the_next_is_answered(
    calculators: Calculators, started: list[Calculator]
) -> None:
    calculators.ask(Question("x", "y"))
    began = time.monotonic()

    assert calculators.ask(ENDLESS) == "timeout"
    assert time.monotonic() - began < 5
    assert calculators.ask(Question("2a", "a+a")) == "right"
    assert calculators.ask(ENDLESS) == "timeout"
    assert len(started) <= 1


def test_memory_that_runs_out_ends_one_question_alone(calculators: Calculators) -> None:
    huge = Question("1", "10^{9999}^{999}", 2)

    assert calculators.ask(huge) in ("timeout", "unparsed")
    assert calculators.ask(Question("1", "\\frac{2}{2}", 2)) == "right"


def test_nothing_is_started_before_the_first_question(started: list[Calculator]) -> None:
    calculators = Calculators()

    assert started == []
    calculators.close()


def test_a_killed_calculator_is_replaced(started: list[Calculator]) -> None:
    calculators = Calculators(most=1)
    assert calculators.ask(Question("y", "y+0")) == "right"
    os.killpg(started[0].process.pid, signal.SIGKILL)
    assert calculators.ask(Question("z", "z+0")) == "right"

    # Killed over its question, it is replaced and asked again.
    threading.Timer(0.1, os.killpg, (started[1].process.pid, signal.SIGKILL)).start()
    assert calculators.ask(ENDLESS) == "timeout"
    assert len(started) == 3
    calculators.close()
    assert all(calculator.process.returncode is not None for calculator in started)


def test_threads_ask_side_by_side(calculators: Calculators, started: list[Calculator]) -> None:
    questions = [Question(f"{number}x", f"x\\cdot {number}") for number in range(4)]

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(calculators.ask, questions)) == ["right"] * 4
    assert len(started) <= 1


def test_what_was_asked_before_is_remembered(
    calculators: Calculators, started: list[Calculator]
) -> None:
    question = Question("b+b", "2b")
    first = calculators.ask(question)
    calculators.close()

    assert (first, calculators.ask(question)) == ("right", "right")
    assert len(started) <= 1


def test_a_calculator_that_does_not_start_is_a_fault_of_the_installation(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken = tmp_path / "calculator.py"
    broken.write_text("raise ImportError('math_verify')")
    monkeypatch.setattr(mathematics, "PROGRAM", broken)

    with pytest.raises(EngineError, match="did not start"):
        Calculators().ask(Question("x", "y"))


def test_the_program_ends_with_its_input() -> None:
    done = subprocess.run(
        [sys.executable, "-P", str(PROGRAM)],
        input=json.dumps(Question("x", "x+0")._asdict()) + "\n",
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )

    assert done.stdout.split() == ["ready", "right"]
