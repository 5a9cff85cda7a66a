"""Data sets of any length in every format that is imported, with one broken row in a hundred.

There are `PICTURES` distinct pictures, however many rows there are.
"""

from __future__ import annotations

import json
import struct
import zlib
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import pyarrow
from PIL import Image
from pyarrow.parquet import ParquetWriter

PICTURES = 64
BROKEN_EVERY = 100

Row = dict[str, Any]
Container = Literal["json", "jsonl", "parquet"]

RESPONSE = (
    "<caption>\n- a square\n</caption>\n<think>\nit is {0}\n</think>\n<answer>\n{0}\n</answer>"
)
STRUCT = pyarrow.struct([("bytes", pyarrow.binary()), ("path", pyarrow.string())])


def png(number: int) -> bytes:
    """One of the small pictures."""
    file = BytesIO()
    colour = (number * 37 % 256, number * 91 % 256, number)
    Image.new("RGB", (16, 16), colour).save(file, "PNG")
    return file.getvalue()


def bomb(side: int = 60_000) -> bytes:
    """A PNG of a few hundred bytes whose header claims billions of pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0" * 10_000)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    )


BROKEN: list[tuple[str, str | None, str | None]] = [
    ("wrong_shape", None, None),
    ("unreadable_text", "nothing\0", None),
    ("image_outside", "", "../../etc/passwd"),
    ("image_remote", "", "http://127.0.0.1:9/x.png"),
    ("image_missing", "", "images/none.png"),
    ("image_broken", "", "images/truncated.png"),
    ("image_too_large", "", "images/bomb.png"),
]
"""The reason, the question, and the picture's path, that a broken row has in place of its own."""


@dataclass(frozen=True)
class Format:
    """How a format writes one row, given its number, its question and its picture's cell."""

    container: Container
    row: Callable[[int, str | None, Any], Row]
    cell: Literal["path", "url", "struct"] = "path"
    schema: pyarrow.Schema | None = None

    def rows(self, count: int) -> Iterator[Row]:
        for number in range(count):
            if number % BROKEN_EVERY != BROKEN_EVERY - 1:
                yield self.row(number, f"Number {number}?", self._picture(number % PICTURES))
                continue
            _, question, path = BROKEN[number // BROKEN_EVERY % len(BROKEN)]
            cell = self._broken(path) if path else self._picture(0)
            yield self.row(number, f"Number {number}?" if question == "" else question, cell)

    def _picture(self, number: int) -> Any:
        if self.cell == "path":
            return f"images/{number}.png"
        return _url(png(number)) if self.cell == "url" else {"bytes": png(number), "path": None}

    def _broken(self, path: str) -> Any:
        return {"bytes": None, "path": path} if self.cell == "struct" else path


def write(format: Format, folder: Path, count: int) -> Path:
    """Write so many rows into a file of the folder, beside it the pictures that they name."""
    (folder / "images").mkdir(parents=True)
    for number in range(PICTURES):
        (folder / "images" / f"{number}.png").write_bytes(png(number))
    (folder / "images" / "truncated.png").write_bytes(png(0)[:-30])
    (folder / "images" / "bomb.png").write_bytes(bomb())
    file = folder / f"data.{format.container}"
    WRITERS[format.container](file, format.rows(count), format.schema)
    return file


def expected(count: int) -> dict[str, int]:
    """How many rows are broken, by reason."""
    broken = (BROKEN[n // BROKEN_EVERY % len(BROKEN)][0] for n in range(99, count, BROKEN_EVERY))
    return dict(Counter(broken))


def write_array(file: Path, rows: Iterable[Row], schema: object = None) -> None:
    with file.open("w") as stream:
        for number, row in enumerate(rows):
            stream.write(("[\n" if number == 0 else ",\n") + json.dumps(row, indent=1))
        stream.write("\n]\n")


def write_lines(file: Path, rows: Iterable[Row], schema: object = None) -> None:
    with file.open("w") as stream:
        stream.writelines(json.dumps(row) + "\n" for row in rows)


def write_parquet(file: Path, rows: Iterable[Row], schema: pyarrow.Schema | None) -> None:
    assert schema is not None
    remaining = iter(rows)
    with ParquetWriter(file, schema) as writer:
        while some := list(islice(remaining, 1000)):
            writer.write_table(pyarrow.Table.from_pylist(some, schema=schema))


WRITERS: dict[str, Callable[[Path, Iterable[Row], Any], None]] = {
    "json": write_array,
    "jsonl": write_lines,
    "parquet": write_parquet,
}


def _url(content: bytes) -> str:
    return f"data:image/png;base64,{b64encode(content).decode()}"


def _question(text: str | None) -> str | None:
    return text and f"<image>\n{text}"


def _sharegpt(number: int, question: str | None, picture: Any) -> Row:
    said = [("user", _question(question)), ("assistant", f"It is {number}.")]
    messages = [{"role": role, "content": content} for role, content in said]
    return {"messages": messages, "images": [picture]}


def _llava(number: int, question: str | None, picture: Any) -> Row:
    said = [("human", _question(question)), ("gpt", f"It is {number}.")]
    turns = [{"from": who, "value": value} for who, value in said]
    return {"id": f"llava-{number}", "image": picture, "conversations": turns}


def _trl(number: int, question: str | None, picture: Any) -> Row:
    parts = [{"type": "image"}, {"type": "text", "text": question}]
    completion = [{"role": "assistant", "content": [{"type": "text", "text": f"{number}."}]}]
    prompt = [{"role": "user", "content": parts}]
    return {"prompt": prompt, "completion": completion, "images": [picture]}


def _easyr1(number: int, question: str | None, picture: Any) -> Row:
    return {"problem": _question(question), "answer": str(number), "images": [picture]}


def _verl(number: int, question: str | None, picture: Any) -> Row:
    response = RESPONSE.format(number)
    return {
        "data_source": "mm_gad",
        "prompt": [
            {"role": "system", "content": "Answer in three blocks."},
            {"role": "user", "content": _question(question)},
        ],
        "images": [picture],
        "reward_model": {"ground_truth": str(number), "style": "rule"},
        "extra_info": {"split": "train", "index": number},
        "teacher_response": response,
        "teacher_caption": response.partition("<think>")[0],
        "teacher_cot": "<think>" + response.partition("<think>")[2],
    }


def _prism_sft(number: int, question: str | None, picture: Any) -> Row:
    row = _sharegpt(number, question, picture)
    row["messages"][1]["content"] = RESPONSE.format(number)
    return row


def _prism_warmup(number: int, question: str | None, picture: Any) -> Row:
    return {
        "id": number,
        "image": picture,
        "question": question,
        "teacher_caption": "- a square",
        "teacher_cot": f"<think>it is {number}</think><answer>{number}</answer>",
        "student_caption": "- a circle",
        "student_cot": f"<think>a guess</think><answer>{number + 1}</answer>",
    }


def _openai(number: int, question: str | None, picture: Any) -> Row:
    image = {"type": "image_url", "image_url": {"url": picture}}
    content = [image, {"type": "text", "text": question}]
    said = [("user", content), ("assistant", f"It is {number}.")]
    return {"messages": [{"role": role, "content": content} for role, content in said]}


def _hugging_face(number: int, question: str | None, picture: Any) -> Row:
    return {
        "question": question,
        "image": picture,
        "choices": ["zero", str(number), "none"],
        "answer": "B",
    }


_MESSAGES = pyarrow.list_(
    pyarrow.struct([("role", pyarrow.string()), ("content", pyarrow.string())])
)

FORMATS: dict[str, Format] = {
    "sharegpt": Format("json", _sharegpt),
    "llava": Format("json", _llava),
    "trl": Format("jsonl", _trl),
    "easyr1": Format(
        "parquet",
        _easyr1,
        "struct",
        pyarrow.schema(
            [
                ("problem", pyarrow.string()),
                ("answer", pyarrow.string()),
                ("images", pyarrow.list_(STRUCT)),
            ]
        ),
    ),
    "verl": Format(
        "parquet",
        _verl,
        "struct",
        pyarrow.schema(
            [
                ("data_source", pyarrow.string()),
                ("prompt", _MESSAGES),
                ("images", pyarrow.list_(STRUCT)),
                (
                    "reward_model",
                    pyarrow.struct(
                        [("ground_truth", pyarrow.string()), ("style", pyarrow.string())]
                    ),
                ),
                (
                    "extra_info",
                    pyarrow.struct([("split", pyarrow.string()), ("index", pyarrow.int64())]),
                ),
                ("teacher_response", pyarrow.string()),
                ("teacher_caption", pyarrow.string()),
                ("teacher_cot", pyarrow.string()),
            ]
        ),
    ),
    "prism-sft": Format("json", _prism_sft),
    "prism-warmup": Format("jsonl", _prism_warmup),
    "openai": Format("jsonl", _openai, "url"),
    "huggingface": Format(
        "parquet",
        _hugging_face,
        "struct",
        pyarrow.schema(
            [
                ("question", pyarrow.string()),
                ("image", STRUCT),
                ("choices", pyarrow.list_(pyarrow.string())),
                ("answer", pyarrow.string()),
            ]
        ),
    ),
}
