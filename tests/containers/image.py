"""The image of a Dockerfile's target, as far as it can be made without Docker.

What pip would install of an extra is looked up among the installed distributions and linked into a
folder of its own: a Python that sees nothing else is what the container's would be.
"""

from __future__ import annotations

import re
import shlex
import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import Distribution, distribution
from pathlib import Path
from typing import NamedTuple

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = "prism-control"
OURS = ("prism_engine", "prism_client", "server", "worker", "migrations")


class Instruction(NamedTuple):
    """One line of a Dockerfile, continued lines joined."""

    word: str
    rest: str


@dataclass
class Stage:
    """From one FROM to the next."""

    name: str
    base: str
    instructions: list[Instruction] = field(default_factory=list)

    def all(self, word: str) -> list[str]:
        return [rest for found, rest in self.instructions if found == word]


def stages(path: Path = ROOT / "Dockerfile") -> dict[str, Stage]:
    """Read a Dockerfile; returns its stages by name."""
    text = re.sub(r"^#.*\n", "", path.read_text(), flags=re.MULTILINE).replace("\\\n", " ")
    found: dict[str, Stage] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        word, rest = line.split(maxsplit=1)
        if word == "FROM":
            base, name = rest.split(" AS ")
            stage = found[name] = Stage(name, base)
        else:
            stage.instructions.append(Instruction(word, rest))
    return found


def lineage(name: str) -> list[Stage]:
    """Return a stage with those it is made from, the first one first."""
    known = stages()
    chain = [known[name]]
    while chain[0].base in known:
        chain.insert(0, known[chain[0].base])
    return chain


def environment(name: str) -> dict[str, str]:
    """Return what the ENV instructions of a target set."""
    pairs = [
        pair for stage in lineage(name) for line in stage.all("ENV") for pair in shlex.split(line)
    ]
    return dict(pair.split("=", 1) for pair in pairs)


def extra_of(name: str) -> str:
    """Return the extra that pip installs for a target."""
    (packages,) = [
        line.split("=", 1)[1].split()[0]
        for stage in lineage(name)
        for line in stage.all("COPY")
        if line.startswith("--from=")
    ]
    (extra,) = re.findall(r'"\.\[(\w+)\]"', " ".join(stages()[packages].all("RUN")))
    return str(extra)


def closure(extra: str) -> dict[str, Distribution]:
    """Return what pip installs of an extra of ours: every distribution by its normal name."""
    found: dict[str, Distribution] = {}
    waiting = [Requirement(f"{PROJECT}[{extra}]")]
    seen: set[str] = set()
    while waiting:
        wanted = waiting.pop()
        if str(wanted) in seen:
            continue
        seen.add(str(wanted))
        name = canonicalize_name(wanted.name)
        found[name] = distribution(wanted.name)
        for text in _requirements(name, found[name]):
            needed = Requirement(text)
            extras = wanted.extras or {""}
            if needed.marker is None or any(needed.marker.evaluate({"extra": e}) for e in extras):
                waiting.append(needed)
    return found


def _requirements(name: str, found: Distribution) -> list[str]:
    """Our own are read from the tree: what is installed may be of another commit."""
    if name != PROJECT:
        return found.requires or []
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    optional: Mapping[str, list[str]] = project["optional-dependencies"]
    return [
        *project["dependencies"],
        *(f'{text} ; extra == "{extra}"' for extra, texts in optional.items() for text in texts),
    ]


def _top_level(found: Distribution) -> Iterator[Path]:
    """The files and folders of a distribution that lie directly in site-packages."""
    names = {file.parts[0] for file in found.files or ()}
    for name in sorted(names - {"..", "__pycache__"}):
        yield Path(str(found.locate_file(name)))


def build(name: str, folder: Path) -> Path:
    """Make what stands for a target's virtual environment; returns its folder of programs."""
    site, programs = folder / "site", folder / "bin"
    site.mkdir(parents=True)
    programs.mkdir()
    for project, found in closure(extra_of(name)).items():
        for path in _top_level(found):
            if project != PROJECT or path.suffix == ".dist-info":
                (site / path.name).symlink_to(path)
    for package in OURS:
        (site / package).symlink_to(ROOT / package)
    python = programs / "python"
    # Without -S the interpreter would find the packages of the environment that runs the tests.
    interpreter = Path(sys.executable).resolve()
    python.write_text(f'#!/bin/sh\nPYTHONPATH={site} exec {interpreter} -S "$@"\n')
    python.chmod(0o755)
    return programs
