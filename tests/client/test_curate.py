"""`prism curate`: the real engine makes a corpus here, and a server is told of it."""

from __future__ import annotations

import os
import subprocess
import sys

import yaml

from prism_engine.contract.addresses import ALLOWED
from tests.engine.curation.world import Teacher, build_world, recipe
from tests.engine.endpoints.server import ChatServer
from tests.installation import Installation

ITEMS = 12


def test_what_was_curated_is_registered_under_a_name(served: Installation) -> None:
    folder = served.home / "data" / "here"
    world = build_world(folder / "world", ITEMS, seed=1)
    with ChatServer(Teacher(world, faulty=0.0)).running() as url:
        content = recipe(world, url, ITEMS)
        content["runs"]["curate"]["cap"] = 2.0
        (folder / "recipe.yaml").write_text(yaml.safe_dump(content))
        done = subprocess.run(
            [
                sys.executable, "-m", "prism_client.command", "curate",
                str(folder / "recipe.yaml"), "--out", str(folder / "out"), "--register", "mine",
            ],
            env=os.environ | {"PRISM_HOME": str(served.home), ALLOWED: "127.0.0.1"},
            capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[-4:-1] == [
        "registered mine-sft", "registered mine-alignment", "registered mine-rlvr",
    ]  # fmt: skip
    with served.client as client:
        made = {one.name: one for one in client.datasets() if one.name.startswith("mine-")}
    for part in ("sft", "alignment", "rlvr"):
        place = folder / "out" / "curate" / "corpus" / part
        one = made[f"mine-{part}"]
        assert one.location == f"here/out/curate/corpus/{part}"
        assert one.rows == len((place / "data.jsonl").read_text().splitlines()) > 0
        # No server has seen the run that it comes from.
        assert one.run_id is None
