from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from prism_engine.__main__ import main
from prism_engine.data.importers import IMPORTERS, importer_named
from prism_engine.data.importers.ingest import Report, import_data, recognise
from prism_engine.data.importers.source import find_source
from prism_engine.data.inspect import inspect_data
from prism_engine.data.records import Record, read_data
from prism_engine.errors import InvalidData
from tests.engine.data.importers.generated import FORMATS, expected, png, write, write_lines

Row = dict[str, Any]
FORM = "<caption>- a</caption><think>b</think><answer>c</answer>"
ASKED = [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]


def taken(folder: Path, format: str, *rows: Row, **options: Any) -> tuple[list[Record], Report]:
    """What is imported of some rows, beside which lies one picture, a.png."""
    folder.mkdir(exist_ok=True)
    (folder / "a.png").write_bytes(png(1))
    write_lines(folder / "rows.jsonl", rows)
    source = find_source(str(folder / "rows.jsonl"), **options)
    out = folder / f"out-{len(list(folder.iterdir()))}"
    report = import_data(source, out, importer_named(format, source.layout))
    return read_data(out).records, report


def _refused(location: str, **options: Any) -> InvalidData:
    with pytest.raises(InvalidData) as refused:
        recognise(find_source(location, **options))
    return refused.value


def test_every_format_is_generated() -> None:
    assert list(FORMATS) == list(IMPORTERS)


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_is_recognised_and_its_broken_rows_are_quarantined(
    name: str, tmp_path: Path
) -> None:
    file = write(FORMATS[name], tmp_path / "source", 700)
    source = find_source(str(file))
    assert recognise(source) == name

    report = import_data(source, tmp_path / "out", importer_named(name, source.layout))
    assert report.quarantined == expected(700)
    assert (report.rows, report.imported, report.images) == (700, 693, 64)
    lines = (tmp_path / "out" / "quarantine.jsonl").read_text().splitlines()
    assert [json.loads(line)["row"] for line in lines] == [100, 200, 300, 400, 500, 600, 700]
    assert json.loads((tmp_path / "out" / "import.json").read_text()) == report.as_json()

    found = inspect_data(tmp_path / "out")
    assert (found["rows"], found["images"]) == (693, 64)
    graded = {"easyr1", "verl", "huggingface"}
    assert found["answers"] == (693 if name in graded else 0)
    shown = {"verl", "prism-sft", "prism-warmup"}
    assert found["demonstrations"] == (693 if name in shown else 0)


def test_llama_factory_names_columns_and_speakers_itself(tmp_path: Path) -> None:
    tags = {"role_tag": "who", "content_tag": "says", "user_tag": "me", "assistant_tag": "it"}
    columns = {"messages": "talk", "images": "seen", "system": "rules"}
    entry = {"file_name": "rows.jsonl", "columns": columns, "tags": tags}
    (tmp_path / "dataset_info.json").write_text(json.dumps({"mine": entry}))
    talk = [{"who": "me", "says": "<image>q"}, {"who": "it", "says": "a"}]
    row = {"talk": talk, "seen": ["a.png"], "rules": "Be brief."}

    (record,), _ = taken(tmp_path, "sharegpt", row)
    assert record.messages is not None
    assert [(turn.role, turn.content) for turn in record.messages] == [
        ("user", "q"),
        ("assistant", "a"),
    ]
    assert (record.metadata, len(record.images)) == ({"system": "Be brief."}, 1)
    assert recognise(find_source(str(tmp_path), dataset="mine")) == "sharegpt"


def test_trl_takes_texts_parts_and_golds(tmp_path: Path) -> None:
    parts = [{"type": "image"}, {"type": "text", "text": "q"}]
    records, _ = taken(
        tmp_path,
        "trl",
        {"prompt": "q", "completion": "a"},
        {"prompt": [{"role": "user", "content": "q"}], "images": ["a.png"], "solution": "3/4"},
        {"messages": [{"role": "user", "content": parts}, ASKED[1]], "image": "a.png"},
    )
    assert [record.question for record in records] == ["q", "q", "q"]
    assert [len(record.images) for record in records] == [0, 1, 1]
    assert [record.messages is not None for record in records] == [True, False, True]
    assert records[1].answer is not None
    assert (records[1].answer.type, records[1].answer.value) == ("decimal", "3/4")


def test_verl_takes_the_teacher_whole_or_in_sections(tmp_path: Path) -> None:
    row = {"prompt": ASKED[:1], "data_source": "mm_gad", "answer": "7"}
    sections = {"teacher_caption": "- a", "teacher_cot": "<think>b</think><answer>7</answer>"}
    records, report = taken(
        tmp_path,
        "verl",
        row,
        row | {"teacher_response": FORM},
        row | sections,
        row | sections | {"teacher_cot": "<think>b"},
        row | {"reward_model": {"ground_truth": "8"}},
    )
    assert [record.response for record in records] == [
        None,
        FORM,
        "<caption>\n- a\n</caption>\n<think>b</think><answer>7</answer>",
        None,
    ]
    assert [record.answer and record.answer.value for record in records] == [7, 7, 7, 8]
    assert records[0].metadata == {"data_source": "mm_gad"}
    assert report.quarantined == {"demonstration": 1}


def test_warm_up_pairs_need_both_sides(tmp_path: Path) -> None:
    row = {
        "question": "q",
        "teacher_caption": "- a",
        "teacher_cot": FORM.partition("</caption>")[2],
    }
    student = {"student_caption": "<caption>- x</caption>", "student_cot": "<think>y"}
    (record,), report = taken(
        tmp_path, "prism-warmup", row | student, row | {"student_caption": ""}
    )
    assert record.rollouts == ["<caption>- x</caption>\n<think>y"]
    assert record.response is not None
    assert report.quarantined == {"wrong_shape": 1}


def test_openai_refuses_what_a_policy_cannot_say(tmp_path: Path) -> None:
    audio = [{"type": "input_audio", "input_audio": {"data": ""}}]
    records, report = taken(
        tmp_path,
        "openai",
        {"messages": [{"role": "developer", "content": "Be brief."}, *ASKED]},
        {"messages": [{"role": "user", "content": audio}, ASKED[1]]},
        {"messages": [*ASKED, {"role": "tool", "content": "x"}]},
        {"messages": ASKED, "tools": [{"type": "function"}]},
        {"messages": [{"role": "user", "content": "a literal <image>"}, ASKED[1]]},
    )
    assert records[0].metadata == {"system": "Be brief."}
    assert report.quarantined == {"unsupported": 3, "placeholders": 1}


def test_columns_are_named_by_the_caller(tmp_path: Path) -> None:
    columns = {"problem": "ask", "answer": "truth", "images": "shown"}
    row = {"ask": "Is <image> it?", "truth": "B", "shown": "a.png"}
    (record,), _ = taken(tmp_path, "easyr1", row, columns=columns)
    assert (record.question, len(record.images)) == ("Is <image> it?", 1)
    assert record.answer is not None
    assert record.answer.type == "choice"


def test_an_id_that_is_taken_is_told_apart(tmp_path: Path) -> None:
    records, report = taken(
        tmp_path, "trl", *({"id": "x", "prompt": "q", "completion": "a"} for _ in range(2)),
        {"prompt": "q", "completion": "a"},
    )  # fmt: skip
    assert [record.id for record in records] == ["x", "x~rows-2", "rows-3"]
    assert report.renamed == 1


def test_splits_are_chosen_and_kept(tmp_path: Path) -> None:
    for split, rows in (("train", 2), ("test", 1)):
        write_lines(tmp_path / f"{split}-00000.jsonl", [{"problem": "q", "answer": "1"}] * rows)
    for location, splits in (
        (tmp_path, ["test", "train", "train"]),
        (f"{tmp_path}@test", ["test"]),
    ):
        source = find_source(str(location))
        out = tmp_path.parent / f"out-{len(splits)}"
        import_data(source, out, importer_named("easyr1", source.layout))
        assert [record.metadata["split"] for record in read_data(out).records] == splits
    assert inspect_data(tmp_path.parent / "out-3")["splits"] == {"test": 1, "train": 2}
    with pytest.raises(InvalidData, match="no files of the split dev"):
        find_source(f"{tmp_path}@dev")


def test_an_unclear_format_is_said_to_be_so(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    write_lines(file, [{"messages": ASKED}])
    assert "look like sharegpt and like trl; choose by --format" in str(_refused(str(file)))
    write_lines(file, [{"a": 1, "b": 2}])
    assert "no format is known by the columns a, b; choose by --format" in str(_refused(str(file)))
    assert "there is no file or folder" in str(_refused(str(tmp_path / "none")))


def test_the_command_reports_and_ends_with_a_status(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(FORMATS["llava"], tmp_path / "source", 200)
    command = ["data", "import", str(file), "--out", str(tmp_path / "out")]
    assert main([*command, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["imported"] == 198
    assert main([*command, "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["problems"][0]["field"] == "out"
    assert main([*command[:4], str(tmp_path / "b"), "--format", "lava"]) == 2
    assert "there is no format lava; it is one of sharegpt" in capsys.readouterr().err

    file.write_text(file.read_text()[:5000])
    assert main([*command[:4], str(tmp_path / "c")]) == 1
    assert "damaged_file     1" in capsys.readouterr().out
    write_lines(tmp_path / "bad.jsonl", [{"problem": 1, "answer": "2"}])
    assert main(["data", "import", str(tmp_path / "bad.jsonl"), "--out", str(tmp_path / "d"),
                 "--format", "easyr1"]) == 2  # fmt: skip
    assert "none of 1 rows could be used" in capsys.readouterr().err
    assert not (tmp_path / "d" / "data.jsonl").exists()
