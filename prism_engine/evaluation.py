"""An evaluation without a recipe: a policy, what it is asked, and the scores to read."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from prism_engine.contract.config import InvalidRecipe, Pipeline, Problem, read_pipeline
from prism_engine.contract.events import BenchmarkScored, read_events

RUN = "evaluate"


def evaluation_of(policy: str, data: Path, **settings: Any) -> Pipeline:
    """A pipeline of this one run; what is None is left to its default.

    Args:
        policy: a folder, a hub id, or the address of a served model.
        data: the data set.
        settings: of the run; `served` is the model's name on the server, `key` the name of its
            secret, `judge` the address of a judge and `judge_model` its name there.

    Raises:
        InvalidRecipe: they do not fit together.
    """
    given = {name: value for name, value in settings.items() if value is not None}
    seed, longest = given.pop("seed", 0), given.pop("max_new_tokens", None)
    served, key = given.pop("served", None), given.pop("key", None)
    judge, judge_model = given.pop("judge", None), given.pop("judge_model", None)
    run = {"kind": "evaluate", "data": str(data), "arm": served or Path(policy).name, **given}
    if is_address(policy):
        run["policy"] = {"endpoint": _endpoint(policy, served, key, "--served")}
    else:
        run["policy"] = {"model": policy}
    if longest is not None:
        run["sampling"] = {"max_new_tokens": longest}
    if judge is not None:
        run["judge"] = _endpoint(judge, judge_model, key, "--judge-model")
    return read_pipeline({"name": "evaluation", "seed": seed, "runs": {RUN: run}})


def is_address(policy: str) -> bool:
    """Whether a policy is served elsewhere."""
    return urlsplit(policy).scheme in ("http", "https")


def _endpoint(url: str, model: str | None, key: str | None, option: str) -> dict[str, str | None]:
    if model is None:
        message = f"{url} serves models by name; say which"
        raise InvalidRecipe([Problem(field=option, message=message)])
    return {"url": url, "model": model, "key": key}


def scores_of(out: Path) -> BenchmarkScored:
    """What the evaluation in `out` came to."""
    events = list(read_events(out / RUN / "events.jsonl"))
    (scored,) = [event for event in events if isinstance(event, BenchmarkScored)]
    return scored


def table_of(scored: BenchmarkScored) -> str:
    """The scores with their 95% intervals, one a line."""
    width = max(map(len, (*scored.scores, "majority")))
    lines = [
        f"{name:{width}}  {score.value:8.4f}  [{score.low:.4f}, {score.high:.4f}]  n={score.n}"
        for name, score in scored.scores.items()
    ]
    head = f"{scored.arm} on {scored.benchmark}"
    return "\n".join([head, *lines, f"{'majority':{width}}  {scored.majority:8.4f}"])
