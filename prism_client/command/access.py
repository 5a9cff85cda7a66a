"""`prism token` and `prism sign-in`: ways into the local server."""

from __future__ import annotations

import typer

from prism_client.client import Client
from prism_client.command.exits import ExitStatus
from prism_client.command.output import AsJson, print_json, print_problem
from prism_client.home import Home


def token(as_json: AsJson = False) -> None:
    """Print the token that this command line uses, for PRISM_TOKEN elsewhere."""
    value = Home.from_environment().token()
    if value is None:
        print_problem("", "there is no token: start a server with `prism up`, or set PRISM_TOKEN")
        raise typer.Exit(ExitStatus.FAILED)
    if as_json:
        print_json({"token": value})
    else:
        typer.echo(value)


def sign_in(as_json: AsJson = False) -> None:
    """Print a new link that signs one browser in, once, within ten minutes."""
    with Client.from_environment() as client:
        link = client.sign_in_link()
    if as_json:
        print_json(link)
    else:
        typer.echo(link.url)
