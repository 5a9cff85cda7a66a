"""Asks calculators, processes that can be killed, whether two pieces of mathematics are equal.

The first question starts the first calculator; more are started only while several threads ask at
once. A calculator that died is replaced. What was asked before is remembered.
"""

from __future__ import annotations

import atexit
import json
import os
import queue
import subprocess
import sys
import threading
from pathlib import Path
from typing import NamedTuple

from prism_engine.contract.events import AnswerVerdict
from prism_engine.errors import EngineError

PROGRAM = Path(__file__).with_name("calculator.py")
MOST_CALCULATORS = min(4, os.cpu_count() or 1)
MOST_REMEMBERED = 100_000


class Question(NamedTuple):
    """LaTeX to be compared. With a precision, to so many decimal places."""

    gold: str
    given: str
    precision: int | None = None


class Calculator:
    """One calculator process."""

    def __init__(self) -> None:
        # A process group of its own: a signal to the engine's must not end it in mid-answer.
        self.process = subprocess.Popen(
            [sys.executable, "-P", str(PROGRAM)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        if self._read() != "ready":
            raise EngineError("the calculator that verifies expressions did not start; see above")

    def ask(self, question: Question) -> AnswerVerdict | None:
        """Its verdict; None if it died over the question."""
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(json.dumps(question._asdict()) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            return None
        return self._read() or None

    def close(self) -> None:
        """Let it end. A question that it is still answering ends by its own deadline."""
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            try:
                pipe.close()
            except BrokenPipeError:
                continue

    def _read(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()


class Calculators:
    """As many calculators as are needed at a time, and what they said before."""

    def __init__(self, most: int = MOST_CALCULATORS) -> None:
        self._idle: queue.LifoQueue[Calculator | None] = queue.LifoQueue()
        for _ in range(most):
            self._idle.put(None)
        self._known: dict[Question, AnswerVerdict] = {}
        self._lock = threading.Lock()

    def ask(self, question: Question) -> AnswerVerdict:
        """The verdict on one question. One that two calculators died over has none in time."""
        with self._lock:
            known = self._known.get(question)
        if known is not None:
            return known
        verdict = self._ask(question) or self._ask(question) or "timeout"
        with self._lock:
            if len(self._known) >= MOST_REMEMBERED:
                del self._known[next(iter(self._known))]
            self._known[question] = verdict
        return verdict

    def close(self) -> None:
        """End all calculators that are idle; the next question starts one again."""
        places = self._idle.qsize()
        for calculator in [self._idle.get() for _ in range(places)]:
            if calculator is not None:
                calculator.close()
            self._idle.put(None)

    def _ask(self, question: Question) -> AnswerVerdict | None:
        calculator = self._idle.get()
        try:
            calculator = calculator or Calculator()
            verdict = calculator.ask(question)
            if verdict is None:
                calculator.close()
                calculator = None
            return verdict
        finally:
            self._idle.put(calculator)


CALCULATORS = Calculators()
atexit.register(CALCULATORS.close)
