from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

from PIL import Image

from prism_engine.contract.shape import Shape
from prism_engine.policy.policy import Policy
from tests.engine.tiny import save_tiny_model


def inspect(*arguments: str | Path) -> tuple[int, dict]:
    process = subprocess.run(
        [sys.executable, "-m", "prism_engine", *map(str, arguments)],
        capture_output=True,
        check=False,
    )
    return process.returncode, json.loads(process.stdout)


def write_data(folder: Path) -> Path:
    Image.new("RGB", (8, 8), "red").save(folder / "red.png")
    row = {"id": "a", "images": ["red.png"], "question": "What colour?"}
    response = "<caption>- red</caption><think>red</think><answer>red</answer>"
    rows = [
        row,
        {**row, "id": "b", "answer": {"type": "text", "value": "red"}, "response": response},
    ]
    (folder / "data.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows), "utf-8")
    return folder


def test_data_is_counted_and_shown(tmp_path: Path) -> None:
    code, found = inspect("data", "inspect", write_data(tmp_path))

    assert code == 0
    assert [found[k] for k in ("rows", "images", "demonstrations", "answers")] == [2, 1, 1, 1]
    assert [row["id"] for row in found["preview"]] == ["a", "b"]


def test_the_fingerprint_is_of_rows_and_images(tmp_path: Path) -> None:
    before = inspect("data", "inspect", write_data(tmp_path))[1]["fingerprint"]
    (tmp_path / "copy").mkdir()
    again = inspect("data", "inspect", write_data(tmp_path / "copy"))[1]["fingerprint"]
    Image.new("RGB", (8, 8), "blue").save(tmp_path / "red.png")
    after = inspect("data", "inspect", tmp_path)[1]["fingerprint"]

    assert before == again
    assert before != after


def test_data_that_cannot_be_used_is_refused_by_name(tmp_path: Path) -> None:
    write_data(tmp_path)
    (tmp_path / "red.png").write_bytes(b"no image")
    with (tmp_path / "data.jsonl").open("a") as file:
        file.write(json.dumps({"id": "c", "question": "q", "response": "just red"}) + "\n")
        gold = {"type": "expression", "value": "x or y"}
        file.write(json.dumps({"id": "d", "question": "q", "answer": gold}) + "\n")

    code, found = inspect("data", "inspect", tmp_path)

    assert code == 2
    fields = [problem["field"] for problem in found["problems"]]
    assert fields == ["a.images.0", "b.images.0", "c.response", "d.answer"]
    assert found["problems"][2]["message"].endswith(": missing caption (character 8)")


def test_a_model_is_named_and_counted(
    tiny_folder: Path, tiny_policy: Policy, tmp_path: Path
) -> None:
    code, found = inspect("model", "inspect", tiny_folder)

    assert code == 0
    assert found["architecture"] == "Qwen3VLForConditionalGeneration"
    assert found["model_type"] == "qwen3_vl"
    assert found["parameters"] == sum(p.numel() for p in tiny_policy.model.parameters())
    assert Shape.model_validate(found["shape"]).parameters == found["parameters"]

    shutil.copyfile(tiny_folder / "config.json", tmp_path / "config.json")
    code, found = inspect("model", "inspect", tmp_path)
    assert code == 2
    assert "no weights in *.safetensors" in found["problems"][0]["message"]


def test_the_shape_of_another_family_is_left_open(tmp_path: Path) -> None:
    code, found = inspect("model", "inspect", save_tiny_model(tmp_path, family="qwen2_5_vl"))
    assert (code, found["model_type"], found["shape"]) == (0, "qwen2_5_vl", None)


def test_a_model_without_an_architecture_is_refused(tiny_folder: Path, tmp_path: Path) -> None:
    shutil.copyfile(tiny_folder / "model.safetensors", tmp_path / "model.safetensors")
    (tmp_path / "config.json").write_text("{}")
    code, found = inspect("model", "inspect", tmp_path)
    assert code == 2
    assert "names no architectures" in found["problems"][0]["message"]
