"""What a CI job shows of a pipeline on its page, in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from prism_client.command.thresholds import Check
from prism_client.resources import Arm, Pipeline, Results, Run


def job_summary(pipeline: Pipeline, results: Results, checks: Sequence[Check], url: str) -> str:
    """Return the runs, the requirements and the scores of an ended pipeline."""
    title = f"## {_text(pipeline.name)} #{pipeline.number}: {pipeline.state}"
    lines = [title, "", f"[Open in PRISM Control]({url}/pipelines/{pipeline.id})", ""]
    lines += _table(["run", "kind", "state", "step", "exit"], map(_run, pipeline.runs))
    if checks:
        lines += ["### Requirements", ""]
        lines += _table(["requirement", "met", "measured"], map(_check, checks))
    for benchmark in results.benchmarks:
        arms = [arm for arm in results.arms if arm.benchmark == benchmark]
        lines += [f"### {_text(benchmark)}", "", *_scores(arms)]
    return "\n".join(lines)


def _run(run: Run) -> list[object]:
    step = f"{run.step or 0}/{run.steps}" if run.steps else ""
    exit_ = f"{run.exit.kind}: {run.exit.message or ''}" if run.exit else ""
    return [run.name, run.kind, run.state, step, exit_]


def _check(check: Check) -> list[object]:
    return [check.requirement.text, "yes" if check.met else "**no**", check.found]


def _scores(arms: Sequence[Arm]) -> Iterator[str]:
    names = sorted({name for arm in arms for name in arm.scores})
    rows = (
        [arm.arm, *(arm.scores[name].as_text() if name in arm.scores else "" for name in names)]
        for arm in arms
    )
    yield from _table(["arm", *names], rows)


def _table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    yield f"| {' | '.join(columns)} |"
    yield f"|{' --- |' * len(columns)}"
    for row in rows:
        yield f"| {' | '.join(_text(str(cell)) for cell in row)} |"
    yield ""


def _text(value: str) -> str:
    """Keep what an engine said from ending a cell, or from being read as HTML."""
    escaped = value.replace("&", "&amp;").replace("<", "&lt;").replace("|", "\\|")
    return " ".join(escaped.split())
