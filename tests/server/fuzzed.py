"""A server that listens, with a launched pipeline, fuzzed as an administrator and as a viewer."""

from __future__ import annotations

import tempfile
from math import ceil
from pathlib import Path
from typing import Any

import httpx

from server.app import create_app
from server.openapi import document
from server.settings import Settings
from tests.server.fuzzing import Findings, fuzz
from tests.server.test_process import Process, register
from tests.server.world import SFT, recipe


def fuzzed_as_admin_and_viewer(requests: int, number: int) -> dict[str, Findings]:
    """Send at least so many requests, half as each; return what was found."""
    with tempfile.TemporaryDirectory(prefix="prism-") as folder:
        process = Process(Path(folder) / "home", "")
        description = document(create_app(Settings(home=process.home)))
        with process.running():
            register(process)
            admin = process.client("token")
            names = _things(admin)
            url = process.url.removesuffix("/api/v1")
            return {
                who: fuzz(url, description, token, names, ceil(requests / 2), number)
                for who, token in _tokens(process, admin).items()
            }


def _things(admin: httpx.Client) -> dict[str, str]:
    study = admin.post("/studies", json={"recipe": recipe(sft=SFT), "grid": {}}).json()
    pipeline = admin.get(f"/pipelines/{study['pipelines'][0]}").json()
    return {
        "study_id": study["id"],
        "project_id": pipeline["project_id"],
        "pipeline_id": pipeline["id"],
        "run_id": pipeline["runs"][0]["id"],
        "dataset_id": "dat_1",
        "model_id": "mod_1",
    }


def _tokens(process: Process, admin: httpx.Client) -> dict[str, str]:
    project: str = admin.get("/projects").json()["data"][0]["id"]
    invitation: Any = admin.post(f"/projects/{project}/invitations", json={"role": "viewer"})
    secret = invitation.json()["link"]["url"].partition("#")[2]
    body = {"secret": secret, "name": "vera", "password": "a long password"}
    headers = {"Origin": process.url.removesuffix("/api/v1")}
    with httpx.Client(base_url=process.url, headers=headers, timeout=60) as browser:
        browser.post("/session/invitation", json=body).raise_for_status()
        wanted = {"name": "fuzz", "permissions": ["account", "read", "launch"]}
        made = browser.post("/tokens", json=wanted).raise_for_status()
    return {
        "administrator": (process.home / "token").read_text().strip(),
        "viewer": made.json()["secret"],
    }
