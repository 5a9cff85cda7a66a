"""The rows of MathVista, which two families fill."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal


def free_form(
    pid: str,
    task: str,
    context: str,
    answer: str,
    answer_type: Literal["integer", "float", "list"],
    precision: int = 0,
) -> dict[str, Any]:
    """The row of a question without choices."""
    return {
        "pid": pid,
        "answer": answer,
        "question_type": "free_form",
        "answer_type": answer_type,
        "choices": None,
        "unit": None,
        "precision": float(precision) if precision else None,
        "metadata": _metadata(task, context),
    }


def multi_choice(
    pid: str, task: str, context: str, answer: str, choices: Sequence[str]
) -> dict[str, Any]:
    """The row of a question whose gold is the text of a choice."""
    return {
        "pid": pid,
        "answer": answer,
        "question_type": "multi_choice",
        "answer_type": "text",
        "choices": list(choices),
        "unit": None,
        "precision": None,
        "metadata": _metadata(task, context),
    }


def _metadata(task: str, context: str) -> dict[str, Any]:
    general = task == "visual question answering"
    return {
        "split": "testmini",
        "language": "english",
        "source": "miniature",
        "category": "general-vqa" if general else "math-targeted-vqa",
        "task": task,
        "context": context,
        "grade": "daily life" if general else "elementary school",
        "skills": ["numeric commonsense" if general else "arithmetic reasoning"],
    }
