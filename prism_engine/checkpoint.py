"""Checkpoints: everything that a run needs to go on exactly where it was.

`checkpoints/step-000040/` holds `state.json`, `<part>.safetensors` with weights and optimizer of
every part that learns, and `manifest.json`, written last. The folder gets its name when it is
complete. Nothing in it is a pickle. Random numbers need no saving: see `randomness.py`.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from safetensors.torch import load_file, save_file
from torch import Tensor

from prism_engine.contract.manifest import Manifest, read_manifest, write_manifest

KEPT = 3
"""So many resumable checkpoints stay; one may still be being copied when the next is saved."""


class Part(Protocol):
    """Something that learns, with all that an exact resume of it needs."""

    def state(self) -> dict[str, Tensor]: ...

    def load_state(self, state: Mapping[str, Tensor]) -> None: ...


def save_checkpoint(folder: Path, step: int, parts: Mapping[str, Part]) -> tuple[Path, Manifest]:
    """Write `folder/step-…` with all parts and delete the oldest; returns where it is."""
    target = folder / f"step-{step:06d}"
    unfinished = target.with_suffix(".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    for name, part in parts.items():
        state = {key: value.detach().contiguous() for key, value in part.state().items()}
        save_file(state, unfinished / f"{name}.safetensors")
    (unfinished / "state.json").write_text(json.dumps({"step": step}), encoding="utf-8")
    manifest = publish(unfinished, target)
    for oldest in sorted(folder.glob("step-??????"))[:-KEPT]:
        shutil.rmtree(oldest)
    return target, manifest


def load_checkpoint(folder: Path, parts: Mapping[str, Part]) -> int:
    """Bring all parts back; returns the step that was finished. Raises `Torn`."""
    read_manifest(folder)
    for name, part in parts.items():
        part.load_state(load_file(folder / f"{name}.safetensors"))
    return json.loads((folder / "state.json").read_text("utf-8"))["step"]


def publish(unfinished: Path, target: Path) -> Manifest:
    """Write the manifest and give a complete folder its name, so that it is there whole or not."""
    manifest = write_manifest(unfinished)
    shutil.rmtree(target, ignore_errors=True)
    os.replace(unfinished, target)
    return manifest
