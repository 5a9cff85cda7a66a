"""What a package may pull in, proved by importing it in a fresh interpreter."""

import subprocess
import sys

import pytest

HEAVY = ["torch", "transformers"]
DATABASE = ["sqlalchemy", "psycopg", "aiosqlite"]


@pytest.mark.parametrize(
    ("package", "absent"),
    [
        ("prism_engine.contract.config, prism_engine.contract.events", HEAVY),
        ("prism_engine.endpoints.session", HEAVY),
        ("server.app", HEAVY),
        ("worker.app, worker.__main__", HEAVY + DATABASE),
        ("worker.mirrors.tensorboard, worker.mirrors.__main__", HEAVY + DATABASE),
        ("worker.mirrors.weights_and_biases", HEAVY + DATABASE),
        ("prism_client.client, prism_client.command.__main__", HEAVY + DATABASE),
    ],
)
def test_importing_leaves_heavy_packages_out(package: str, absent: list[str]) -> None:
    code = f"import sys, {package}; print([m for m in {absent} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
