"""The engine's command line: `python -m prism_engine run recipe.yaml --out DIR`."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from itertools import groupby
from pathlib import Path
from typing import TypeAlias, get_args

import yaml

from prism_engine.contract import recipes as shipped
from prism_engine.contract.addresses import allowed_networks
from prism_engine.contract.config import (
    InvalidRecipe,
    Pipeline,
    Problem,
    ScoringMode,
    read_pipeline,
)
from prism_engine.contract.distribution import Spread
from prism_engine.contract.estimate import Lengths
from prism_engine.launcher import is_rank, launch
from prism_engine.plan import planned, unsuitable
from prism_engine.prefix import prefix_output
from prism_engine.selection import select_runs

FAILED = 1
REFUSED = 2

RANK = (sys.executable, "-m", "prism_engine")
"""How a rank is started."""

Command = Callable[[argparse.Namespace], int]
Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out one command; returns the exit code, which `errors.py` and `run.py` explain."""
    chosen = _parser().parse_args(arguments)
    try:
        return chosen.command(chosen)
    except InvalidRecipe as error:
        return _refuse(error.problems)


def run(chosen: argparse.Namespace) -> int:
    """Carry out a recipe's runs, parents before children."""
    return _carry_out(_read(chosen.recipe), chosen)


def _carry_out(pipeline: Pipeline, chosen: argparse.Namespace) -> int:
    if is_rank():
        # The first rank may have begun with what the others would find in the folder.
        prefix_output(int(os.environ["RANK"]))
        code = _carry_out_here(pipeline, _shared_runs(pipeline, chosen.only), chosen)
        sys.stdout.flush()
        sys.stderr.flush()
        # Threads of the libraries that carry numbers between ranks now and then abort a process
        # that takes itself apart, and its work would count as failed.
        os._exit(code)
    names = select_runs(pipeline, chosen.out, chosen.only, chosen.resume)
    code = 0
    for alone, some in groupby(names, lambda name: _is_for_one(pipeline, name)):
        if code == 0:
            carry_out = _carry_out_here if alone else _launch
            code = carry_out(pipeline, list(some), chosen)
    return code


def _is_for_one(pipeline: Pipeline, name: str) -> bool:
    return not isinstance(pipeline.runs[name].strategy, Spread)


def _shared_runs(pipeline: Pipeline, only: str | None) -> list[str]:
    """What this rank carries out with the others.

    Raises:
        InvalidRecipe: it is for one process, and others would write what this one writes.
    """
    names = [only] if only else pipeline.in_order()
    message = "this is one of several processes, and the run is for one; give it another kind"
    problems = [
        Problem(field=f"runs.{name}.distribution", message=message)
        for name in names
        if _is_for_one(pipeline, name)
    ]
    if problems:
        raise InvalidRecipe(problems)
    return names


def _launch(pipeline: Pipeline, names: Sequence[str], chosen: argparse.Namespace) -> int:
    """Carry out runs one after the other, each in several processes."""
    for name in names:
        command = [
            *RANK, "run", str(chosen.recipe), "--out", str(chosen.out), "--only", name,
            "--threads", str(chosen.threads),
            *(["--resume", str(chosen.resume)] if chosen.resume else []),
        ]  # fmt: skip
        if code := launch(pipeline.runs[name], chosen.out / name, command):
            return code
    return 0


def _carry_out_here(pipeline: Pipeline, names: Sequence[str], chosen: argparse.Namespace) -> int:
    from prism_engine.endpoints.keys import Keys
    from prism_engine.interruption import Interruption

    interruption = Interruption()
    # Before torch is imported, which takes seconds in which a request to stop may come; and its
    # thread pool is sized once.
    interruption.listen()
    os.environ["OMP_NUM_THREADS"] = str(chosen.threads)
    from prism_engine.run import run_pipeline

    keys = None if chosen.keys is None else Keys.read(chosen.keys)
    return run_pipeline(
        pipeline, names, chosen.out, chosen.resume, chosen.threads, interruption, keys,
        chosen.ledger,
    )  # fmt: skip


def evaluate(chosen: argparse.Namespace) -> int:
    """Score a policy on a data set or a benchmark, and print the scores with their intervals."""
    from prism_engine.evaluation import evaluation_of

    data = _data_of(chosen.data, chosen.out)
    pipeline = evaluation_of(
        chosen.policy, data, seed=chosen.seed, items=chosen.items, scoring=chosen.scoring,
        samples_per_item=chosen.samples, max_new_tokens=chosen.max_new_tokens, cap=chosen.cap,
        served=chosen.served, key=chosen.key, judge=chosen.judge, judge_model=chosen.judge_model,
    )  # fmt: skip
    code = _carry_out(pipeline, chosen)
    if code == 0:
        from prism_engine.evaluation import scores_of, table_of

        scored = scores_of(chosen.out)
        print(scored.model_dump_json() if chosen.json else table_of(scored))
    return code


def validate(chosen: argparse.Namespace) -> int:
    """Print a recipe with all its settings, and what each run would take of one device.

    A recipe that asks for what this machine does not have is refused: it knows of no other.
    """
    pipeline = _read(chosen.recipe)
    if problems := unsuitable(pipeline):
        return _refuse(problems)
    lengths = Lengths(chosen.prompt_tokens, chosen.image_tokens)
    documents = [pipeline.model_dump(mode="json"), planned(pipeline, lengths)]
    print(yaml.safe_dump_all(documents, sort_keys=False, allow_unicode=True), end="")
    return 0


def recipes(chosen: argparse.Namespace) -> int:
    """List the recipes that come with the engine, with their titles."""
    files = shipped.recipe_files()
    width = max(len(path.stem) for path in files)
    for path in files:
        print(f"{path.stem:{width}}  {shipped.read_title(path).title}")
    return 0


def schema(chosen: argparse.Namespace) -> int:
    """Print the JSON Schema of a recipe."""
    print(json.dumps(Pipeline.model_json_schema(), indent=2))
    return 0


def write_miniature(chosen: argparse.Namespace) -> int:
    """Write the miniature world: data sets and an untrained model."""
    from prism_engine.data.miniature.suite.write import write_suite
    from prism_engine.data.miniature.write import write_world

    write = write_suite if chosen.suite else write_world
    write(chosen.out, seed=chosen.seed, size=chosen.size)
    return 0


def import_rows(chosen: argparse.Namespace) -> int:
    """Take in a data set of another program; what cannot be used is quarantined with its reason."""
    from prism_engine.data.importers import importer_named
    from prism_engine.data.importers.images import refuse_remote
    from prism_engine.data.importers.ingest import import_data, recognise
    from prism_engine.data.importers.remote import RemotePictures
    from prism_engine.data.importers.source import find_source
    from prism_engine.errors import InvalidData

    try:
        source = find_source(
            chosen.source,
            dataset=chosen.dataset,
            pictures=chosen.images,
            columns=dict(chosen.column),
        )
        importer = importer_named(chosen.format or recognise(source), source.layout)
        fetch = RemotePictures(allowed_networks(os.environ)) if chosen.remote else refuse_remote
        report = import_data(source, chosen.out, importer, fetch)
    except InvalidData as error:
        return _refuse_in_json(error.problems) if chosen.json else _refuse(error.problems)
    print(json.dumps(report.as_json()) if chosen.json else report)
    return 0 if report.is_complete else FAILED


def export_rows(chosen: argparse.Namespace) -> int:
    """Write a data set in the form of another program."""
    from prism_engine.data.exporters import export_data
    from prism_engine.errors import InvalidData

    try:
        rows = export_data(chosen.path, chosen.out, chosen.format)
    except InvalidData as error:
        return _refuse_in_json(error.problems) if chosen.json else _refuse(error.problems)
    print(json.dumps({"rows": rows}) if chosen.json else f"{rows:,} rows written to {chosen.out}")
    return 0


def inspect_data(chosen: argparse.Namespace) -> int:
    """Print what a data set holds, or what is wrong with it."""
    from prism_engine.data import inspect
    from prism_engine.errors import InvalidData

    try:
        print(json.dumps(inspect.inspect_data(chosen.path, chosen.pictures)))
    except InvalidData as error:
        return _refuse_in_json(error.problems)
    return 0


def _data_of(named: str, out: Path) -> Path:
    """The data set at a path, or that of a benchmark, which is taken from the hub for this.

    Raises:
        InvalidRecipe: there is no such data set and no such benchmark.
    """
    if Path(named).exists():
        return Path(named)
    from prism_engine.benchmarks import PUBLISHED

    folder = out / "data" / named
    if named not in PUBLISHED:
        known = ", ".join(PUBLISHED)
        message = f"there is no data set {named}, and no such benchmark; known are {known}"
        raise InvalidRecipe([Problem(field="data", message=message)])
    if not folder.exists():
        from prism_engine.benchmarks.published import write_benchmark

        benchmark = PUBLISHED[named]
        split, style = next(iter(benchmark.splits)), next(iter(benchmark.styles))
        write_benchmark(benchmark, benchmark.hub, folder, split=split, style=style, part=False)
    return folder


def write_benchmark(chosen: argparse.Namespace) -> int:
    """Make a data set of a benchmark's published files, from a folder or from the hub."""
    from prism_engine import benchmarks
    from prism_engine.benchmarks.published import chosen_of, write_benchmark
    from prism_engine.errors import InvalidData

    try:
        benchmark = chosen_of(benchmarks.PUBLISHED, "benchmark", chosen.benchmark)
        split = chosen.split or next(iter(benchmark.splits))
        style = chosen.style or next(iter(benchmark.styles))
        rows = write_benchmark(
            benchmark,
            chosen.location or benchmark.hub,
            chosen.out,
            split=split,
            style=style,
            part=chosen.part,
        )
    except InvalidData as error:
        return _refuse(error.problems)
    print(json.dumps({"benchmark": benchmark.key, "split": split, "style": style, "rows": rows}))
    return 0


def rescore_responses(chosen: argparse.Namespace) -> int:
    """Give an evaluation's responses the verdicts of this version; nothing is generated."""
    from prism_engine.benchmarks import benchmark_of
    from prism_engine.benchmarks.responses import ResponseLog, read_rows, rescore
    from prism_engine.data.records import read_data
    from prism_engine.errors import InvalidData

    try:
        records = read_data(chosen.data).records
        rows = rescore(read_rows(*chosen.responses), records, benchmark_of(records))
    except InvalidData as error:
        return _refuse(error.problems)
    ResponseLog(chosen.out).write(rows)
    return 0


def compare_responses(chosen: argparse.Namespace) -> int:
    """Print how two checkpoints compare on the same items, and accuracy against tokens."""
    from prism_engine.benchmarks.responses import compare, read_rows, token_efficiency
    from prism_engine.errors import InvalidData

    try:
        first, second = read_rows(chosen.first), read_rows(chosen.second)
        found = compare(first, second)
    except InvalidData as error:
        return _refuse(error.problems)
    sampled = found.sampled
    print(
        json.dumps(
            {
                "items": found.items,
                "greedy": vars(found.greedy),
                "sampled": sampled and {**sampled.difference.model_dump(), "p": sampled.p},
                "first": token_efficiency(first),
                "second": token_efficiency(second),
            }
        )
    )
    return 0


def inspect_model(chosen: argparse.Namespace) -> int:
    """Print what a model folder holds, or what is wrong with it."""
    from prism_engine.data import inspect
    from prism_engine.errors import InvalidModel

    try:
        print(json.dumps(inspect.inspect_model(chosen.path)))
    except InvalidModel as error:
        return _refuse_in_json([Problem(field="model", message=str(error))])
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m prism_engine", description=main.__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")
    _add_runs(commands)
    data = commands.add_parser("data", help="Data sets")
    _add_data(data.add_subparsers(required=True, metavar="command"))
    responses = commands.add_parser("responses", help="What evaluations kept of each response")
    _add_responses(responses.add_subparsers(required=True, metavar="command"))
    models = commands.add_parser("model", help="Models")
    inspecting = models.add_subparsers(required=True, metavar="command")
    _command(inspecting, "inspect", inspect_model).add_argument("path", type=Path)
    return parser


def _command(within: Commands, name: str, function: Command) -> argparse.ArgumentParser:
    added = within.add_parser(name, help=function.__doc__, description=function.__doc__)
    added.set_defaults(command=function)
    return added


def _add_runs(commands: Commands) -> None:
    running = _command(commands, "run", run)
    running.add_argument("recipe", type=Path)
    running.add_argument("--out", type=Path, required=True, help="folder of all runs")
    running.add_argument("--only", help="carry out this run alone")
    running.add_argument("--resume", type=Path, help="checkpoint that a single run goes on from")
    running.add_argument("--keys", type=Path, help="secrets of endpoints: a file of mode 0600")
    running.add_argument("--ledger", type=Path, help="what endpoints were asked, kept elsewhere")
    running.add_argument("--threads", type=int, default=1, help="threads on the CPU")
    evaluating = _command(commands, "evaluate", evaluate)
    evaluating.add_argument("policy", help="folder, hub id, or address of a served model")
    evaluating.add_argument("data", help="data set, or a benchmark such as mathvista")
    evaluating.add_argument("--out", type=Path, required=True, help="new folder of the evaluation")
    evaluating.add_argument("--samples", type=int, help="sampled responses beside the greedy one")
    evaluating.add_argument("--items", type=int, help="only the first so many")
    evaluating.add_argument("--scoring", choices=get_args(ScoringMode))
    evaluating.add_argument("--max-new-tokens", type=int, help="longest response")
    evaluating.add_argument("--seed", type=int, default=0)
    evaluating.add_argument("--served", help="name of the model on its server")
    evaluating.add_argument("--judge", help="address of a judge")
    evaluating.add_argument("--judge-model", help="name of the judge on its server")
    evaluating.add_argument("--key", help="name of the secret that the servers want")
    evaluating.add_argument("--keys", type=Path, help="secrets of endpoints: a file of mode 0600")
    evaluating.add_argument("--cap", type=float, help="most to spend on endpoints, in dollars")
    evaluating.add_argument("--threads", type=int, default=1, help="threads on the CPU")
    evaluating.add_argument("--json", action="store_true", help="print the scores as JSON")
    evaluating.set_defaults(only=None, resume=None, ledger=None)
    validating = _command(commands, "validate", validate)
    validating.add_argument("recipe", type=Path)
    validating.add_argument("--prompt-tokens", type=int, default=2048, help="of a long prompt")
    validating.add_argument("--image-tokens", type=int, default=1024, help="among these")
    _command(commands, "recipes", recipes)
    _command(commands, "schema", schema)


def _add_data(data: Commands) -> None:
    miniature = _command(data, "miniature", write_miniature)
    miniature.add_argument("--out", type=Path, required=True)
    miniature.add_argument("--seed", type=int, default=0)
    miniature.add_argument("--size", choices=("small", "full"), default="full")
    miniature.add_argument("--suite", action="store_true", help="the mirrors of seven benchmarks")
    published = _command(data, "benchmark", write_benchmark)
    published.add_argument("benchmark", help="such as mathvista")
    published.add_argument("location", nargs="?", help="folder or hub id; the authors' if left out")
    published.add_argument("--out", type=Path, required=True, help="folder of the data set")
    published.add_argument("--split", help="the authors' name for a part; the usual if left out")
    published.add_argument("--style", help="which prompt; the authors' if left out")
    published.add_argument("--part", action="store_true", help="fewer rows are welcome")
    importing = _command(data, "import", import_rows)
    importing.add_argument("source", help="file or folder, with @split where only one is meant")
    importing.add_argument("--out", type=Path, required=True, help="new folder for the data set")
    importing.add_argument("--format", help="else it is recognised")
    importing.add_argument("--images", type=Path, help="folder that paths of images start from")
    importing.add_argument("--dataset", help="entry of dataset_info.json")
    importing.add_argument(
        "--column", type=_pair, action="append", default=[], metavar="NAME=COLUMN",
        help="the column that the format calls NAME",
    )  # fmt: skip
    importing.add_argument("--remote", action="store_true", help="fetch pictures from the network")
    importing.add_argument("--json", action="store_true", help="print the report as JSON")
    exporting = _command(data, "export", export_rows)
    exporting.add_argument("path", type=Path, help="a data set of ours")
    exporting.add_argument("--out", type=Path, required=True, help="new folder")
    exporting.add_argument("--format", required=True, help="sharegpt or verl")
    exporting.add_argument("--json", action="store_true", help="print the count as JSON")
    inspecting = _command(data, "inspect", inspect_data)
    inspecting.add_argument("path", type=Path)
    inspecting.add_argument("--pictures", type=Path, help="folder for the images of the preview")


def _add_responses(responses: Commands) -> None:
    again = _command(responses, "rescore", rescore_responses)
    again.add_argument("responses", type=Path, nargs="+", help="responses.jsonl of every attempt")
    again.add_argument("--data", type=Path, required=True, help="the data set that was evaluated")
    again.add_argument("--out", type=Path, required=True, help="file for the new rows")
    paired = _command(responses, "compare", compare_responses)
    paired.add_argument("first", type=Path, help="responses.jsonl of one checkpoint")
    paired.add_argument("second", type=Path, help="and of another")


def _read(recipe: Path) -> Pipeline:
    """Read a recipe file, or one of those that come with the engine by its name."""
    known = shipped.FOLDER / f"{recipe}.yaml"
    path = recipe if recipe.is_file() or not known.is_file() else known
    if not path.is_file():
        raise InvalidRecipe([Problem(field="", message=f"there is no recipe {recipe}")])
    return read_pipeline(path.read_text("utf-8"))


def _pair(text: str) -> tuple[str, str]:
    name, mark, column = text.partition("=")
    if not (name and mark and column):
        raise argparse.ArgumentTypeError(f"{text} is not NAME=COLUMN")
    return name, column


def _refuse(problems: Sequence[Problem]) -> int:
    for problem in problems:
        print(f"{problem.field}: {problem.message}", file=sys.stderr)
    return REFUSED


def _refuse_in_json(problems: Sequence[Problem]) -> int:
    print(json.dumps({"problems": [problem.model_dump() for problem in problems]}))
    return REFUSED


if __name__ == "__main__":
    sys.exit(main())
