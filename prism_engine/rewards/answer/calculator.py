"""A program that compares mathematics, one question a line, so that its caller never has to.

Model output can make any computer algebra system run for ever or fill the memory. Every question
is therefore answered in a fork of this process, which has sympy ready and nothing to lose: the
kernel ends a fork that has used up its time, and the next question gets a fresh one. Limits are in
processor time, so that a verdict does not depend on what else the machine has to do.

math-verify compares; the text is parsed here from end to end, because math-verify looks for the
last thing in it that looks like mathematics and drops units on the way.

It is started as a file, imports nothing of ours, and ends with its standard input.
"""

from __future__ import annotations

import gc
import json
import logging
import os
import resource
import signal
import sys
from collections.abc import Callable

from latex2sympy2_extended import NormalizationConfig, latex2sympy
from latex2sympy2_extended.latex2sympy2 import ConversionConfig
from math_verify import verify
from sympy import Basic, Expr, Float, MatrixBase, Symbol, nan, simplify, zoo

PROCESSOR_SECONDS = 0.5
WALL_SECONDS = 10.0
"""On a machine so busy that a fork does not get its processor time."""

MOST_MEMORY = 1 << 30
DIGITS = 50
CLOSE = 1e-5

VERDICTS = ("right", "wrong", "unparsed", "timeout")
"""A fork's exit code is the number of its verdict; one that was ended has none."""

_NORMALIZATION = NormalizationConfig(basic_latex=True, malformed_operators=True, boxed="none")
_CONVERSION = ConversionConfig(lowercase_symbols=False)
_FAMILIAR = [
    (r"(x+1)^{2}", r"x^{2}+2x+1"), (r"\frac{1}{2}\sqrt{12}", r"\sqrt{3}"),
    (r"\ln 6", r"\log_{2} 3"), (r"\sin^{2} x+\cos^{2} x", "1"), (r"\pi r^{2}", r"|x_{1}|"),
    (r"y=-\frac{2}{3}x+0.5", r"2x+3y=1.5"), (r"e^{-x}\cdot 3!", r"(a,b)"),
    (r"\begin{pmatrix}1&2\\3&4\end{pmatrix}", r"\tan\theta"),
]  # fmt: skip


def main() -> None:
    """Answer questions until there are no more."""
    logging.disable()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # A parser that has seen the usual grammar is many times as fast in every fork.
    for gold, given in _FAMILIAR:
        compare(gold, given, None)
    gc.collect()
    gc.freeze()
    print("ready", flush=True)
    for line in sys.stdin:
        question = json.loads(line)
        print(_in_a_fork(lambda q=question: compare(**q)), flush=True)


def compare(gold: str, given: str, precision: int | None) -> str:
    """The verdict on LaTeX that was given for the gold's.

    With a precision, both are evaluated and compared after rounding to so many decimal places.
    math-verify compares a lone symbol by its name, to which x + 0 is not x.
    """
    try:
        expected, answer = _parse(gold), _parse(given)
        if precision is not None:
            return "right" if _near(expected, answer, precision) else "wrong"
        if isinstance(expected, Symbol) and isinstance(answer, Expr):
            return "right" if simplify(expected - answer) == 0 else "wrong"
        same = verify(expected, answer, timeout_seconds=None, raise_on_error=True)
        same = same and _is_close(expected, answer)
    except MemoryError:
        return "timeout"
    except (Exception, RecursionError):
        return "unparsed"
    return "right" if same else "wrong"


def _parse(latex: str) -> Basic | MatrixBase:
    parsed = latex2sympy(
        latex, is_real=True, normalization_config=_NORMALIZATION, conversion_config=_CONVERSION
    )
    if parsed.has(nan, zoo):
        raise ValueError("this has no value")
    return parsed


def _is_close(gold: Basic | MatrixBase, given: Basic | MatrixBase) -> bool:
    """math-verify rounds decimals to six places, to which everything that is tiny is equal."""
    if not isinstance(gold, Float) and not isinstance(given, Float):
        return True
    return bool(abs(gold - given).evalf() <= CLOSE * abs(gold).evalf())


def _near(gold: Basic, given: Basic, precision: int) -> bool:
    """Whether both are the same after rounding half away from zero."""
    rounded = []
    for expression in (gold, given):
        value = expression.doit().evalf(DIGITS)
        if not isinstance(value, Float) and not value.is_Rational:
            raise TypeError("this is no real number")
        whole = int(abs(value) * 10**precision + Float("0.5", DIGITS))
        rounded.append(-whole if value < 0 else whole)
    return rounded[0] == rounded[1]


def _in_a_fork(answer: Callable[[], str]) -> str:
    child = os.fork()
    if child == 0:
        code = len(VERDICTS)
        try:
            _limit()
            code = VERDICTS.index(answer())
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    return VERDICTS[code] if 0 <= code < len(VERDICTS) else "timeout"


def _limit() -> None:
    """The kernel ends this process when a timer runs out, whatever it is doing."""
    for signal_number in (signal.SIGPROF, signal.SIGALRM):
        signal.signal(signal_number, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.setitimer(signal.ITIMER_PROF, PROCESSOR_SECONDS)
    signal.setitimer(signal.ITIMER_REAL, WALL_SECONDS)


if __name__ == "__main__":
    main()
