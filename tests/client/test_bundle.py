"""`prism doctor --bundle`: secrets are planted wherever one may stand, and none is in the file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from prism_client.command.bundle import LARGEST_LOG
from prism_client.command.redaction import MARK, Redaction
from tests.installation import Installation

PLANTED = {
    "key": "4f5d2c8a" * 8,
    "token": "prism_home-token-0123456789abcdef",
    "worker-token": "prism_worker-token-0123456789abcdef",
    "of keys.yaml": "a teachers key without a form",
    "PRISM_TOKEN": "not-of-the-usual-form-1",
    "PRISM_WORKER_TOKEN": "not-of-the-usual-form-2",
    "PRISM_OIDC_CLIENT_SECRET": "oidc-shibboleth",
    "PGPASSWORD": "postgres-shibboleth",
    "in PRISM_BROKER_URL": "redis-shibboleth",
    "HF_TOKEN": "hub-shibboleth",
}
LOGGED = {
    "a header": ("Authorization: Bearer {}", "abcdef.0123-XYZ"),
    "a link": ("http://localhost:8420/sign-in#{}", "Qm9uam91cl9wcmlzbQ"),
    "a path with a link": ("http://host/prism/set-up#{}", "Qm9uam91cl9zZXQtdXA"),
    "an address": ("connecting to postgresql://prism:{}@db.example/prism", "sesame-in-url"),
    "json": ('{{"name": "x", "password": "{}"}}', "sesame-in-json"),
    "a variable": ("WANDB_API_KEY={}", "sesame0in0variable"),
    "a key of a provider": ("401 for {}", "sk-proj-0123456789abcdef"),
    "a webhook": ("post to https://hooks.slack.com/services/{}", "T000/B000/sesame"),
    "a signature": ("secret {}", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
    "a hash": ("row {}", "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$aGFzaA"),
    "a JWT": ("id_token eyJhbGciOi.eyJzdWIi.{}", "c2lnbmF0dXJl"),
    "a known one": ("teacher said {} is wrong", PLANTED["of keys.yaml"]),
    "the key file": ("sealed under {}", PLANTED["key"]),
}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    (home / "logs").mkdir(parents=True)
    for name in ("key", "token", "worker-token"):
        (home / name).write_text(PLANTED[name] + "\n")
    (home / "keys.yaml").write_text(f"teacher: {PLANTED['of keys.yaml']}\n")
    lines = [said.format(secret) for said, secret in LOGGED.values()]
    (home / "logs" / "server.log").write_text("\n".join([*lines, "an innocent line", ""]))
    long = f"sk-{'half' * 8} {'x' * LARGEST_LOG}\nthe newest line\n"
    (home / "logs" / "worker-1.log").write_text(long)
    return home


def bundled(home: Path, file: Path, **variables: str) -> dict[str, str]:
    """Run the command; return the text of every file in the bundle, and what was printed."""
    kept = {n: v for n, v in os.environ.items() if not n.startswith(("PRISM_", "HF_", "PG"))}
    done = subprocess.run(
        [sys.executable, "-m", "prism_client.command", "doctor", "--bundle", str(file)],
        env=kept | {"PRISM_HOME": str(home)} | variables,
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert file.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(file) as archive:
        texts = {name: archive.read(name).decode() for name in archive.namelist()}
    return texts | {"printed": done.stdout + done.stderr}


def test_no_planted_secret_is_in_the_bundle(home: Path, tmp_path: Path) -> None:
    named = {name: value for name, value in PLANTED.items() if name.isupper()}
    broker = f"redis://:{PLANTED['in PRISM_BROKER_URL']}@127.0.0.1:1/0"
    texts = bundled(home, tmp_path / "bundle.zip", PRISM_BROKER_URL=broker, **named)
    everything = "\n".join(texts.values())
    secrets = {**PLANTED, **{name: secret for name, (_, secret) in LOGGED.items()}}
    assert [name for name, secret in secrets.items() if secret in everything] == []
    assert "halfhalf" not in everything
    # What helps is there all the same.
    assert "an innocent line" in texts["logs/server.log"]
    assert texts["logs/worker-1.log"] == "the newest line\n"
    assert json.loads(texts["settings.json"])["variables"]["PRISM_TOKEN"] == MARK
    server = json.loads(texts["settings.json"])["server"]
    assert (server["revision"], server["settings"]["port"]) == (None, "8420")
    assert server["settings"]["oidc_client_secret"] == MARK
    assert "pydantic" in json.loads(texts["versions.json"])["packages"]
    assert "prism up" in json.loads(texts["server.json"])["problem"]
    assert not (home / "prism.db").exists()


def test_a_running_server_says_its_revision_and_workers(
    served: Installation, tmp_path: Path
) -> None:
    texts = bundled(served.home, tmp_path / "bundle.zip")
    server = json.loads(texts["server.json"])
    assert server["ready"]["status"] == "ready"
    assert json.loads(texts["settings.json"])["server"]["revision"] == server["ready"]["revision"]
    assert [worker["name"] for worker in server["workers"]] == ["one"]
    assert server["disk"]["state"] in ("enough", "low", "full")
    token = (served.home / "token").read_text().strip()
    assert token not in "".join(texts.values())


def test_a_short_word_is_no_secret_to_be_taken_out_everywhere() -> None:
    assert Redaction(frozenset({"a", "admin", "abcdef"})).text("admin abcdef") == f"admin {MARK}"
