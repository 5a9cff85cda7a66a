"""Images into a data set's folder: each under the hash of its content, decoded once, in RGB."""

from __future__ import annotations

import os
import stat
import warnings
from collections import OrderedDict
from hashlib import sha256
from io import BytesIO
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Protocol

import numpy as np
from PIL import Image, ImageOps

from prism_engine.data.importers.pictures import (
    LARGEST_PICTURE,
    InFolder,
    Inline,
    Picture,
    Remote,
)
from prism_engine.data.importers.refusal import RefusedRow

MOST_PIXELS = 50_000_000
"""A picture of more is refused by its header, before a pixel is decoded."""

FORMATS = {"PNG": "png", "JPEG": "jpg", "WEBP": "webp"}
"""Files of these are kept as they came if a viewer would show exactly the pixels we train on."""

READ_FORMATS = (*FORMATS, "GIF", "BMP", "TIFF")
REMEMBERED = 4096
"""So many hashes of what was decoded are kept; a picture that comes again later costs only time."""

_ORIENTATION = 0x0112


class Fetch(Protocol):
    """Gets the bytes of a remote picture."""

    def __call__(self, url: str, most: int) -> bytes: ...


def refuse_remote(url: str, most: int) -> bytes:
    """What stands for the network where nobody allowed it. Raises `RefusedRow` always."""
    raise RefusedRow(
        "image_remote", "a picture is on the network; fetch it, or allow it by --remote"
    )


class ImageFolder:
    """Writes images below `out`/images, taken from rows, from `root`, or from the network."""

    def __init__(self, out: Path, root: Path, fetch: Fetch = refuse_remote) -> None:
        self._out = out
        self._root = root.resolve()
        self._fetch = fetch
        self._known: OrderedDict[bytes, str] = OrderedDict()
        self.written = 0

    def store(self, picture: Picture) -> str:
        """Name an image from the data set's folder, where it then is.

        Raises:
            RefusedRow: it is missing, too large, broken, or lies where it must not.
        """
        content = self._content(picture)
        if len(content) > LARGEST_PICTURE:
            raise RefusedRow("image_too_large", f"a picture has {len(content):,} bytes")
        key = sha256(content).digest()
        name = self._known.get(key)
        if name is None:
            name = self._written(*normalised(content))
            self._known[key] = name
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return name

    def _content(self, picture: Picture) -> bytes:
        match picture:
            case Inline(content):
                return content
            case InFolder(path):
                return _read_below(self._root, path)
            case Remote(url):
                return self._fetch(url, LARGEST_PICTURE)

    def _written(self, content: bytes, ending: str) -> str:
        digest = sha256(content).hexdigest()
        name = f"images/{digest[:2]}/{digest}.{ending}"
        path = self._out / name
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            self.written += 1
        return name


def normalised(content: bytes) -> tuple[bytes, str]:
    """A still RGB image as a file's content and the end of its name.

    Orientation is applied, transparency laid over white, 16 bits and other colour spaces brought
    to 8 bits of RGB, and of an animation the first frame is taken. What needs none of that stays
    as it came.

    Raises:
        RefusedRow: it has too many pixels, or does not decode.
    """
    try:
        with warnings.catch_warnings(), Image.open(BytesIO(content), formats=READ_FORMATS) as image:
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            if image.width * image.height > MOST_PIXELS:
                raise RefusedRow(
                    "image_too_large", f"a picture has {image.width} by {image.height} pixels"
                )
            image.load()
            if _is_plain(image):
                return content, FORMATS[str(image.format)]
            return _as_png(_in_rgb(ImageOps.exif_transpose(image))), "png"
    except RefusedRow:
        raise
    except Image.DecompressionBombError as error:
        raise RefusedRow("image_too_large", f"a picture has too many pixels: {error}") from error
    # Decoders of damaged files raise what they like, and one picture must not end an import.
    except Exception as error:
        raise RefusedRow("image_broken", f"a picture does not decode: {error}") from error


def _is_plain(image: Image.Image) -> bool:
    return (
        image.format in FORMATS
        and image.mode == "RGB"
        and "transparency" not in image.info
        and getattr(image, "n_frames", 1) == 1
        and image.getexif().get(_ORIENTATION, 1) == 1
    )


def _in_rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):
        return _of_16_bits(image)
    if image.mode == "F":
        raise RefusedRow("image_broken", "a picture of floating-point numbers has no known range")
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        white = Image.new("RGBA", layer.size, "white")
        return Image.alpha_composite(white, layer).convert("RGB")
    return image.convert("RGB")


def _of_16_bits(image: Image.Image) -> Image.Image:
    """The upper 8 of 16 bits; Pillow by itself would cut everything bright off."""
    values = np.asarray(image)
    if values.min() < 0 or values.max() > 0xFFFF:
        raise RefusedRow("image_broken", "a picture has more than 16 bits to a pixel")
    return Image.fromarray((values >> 8).astype(np.uint8)).convert("RGB")


def _as_png(image: Image.Image) -> bytes:
    file = BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def _read_below(root: Path, name: str) -> bytes:
    """The bytes of an ordinary file below the root, which no symlink leads to."""
    parts = PurePosixPath(name).parts
    if (
        "\0" in name or "\\" in name or ".." in parts
        or PurePosixPath(name).is_absolute() or PureWindowsPath(name).drive
    ):  # fmt: skip
        message = f"{name[:200]!r} leaves the folder of pictures; name it from there, see --images"
        raise RefusedRow("image_outside", message)
    path = os.path.join(root, *parts)
    try:
        if os.path.realpath(path) != path:
            raise RefusedRow(
                "image_outside", f"{name[:200]!r} goes through a symlink; copy the file"
            )
        return _read_ordinary(path, name)
    except OSError as error:
        reason = error.strerror or str(error)
        raise RefusedRow("image_missing", f"{name[:200]!r} cannot be read: {reason}") from error


def _read_ordinary(path: str, name: str) -> bytes:
    # Without waiting, so that a pipe of this name could not hold the import up for ever.
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with open(descriptor, "rb") as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode):
            raise RefusedRow("image_outside", f"{name[:200]!r} is no ordinary file")
        if found.st_size > LARGEST_PICTURE:
            raise RefusedRow("image_too_large", f"{name[:200]!r} has {found.st_size:,} bytes")
        return file.read()
