"""From what a claim names to what the engine can open."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml

from prism_client.worker_client import Claim, Input
from worker.errors import MissingInput
from worker.store import ArtifactStore

Fetched = Sequence[tuple[Input, str]]
"""What a run reads, each with the path or the hub id to read it from."""


def fetch_inputs(
    claim: Claim, roots: Sequence[Path], store: ArtifactStore, images: Path
) -> Fetched:
    """Bring everything that the run reads to this machine; uploaded images into a folder.

    Raises:
        MissingInput: none of the data roots holds it.
        StoreFailed: a checkpoint or an image could not be fetched, or is not what was stored.
    """
    return [(needed, _fetch(needed, roots, store, images)) for needed in claim.inputs]


def _fetch(needed: Input, roots: Sequence[Path], store: ArtifactStore, images: Path) -> str:
    if needed.kind == "checkpoint":
        return str(store.fetch(needed.location))
    if needed.kind == "image":
        return str(store.fetch_image(needed.location, needed.name, images))
    found = find_below(roots, needed.location)
    if found is not None:
        return str(found)
    if needed.kind == "model" and is_hub_id(needed.location):
        return needed.location
    searched = ", ".join(str(root) for root in roots)
    raise MissingInput(
        f"{needed.kind} '{needed.name}' is not at {needed.location} below {searched}; "
        "put it there, or set PRISM_DATA_ROOTS for this worker"
    )


def find_below(roots: Iterable[Path], location: str) -> Path | None:
    """Look for a path below the roots. Nothing outside of them is found, by `..` or by a link."""
    for root in roots:
        real_root = root.resolve()
        path = (real_root / location).resolve()
        if path.is_relative_to(real_root) and path.exists():
            return path
    return None


def is_hub_id(location: str) -> bool:
    """Whether a model's location has the form `owner/name` of the Hugging Face hub."""
    owner, _, name = location.partition("/")
    return bool(owner and name) and "/" not in name and ".." not in location


def write_recipe(claim: Claim, fetched: Fetched, path: Path) -> None:
    """Write the claimed run as a recipe of its own, with local paths for names."""
    recipe: dict[str, Any] = deepcopy(claim.recipe)
    run = recipe["runs"][claim.run_name]
    mixed = {needed.name: location for needed, location in fetched if needed.role == "mixed_with"}
    if mixed:
        # Their order says which random numbers each is shuffled by.
        run["mixed_with"] = {mixed[name]: share for name, share in run["mixed_with"].items()}
    found = {needed.name: place for needed, place in fetched if needed.role == "benchmarks"}
    if found:
        run["benchmarks"] = {name: found[data] for name, data in run["benchmarks"].items()}
    shown = {needed.name: place for needed, place in fetched if needed.role == "images"}
    if shown:
        run["images"] = [shown[digest] for digest in run["images"]]
    for needed, location in fetched:
        if needed.role not in ("mixed_with", "benchmarks", "images"):
            run[needed.role] = location if needed.role == "data" else {"model": location}
    path.write_text(yaml.safe_dump(recipe, sort_keys=False, allow_unicode=True), encoding="utf-8")
