"""Every command of the documentation is run, or at least looked up."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from prism_client.command.__main__ import app
from prism_engine.contract.config import read_pipeline
from tests.docs.blocks import DOCS, ELSEWHERE, Block, blocks, commands
from tests.installation import FAKE_ENGINE, Installation

PAGES = (
    "start.md", "data.md", "gpu.md", "samplers.md", "cost.md", "trackers.md", "extend.md",
    "operate.md", "api.md",
)  # fmt: skip
"""In the order in which somebody reads them: a later page builds on an earlier one's data."""

ROOT = Path(__file__).parents[2]
MODULES = {
    "worker": "worker",
    "server": "server",
    "prism_engine": "prism_engine",
}


ENTRY = """import sys
from prism_client.command.__main__ import main
sys.argv[0] = "prism"
main()
"""


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """What `prism up` starts, with an engine that trains nothing."""
    installation = Installation(
        tmp_path_factory.mktemp("docs") / "home", PRISM_ALLOWED_ADDRESSES="127.0.0.1"
    )
    try:
        installation.start_server()
        installation.register()
        with installation.client as client:
            # What stands for the miniature world, whose making takes half a minute.
            for name in ("curated", "test"):
                client.register_dataset(name, "tiny")
            client.register_model("scratch", "model")
        installation.start_worker(
            "--step-seconds", "0.001", program=(sys.executable, str(FAKE_ENGINE))
        )
        yield installation
    finally:
        installation.close()


@pytest.fixture(scope="module")
def shell(
    installation: Installation, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Mapping[str, str]]:
    """A folder to work in, and an environment in which `prism` and `python` are this tree's."""
    programs = tmp_path_factory.mktemp("bin")
    for name, command in (("prism", f"{programs}/entry"), ("python", "")):
        program = programs / name
        program.write_text(f'#!/bin/sh\nexec {sys.executable} {command} "$@"\n')
        program.chmod(0o755)
    # As pip writes it: completion goes by the name of the program.
    (programs / "entry").write_text(ENTRY)
    return tmp_path_factory.mktemp("work"), {
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "HOME": str(installation.home.parent),
        "OMP_NUM_THREADS": "1",
        "COLUMNS": "200",
        "PRISM_HOME": str(installation.home),
        "PRISM_URL": installation.url,
        "PRISM_TOKEN": (installation.home / "token").read_text().strip(),
    }


@pytest.mark.parametrize("page", PAGES)
def test_what_a_page_says_can_be_done(page: str, shell: tuple[Path, Mapping[str, str]]) -> None:
    folder, environment = shell
    for block in blocks(DOCS / page):
        place = f"{page}:{block.line}"
        if block.language == "sh" and block.mark in ELSEWHERE:
            look_up(block, place)
        elif block.language == "sh":
            run(["/bin/bash", "-euo", "pipefail", "-c", typed(block)], folder, environment, place)
            look_up(block, place)
        elif block.mark:
            keep(block, folder, place)
        elif block.language == "python":
            run([sys.executable, "-c", block.text], folder, environment, place)


def typed(block: Block) -> str:
    """The script in a terminal that remembers the variables of those before it."""
    named = " ".join(re.findall(r"^(\w+)=", block.text, re.MULTILINE))
    kept = f"declare -p {named} >> .variables\n" if named else ""
    return f"touch .variables; source .variables\n{block.text}{kept}"


def run(command: list[str], folder: Path, environment: Mapping[str, str], place: str) -> None:
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=240
    )
    assert done.returncode == 0, f"{place}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"


def keep(block: Block, folder: Path, place: str) -> None:
    """Write a file of the page, and read it as whoever it is for would."""
    path = folder / block.mark
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(block.text)
    match block.language:
        case "yaml":
            read_pipeline(yaml.safe_load(block.text))
        case "python":
            compile(block.text, place, "exec")
        case "toml":
            tomllib.loads(block.text)
        case "bash":
            assert block.text.startswith("#!/bin/bash\n#SBATCH ")
            look_up(block, place)


def look_up(block: Block, place: str) -> None:
    """Every command and option of a script exists."""
    checked = subprocess.run(["/bin/bash", "-n"], input=block.text, text=True, capture_output=True)
    assert checked.returncode == 0, f"{place}: {checked.stderr}"
    for words in commands(block.text, ("prism",)):
        prism(words[1:], f"{place}: {' '.join(words)}")
    for words in commands(block.text, ("python",)):
        if words[1:2] == ["-m"]:
            module(words[2], words[3:], f"{place}: {' '.join(words)}")
    for words in commands(block.text, ("make",)):
        targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
        assert set(words[1:]) <= set(targets), f"{place}: {' '.join(words)}"
    for extras in re.findall(r"\[([a-z,]+)\]'", block.text):
        known = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
        assert set(extras.split(",")) <= known["optional-dependencies"].keys(), place


def prism(words: list[str], place: str) -> None:
    command: Any = typer.main.get_command(app)
    while words and words[0] in getattr(command, "commands", {}):
        command, words = command.commands[words[0]], words[1:]
    if command.name == "worker":
        module("worker", words, place)
        return
    known = {option for parameter in command.params for option in parameter.opts}
    known |= {option for parameter in command.params for option in parameter.secondary_opts}
    unknown = [word for word in words if word.startswith("--") and word.split("=")[0] not in known]
    if command.context_settings.get("ignore_unknown_options"):
        # They are handed on to the engine.
        module("prism_engine", ["data", command.name, *unknown], place)
        return
    assert unknown == [], place
    alone = getattr(command, "invoke_without_command", True)
    assert alone or not words, f"{place}: there is no such command"


def module(name: str, words: list[str], place: str) -> None:
    """Options of our own modules, as their help lists them."""
    assert name in MODULES, place
    verbs = list(takewhile(lambda word: re.fullmatch("[a-z-]+", word) and word[0] != "-", words))
    said = help_of(name, *(verbs if name == "prism_engine" else verbs[:1]))
    unknown = [word for word in words if word.startswith("--") and word not in said]
    assert unknown == [], place


HELP: dict[tuple[str, ...], str] = {}


def help_of(name: str, *words: str) -> str:
    if (name, *words) not in HELP:
        done = subprocess.run(
            [sys.executable, "-m", name, *words, "--help"], capture_output=True, text=True
        )
        assert done.returncode == 0, f"{name} {words}: {done.stderr}"
        HELP[name, *words] = done.stdout
    return HELP[name, *words]


def test_every_page_is_in_the_list_and_every_link_leads_somewhere() -> None:
    index = (DOCS / "README.md").read_text()
    assert {page.name for page in DOCS.glob("*.md")} == {*PAGES, "README.md"}
    assert [page for page in PAGES if f"({page})" not in index] == []
    for page in DOCS.rglob("*.md"):
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_shell_completes_commands(
    shell: tuple[Path, Mapping[str, str]], installation: Installation
) -> None:
    _, environment = shell
    asked = {"_PRISM_COMPLETE": "complete_bash", "COMP_WORDS": "prism expo", "COMP_CWORD": "1"}
    prism = str(shutil.which("prism", path=environment["PATH"]))
    done = subprocess.run(
        [prism], env={**environment, **asked}, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.split() == ["export"]
