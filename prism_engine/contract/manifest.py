"""The list of a checkpoint's files, by which a complete folder is told from a torn one.

The engine writes `manifest.json` into a checkpoint's folder after everything else; the worker
checks the folder against it before and after every copy.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from pydantic import BaseModel, ConfigDict

MANIFEST = "manifest.json"


class Torn(Exception):
    """A checkpoint's folder is not what its manifest says."""


class File(BaseModel):
    """One file's content. `size` is in bytes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sha256: str
    size: int


class Manifest(BaseModel):
    """Every file of a checkpoint by its path in the folder, the manifest itself left out."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    files: dict[str, File]

    @property
    def size(self) -> int:
        """Bytes of all files together."""
        return sum(file.size for file in self.files.values())


def write_manifest(folder: Path) -> Manifest:
    """List all files in `folder`; to be called when the last of them is written."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != MANIFEST)
    manifest = Manifest(
        files={
            path.relative_to(folder).as_posix(): File(
                sha256=hash_file(path), size=path.stat().st_size
            )
            for path in paths
        }
    )
    (folder / MANIFEST).write_text(manifest.model_dump_json(indent=1), encoding="utf-8")
    return manifest


def read_manifest(folder: Path) -> Manifest:
    """Read a folder's manifest and check every file against it.

    Raises:
        Torn: the manifest or a file is missing, or a file's content is another.
    """
    if not (folder / MANIFEST).is_file():
        raise Torn(f"checkpoint {folder.name} has no {MANIFEST}, so it was never finished")
    manifest = Manifest.model_validate_json((folder / MANIFEST).read_bytes())
    for name, file in manifest.files.items():
        path = folder / name
        if not path.is_file():
            raise Torn(f"checkpoint {folder.name} lacks {name}")
        if path.stat().st_size != file.size or hash_file(path) != file.sha256:
            raise Torn(f"checkpoint {folder.name}: {name} is not what the manifest says")
    return manifest


def hash_file(path: Path) -> str:
    """The sha256 of a file's content, in hexadecimal."""
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
