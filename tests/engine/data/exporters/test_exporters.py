from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet
import pytest

from prism_engine.__main__ import main
from prism_engine.data.exporters import EXPORTERS, export_data
from prism_engine.data.importers import importer_named
from prism_engine.data.importers.ingest import import_data, recognise
from prism_engine.data.importers.source import find_source
from prism_engine.data.records import Record, read_data
from prism_engine.errors import InvalidData
from tests.engine.data.importers.generated import FORMATS, png, write, write_lines

FORM = "<caption>- a</caption><think>b</think><answer>12 cm</answer>"
TALK = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "<image>a"},
    {"role": "assistant", "content": "b"},
    {"role": "user", "content": "c"},
    {"role": "assistant", "content": "d"},
]


def taken(location: Path, out: Path, format: str) -> list[Record]:
    source = find_source(str(location))
    assert import_data(source, out, importer_named(format, source.layout)).quarantined == {}
    return read_data(out).records


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Records of every kind: graded, demonstrated, spoken, with images in place and without."""
    source = tmp_path / "source"
    source.mkdir()
    for number in range(3):
        (source / f"{number}.png").write_bytes(png(number))
    rows = [
        {"prompt": TALK[1:2], "data_source": "mm", "images": ["0.png"], "answer": "12 cm",
         "teacher_response": FORM, "extra_info": {"split": "train"}},
        {"prompt": [TALK[0], {"role": "user", "content": "Is <image> in <image>?"}],
         "data_source": "mm", "images": ["1.png", "2.png"], "answer": "{1, 2}"},
        {"prompt": TALK[:4], "data_source": "mm", "images": ["0.png"], "teacher_response": "d"},
        {"prompt": TALK[3:4], "data_source": "mm", "answer": "B", "teacher_response": "plainly"},
    ]  # fmt: skip
    write_lines(source / "rows.jsonl", rows)
    taken(source / "rows.jsonl", tmp_path / "data", "verl")
    return tmp_path / "data"


@pytest.mark.parametrize("format", EXPORTERS)
def test_what_goes_out_comes_back_the_same(format: str, data: Path, tmp_path: Path) -> None:
    records = read_data(data).records
    assert [record.messages is not None for record in records] == [False, False, True, True]
    assert export_data(data, tmp_path / "sent", format) == 4
    back = taken(tmp_path / "sent", tmp_path / "back", format)
    assert back == records
    for name in {image for record in records for image in record.images}:
        assert (tmp_path / "back" / name).read_bytes() == (data / name).read_bytes()


@pytest.mark.parametrize("format", EXPORTERS)
def test_pairs_come_back_with_their_rollouts(format: str, tmp_path: Path) -> None:
    file = write(FORMATS["prism-warmup"], tmp_path / "source", 99)
    records = taken(file, tmp_path / "data", "prism-warmup")
    export_data(tmp_path / "data", tmp_path / "sent", format)
    assert recognise(find_source(str(tmp_path / "sent"))) == (
        "verl" if format == "verl" else "prism-sft"
    )
    back = taken(tmp_path / "sent", tmp_path / "back", format)
    assert back == records
    assert all(record.rollouts for record in back)


def test_llama_factory_finds_what_it_looks_for(data: Path, tmp_path: Path) -> None:
    export_data(data, tmp_path / "sent", "sharegpt")
    described = json.loads((tmp_path / "sent" / "dataset_info.json").read_text())["sent"]
    rows = json.loads((tmp_path / "sent" / described["file_name"]).read_text())
    for row in rows:
        text = "".join(turn["content"] for turn in row[described["columns"]["messages"]])
        assert text.count("<image>") == len(row["images"])
        assert all((tmp_path / "sent" / name).is_file() for name in row["images"])
    assert rows[0]["messages"][0] == {"role": "user", "content": "<image>\na"}
    assert rows[1]["system"] == "Be brief."


def test_verl_finds_prompts_images_and_truth(data: Path, tmp_path: Path) -> None:
    export_data(data, tmp_path / "sent", "verl")
    rows = pyarrow.parquet.read_table(tmp_path / "sent" / "data.parquet").to_pylist()
    assert rows[0]["prompt"] == [{"role": "user", "content": "<image>\na"}]
    assert [image["bytes"] for image in rows[0]["images"]] == [png(0)]
    assert rows[0]["reward_model"] == {"ground_truth": "12 cm", "style": "rule"}
    assert rows[0]["teacher_caption"] == "<caption>- a</caption>"
    assert rows[0]["teacher_cot"] == "<think>b</think><answer>12 cm</answer>"
    assert [row["teacher_response"] for row in rows] == [FORM, None, "d", "plainly"]


def test_what_cannot_be_written_is_refused(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["data", "export", str(data), "--out", str(tmp_path / "sent"), "--format"]
    assert main([*command, "verl"]) == 0
    assert "4 rows" in capsys.readouterr().out
    assert main([*command, "verl"]) == 2
    assert "is not empty" in capsys.readouterr().err
    (data / "data.jsonl").write_text('{"id": "a", "question": "q", "images": ["../x.png"]}\n')
    with pytest.raises(InvalidData, match="lies outside the data set's folder"):
        export_data(data, tmp_path / "other", "sharegpt")
