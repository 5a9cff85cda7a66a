"""What a claimed run needs before its engine can start."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any, Literal, cast

from sqlalchemy.ext.asyncio import AsyncSession

from server.artifacts.store import place_of
from server.checkpoints import repository as checkpoints
from server.runs import repository as runs
from server.runs.schemas import Role
from server.tables import Checkpoint, Pipeline, Run
from server.workers import repository
from server.workers.schemas import Input


def one_run_recipe(pipeline: Pipeline, run: Run) -> dict[str, Any]:
    """Return the pipeline with this run alone; the worker puts local folders for its references."""
    config = dict(run.config)
    policy = config["policy"]
    if run.kind == "evaluate" and config["arm"] is None and "run" in policy:
        # The name of the policy's run is the arm's, and only here is it still known.
        config["arm"] = policy["run"]
    return {"name": pipeline.name, "seed": pipeline.seed, "runs": {run.name: config}}


async def inputs_of(session: AsyncSession, run: Run) -> list[Input]:
    """Say where data, models and the parents' checkpoints lie.

    Data and models are named as they lie below a data root; every machine has its own roots.
    """
    inputs = [
        *([await _dataset(session, "data", run.config["data"])] if "data" in run.config else []),
        *[_image(digest) for digest in dict.fromkeys(run.config.get("images", []))],
        *[await _dataset(session, "mixed_with", name) for name in run.config.get("mixed_with", {})],
        *[
            await _dataset(session, "benchmarks", name)
            for name in dict.fromkeys(run.config.get("benchmarks", {}).values())
        ],
    ]
    for role in ("policy", "discriminator"):
        if (name := (run.config.get(role) or {}).get("model")) is not None:
            model = await repository.model(session, name)
            # What is not registered is a hub id, which was on the list when it was launched.
            location, fingerprint = (model.location, model.fingerprint) if model else (name, "")
            inputs.append(
                Input(
                    role=role, kind="model", name=name, location=location, fingerprint=fingerprint
                )
            )
    for role, checkpoint in (await checkpoints.sources_of(session, run.id)).items():
        if role != "state":
            inputs.append(_checkpoint(cast("Role", role), checkpoint.id, checkpoint))
    parents = await runs.parents(session, [run.id])
    for parent in parents.get(run.id, []):
        export = await checkpoints.newest_export(session, parent.run_id, parent.role)
        assert export is not None, "a run is queued once its parents' exports are durable"
        inputs.append(_checkpoint(parent.role, parent.run, export))
    return inputs


def _checkpoint(role: Role, name: str, checkpoint: Checkpoint) -> Input:
    manifest = json.dumps(checkpoint.manifest, sort_keys=True)
    return Input(
        role=role,
        kind="checkpoint",
        name=name,
        location=checkpoint.location or "",
        fingerprint=sha256(manifest.encode()).hexdigest(),
    )


def _image(digest: str) -> Input:
    return Input(
        role="images", kind="image", name=digest, location=place_of(digest), fingerprint=digest
    )


async def _dataset(
    session: AsyncSession, role: Literal["data", "mixed_with", "benchmarks"], name: str
) -> Input:
    data = await repository.dataset(session, name)
    return Input(
        role=role,
        kind="dataset",
        name=data.name,
        location=data.location,
        fingerprint=data.fingerprint,
    )
