"""Finds the shapes of the models that a recipe names. Imports no torch and downloads nothing."""

from __future__ import annotations

import json
from pathlib import Path

from prism_engine.contract.shape import Shape, UnknownShape, known_shapes


def find_shape(model: str) -> Shape:
    """The shape of a folder, of a public model, or of one that was downloaded before.

    Raises:
        UnknownShape: why nothing is known of it.
    """
    if (Path(model) / "config.json").is_file():
        return Shape.of(json.loads((Path(model) / "config.json").read_text("utf-8")))
    if model in known_shapes():
        return known_shapes()[model]
    if (cached := _downloaded(model)) is not None:
        return Shape.of(json.loads(cached.read_text("utf-8")))
    raise UnknownShape(
        f"{model} is no folder with a config.json, was not downloaded before, and is none of "
        f"{', '.join(known_shapes())}"
    )


def _downloaded(model: str) -> Path | None:
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        found = try_to_load_from_cache(model, "config.json")
    except HFValidationError:
        return None
    return Path(found) if isinstance(found, str) else None
