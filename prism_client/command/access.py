"""`prism sign-in`, `prism token`, `prism user`: ways into the server for people and programs."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from prism_client.client import Client
from prism_client.command.exits import ExitStatus
from prism_client.command.output import AsJson, age, print_json, print_problem, print_table
from prism_client.home import Home
from prism_client.resources import SignInLink

tokens = typer.Typer(help="Tokens for programs; alone it prints the one that is used here.")
users = typer.Typer(help="Accounts and invitations.", no_args_is_help=True)


class Permission(StrEnum):
    """What a token can be good for."""

    ACCOUNT = "account"
    READ = "read"
    LAUNCH = "launch"
    ADMINISTER = "administer"
    OPERATE = "operate"
    MONITOR = "monitor"


class Role(StrEnum):
    """What somebody can be in a project."""

    VIEWER = "viewer"
    MEMBER = "member"
    ADMIN = "admin"


@tokens.callback(invoke_without_command=True)
def token(context: typer.Context, as_json: AsJson = False) -> None:
    """Print the token that this command line uses, for PRISM_TOKEN elsewhere."""
    if context.invoked_subcommand is not None:
        return
    value = Home.from_environment().token()
    if value is None:
        print_problem("", "there is no token: start a server with `prism up`, or set PRISM_TOKEN")
        raise typer.Exit(ExitStatus.FAILED)
    if as_json:
        print_json({"token": value})
    else:
        typer.echo(value)


@tokens.command("create")
def create_token(
    name: Annotated[str, typer.Argument(help="What it is for")],
    may: Annotated[
        list[Permission] | None, typer.Option(help="Several are several options")
    ] = None,
    project: Annotated[str | None, typer.Option(help="Id of the only project it opens")] = None,
    days: Annotated[int, typer.Option(min=1, max=3650, help="Days until it expires")] = 90,
    as_json: AsJson = False,
) -> None:
    """Make a token and print its secret, which is not shown again; it reads if nothing is said."""
    permissions = [permission.value for permission in may or [Permission.READ]]
    with Client.from_environment() as client:
        made = client.create_token(name, permissions, project, days)
    if as_json:
        print_json(made)
    else:
        typer.echo(made.secret)


@tokens.command("ls")
def list_tokens(as_json: AsJson = False) -> None:
    """List one's own tokens."""
    with Client.from_environment() as client:
        found = list(client.tokens())
    if as_json:
        print_json(found)
        return
    print_table(
        ["id", "name", "ends in", "may", "expires", "last used"],
        (
            [
                row.id,
                row.name,
                row.ending,
                ", ".join(row.permissions),
                row.expires_at.date() if row.expires_at else "never",
                f"{age(row.used_at)} ago" if row.used_at else "never",
            ]
            for row in found
        ),
    )


@tokens.command("revoke")
def revoke_token(
    token_id: Annotated[str, typer.Argument(help="Id, as `ls` shows it")], as_json: AsJson = False
) -> None:
    """Make a token worthless."""
    with Client.from_environment() as client:
        client.revoke_token(token_id)
    if as_json:
        print_json({"revoked": token_id})


@users.command("ls")
def list_users(as_json: AsJson = False) -> None:
    """List accounts."""
    with Client.from_environment() as client:
        found = list(client.users())
    if as_json:
        print_json(found)
        return
    print_table(
        ["id", "name", "administrator", "state"],
        (
            [
                row.id,
                row.name,
                "yes" if row.administrator else "",
                "disabled" if row.disabled_at else "",
            ]
            for row in found
        ),
    )


@users.command("create")
def create_user(
    name: Annotated[str, typer.Argument(help="What the person signs in with")],
    administrator: Annotated[bool, typer.Option("--administrator")] = False,
    as_json: AsJson = False,
) -> None:
    """Open an account and print the link by which its person sets a password, within a day."""
    with Client.from_environment() as client:
        _print_link(client.create_user(name, administrator=administrator), as_json)


@users.command("invite")
def invite(
    project: Annotated[str, typer.Argument(help="Id of the project")],
    role: Annotated[Role, typer.Option()] = Role.MEMBER,
    as_json: AsJson = False,
) -> None:
    """Print a link that makes one person a member of a project, within a week."""
    with Client.from_environment() as client:
        _print_link(client.invite(project, role.value), as_json)


def sign_in(as_json: AsJson = False) -> None:
    """Print a new link that signs one browser in, once, within ten minutes."""
    with Client.from_environment() as client:
        _print_link(client.sign_in_link(), as_json)


def _print_link(link: SignInLink, as_json: bool) -> None:
    if as_json:
        print_json(link)
    else:
        typer.echo(link.url)
