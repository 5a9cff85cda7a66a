"""The artifact store: checkpoints and images by URL, wherever fsspec reaches."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Collection
from hashlib import sha256
from pathlib import Path, PurePosixPath

from fsspec import AbstractFileSystem
from fsspec.core import url_to_fs
from fsspec.implementations.local import LocalFileSystem

from prism_engine.contract.manifest import MANIFEST, Manifest, Torn, read_manifest
from worker.errors import StoreFailed

MARK = ".location"


class ArtifactStore:
    """Copies checkpoints to and from the store, each copy checked against its manifest.

    Args:
        url: Root of the store, such as `file:///srv/prism/artifacts` or `s3://bucket/prism`.
        fetched: Folder for checkpoints that were fetched from it.
        reserve: Bytes that stay free where the store is a folder: the disk that is full takes no
            events either.
    """

    def __init__(self, url: str, fetched: Path, reserve: int = 0) -> None:
        self._url = url
        self._fetched = fetched
        self._reserve = reserve

    def put(self, folder: Path, manifest: Manifest, name: str) -> str:
        """Copy a complete checkpoint under `name`, its manifest last; returns its location.

        Raises:
            StoreFailed: the store did not take it.
        """
        location = f"{self._url}/{name}"
        try:
            files, root = _open(location)
            if isinstance(files, LocalFileSystem):
                _require_room(Path(root), manifest.size + self._reserve)
            for path in [*manifest.files, MANIFEST]:
                target = f"{root}/{path}"
                files.makedirs(target.rpartition("/")[0], exist_ok=True)
                files.put_file(str(folder / path), target)
        except OSError as error:
            raise StoreFailed(f"{location} could not be written: {error}") from error
        return location

    def fetch(self, location: str) -> Path:
        """Bring a checkpoint to this machine once; returns its folder.

        Raises:
            StoreFailed: it is not there, or what is there is not what was put.
        """
        folder = self._fetched / sha256(location.encode()).hexdigest()[:32]
        if not folder.is_dir():
            self._fetched.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=self._fetched, prefix=".") as unfinished:
                copy = Path(unfinished) / "checkpoint"
                self._download(location, copy)
                _mark_of(folder).write_text(location, encoding="utf-8")
                _move_into_place(copy, folder)
        return folder

    def fetch_image(self, location: str, digest: str, folder: Path) -> Path:
        """Bring an uploaded image, by its place within the store, into a folder.

        Raises:
            StoreFailed: it is not there, or what is there has another hash.
        """
        file = folder / f"{digest}.png"
        try:
            files, path = _open(f"{self._url}/{location}")
            content = files.cat_file(path)
            if sha256(content).hexdigest() != digest:
                raise StoreFailed(f"the image at {location} is not what was uploaded")
            folder.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        except OSError as error:
            raise StoreFailed(f"the image at {location} could not be fetched: {error}") from error
        return file

    def free_discarded(self, used: Collection[str]) -> list[str]:
        """Remove fetched checkpoints that the store has no more, unless they are `used`.

        Returns the locations of those that were removed.
        """
        freed = []
        for mark in sorted(self._fetched.glob(f"*{MARK}")):
            location = mark.read_text("utf-8")
            if location not in used and _is_gone(location):
                _remove(mark.with_suffix(""))
                mark.unlink()
                freed.append(location)
        return freed

    def _download(self, location: str, folder: Path) -> None:
        try:
            files, root = _open(location)
            folder.mkdir()
            files.get_file(f"{root}/{MANIFEST}", str(folder / MANIFEST))
            manifest = Manifest.model_validate_json((folder / MANIFEST).read_bytes())
            for path in manifest.files:
                _refuse_to_leave_the_folder(path)
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                files.get_file(f"{root}/{path}", str(folder / path))
            read_manifest(folder)
        except (OSError, ValueError, Torn) as error:
            raise StoreFailed(f"{location} could not be fetched: {error}") from error


def _mark_of(folder: Path) -> Path:
    """The file that says where in the store a fetched checkpoint lies."""
    return folder.with_name(f"{folder.name}{MARK}")


def _is_gone(location: str) -> bool:
    """Whether the store knows for certain that it has no such checkpoint."""
    try:
        files, root = _open(location)
        files.info(f"{root}/{MANIFEST}")
    except FileNotFoundError:
        return True
    except Exception:
        # A store that cannot be asked has not said that it is gone, whatever went wrong.
        return False
    return False


def _remove(folder: Path) -> None:
    """Rename first, so that a folder that exists is complete."""
    if folder.is_dir():
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".") as rest:
            folder.rename(Path(rest) / folder.name)


def _open(location: str) -> tuple[AbstractFileSystem, str]:
    files, root = url_to_fs(location)
    return files, str(root)


def _require_room(folder: Path, needed: int) -> None:
    there = next(path for path in [folder, *folder.parents] if path.exists())
    free = shutil.disk_usage(there).free
    if free < needed:
        raise StoreFailed(
            f"{there} has {free / 2**30:.1f} GiB left, and a checkpoint with the reserve "
            f"(PRISM_DISK_RESERVE_GIB) takes {needed / 2**30:.1f} GiB"
        )


def _refuse_to_leave_the_folder(path: str) -> None:
    parts = PurePosixPath(path)
    if parts.is_absolute() or ".." in parts.parts:
        raise StoreFailed(f"the manifest names a file outside of its checkpoint: {path}")


def _move_into_place(copy: Path, folder: Path) -> None:
    """Rename whole, so that a folder that exists is complete; another worker may be quicker."""
    try:
        copy.rename(folder)
    except OSError:
        if not folder.is_dir():
            raise
        shutil.rmtree(copy)
