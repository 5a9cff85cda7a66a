"""The `prism` command. `prism --help` lists what it can do."""

from __future__ import annotations

import sys

import typer

from prism_client.command import (
    access,
    checkpoints,
    compare,
    curate,
    data,
    database,
    doctor,
    evaluate,
    export,
    imports,
    keys,
    launch,
    pipelines,
    registry,
    retention,
    runs,
    storage,
    studies,
    up,
    workers,
)
from prism_client.command.exits import ExitStatus, status_of_error
from prism_client.command.output import print_problem
from prism_client.errors import Invalid, PrismError
from prism_engine.contract.config import InvalidRecipe

app = typer.Typer(
    name="prism",
    help="Launch PRISM's pipelines, watch them, and serve them.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command("up")(up.up)
app.command("worker", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(
    up.worker
)
app.command("launch")(launch.launch)
app.command("validate")(launch.validate)
app.add_typer(runs.app, name="runs")
app.add_typer(pipelines.app, name="pipelines")
app.add_typer(studies.app, name="studies")
app.add_typer(checkpoints.app, name="checkpoints")
app.add_typer(retention.app, name="retention")
app.command("results")(pipelines.results)
app.command("compare")(compare.compare)
app.add_typer(export.app, name="export")
app.add_typer(imports.app, name="import")
app.add_typer(registry.datasets, name="dataset")
app.add_typer(registry.models, name="model")
app.add_typer(data.app, name="data")
app.command("curate")(curate.curate)
app.command("evaluate", context_settings=evaluate.PASSED_ON)(evaluate.evaluate)
app.command("doctor")(doctor.doctor)
app.add_typer(access.tokens, name="token")
app.add_typer(access.users, name="user")
app.add_typer(keys.app, name="key")
app.add_typer(workers.app, name="workers")
app.add_typer(database.app, name="db")
app.add_typer(storage.app, name="storage")
app.command("sign-in")(access.sign_in)


def main() -> None:
    """Run the command; every refusal becomes lines on stderr and an exit status."""
    try:
        app()
    except InvalidRecipe as error:
        for problem in error.problems:
            print_problem(problem.field, problem.message)
        sys.exit(ExitStatus.BAD_INPUT)
    except Invalid as error:
        for refused in error.problems:
            print_problem(refused.field, refused.message)
        if not error.problems:
            print_problem("", str(error))
        sys.exit(ExitStatus.BAD_INPUT)
    except PrismError as error:
        print_problem("", str(error))
        sys.exit(status_of_error(error))


if __name__ == "__main__":
    main()
