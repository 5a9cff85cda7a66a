import json

import pyarrow
import pytest
from PIL import Image
from pyarrow import parquet

from prism_engine.__main__ import main
from prism_engine.benchmarks import BENCHMARKS, PUBLISHED, benchmark_of
from prism_engine.benchmarks.benchmark import Outcome
from prism_engine.benchmarks.mathvista import MathVista
from prism_engine.benchmarks.published import Split, miscounts, write_benchmark
from prism_engine.contract.metrics import METRICS
from prism_engine.data.records import Record
from prism_engine.errors import InvalidData
from tests.engine.benchmarks.published import measures, written
from tests.engine.benchmarks.test_mathvista import ROWS, row


def test_rows_name_their_benchmark(tmp_path):
    data = written(MathVista(), ROWS, tmp_path)

    assert benchmark_of(data.records) is BENCHMARKS["mathvista"]
    assert {name: benchmark.key for name, benchmark in PUBLISHED.items()} == {
        name: name for name in PUBLISHED
    }


def test_half_a_download_is_not_the_benchmark(tmp_path):
    with pytest.raises(InvalidData, match="rows: there are 6, and its authors have 1000"):
        written(MathVista(), ROWS, tmp_path, part=False)
    assert not (tmp_path / "out" / "data.jsonl").exists()


def test_counts_of_values_and_of_groups_are_asserted():
    records = [Record(id=str(n), question="q", metadata={"g": n % 2, "k": "x"}) for n in range(4)]
    right = Split(files=(), rows=4, counts={"k": {"x": 4}}, distinct={"g": 2})
    wrong = Split(files=(), rows=4, counts={"k": {"x": 3, "y": 1}}, distinct={"g": 3})

    assert miscounts(records, right) == []
    assert [problem.field for problem in miscounts(records, wrong)] == ["k=x", "k=y", "g"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"image": "../figure.png"}, "is no file in"),
        ({"image": "missing.png"}, "is no file in"),
        ({"image": "testmini.json"}, "no image that can be decoded"),
        ({"pid": None, "query": None, "metadata": {}}, None),
    ],
)
def test_images_stay_in_their_folder(tmp_path, change, message):
    rows = [row("1", "7") | change]
    if message is None:
        del rows[0]["query"]
        message = "row 1: the published files have a field 'query' here, and this row has none"
    with pytest.raises(InvalidData, match=message):
        written(MathVista(), rows, tmp_path)


def test_parquet_of_the_hub_with_images_inside(tmp_path):
    Image.new("RGB", (8, 4), "red").save(tmp_path / "red.png")
    inside = {"bytes": (tmp_path / "red.png").read_bytes(), "path": None}
    (tmp_path / "data").mkdir()
    table = pyarrow.Table.from_pylist([row("1", "7", decoded_image=inside)])
    parquet.write_table(table, tmp_path / "data" / "testmini-00000-of-00001.parquet")

    write_benchmark(
        MathVista(), str(tmp_path), tmp_path / "out", split="testmini", style="plain", part=True
    )

    (line,) = (tmp_path / "out" / "data.jsonl").read_text().splitlines()
    (name,) = json.loads(line)["images"]
    assert Image.open(tmp_path / "out" / name).size == (8, 4)


def test_every_part_is_over_a_declared_metric(tmp_path):
    records = written(MathVista(), ROWS, tmp_path).records
    found = MathVista().breakdown([Outcome(record, right=True) for record in records])

    assert measures(found) <= METRICS.keys()


def test_a_data_set_is_made_on_the_command_line(tmp_path, capsys):
    written(MathVista(), ROWS, tmp_path)
    command = ["data", "benchmark", "mathvista", str(tmp_path), "--out", str(tmp_path / "again")]

    assert main([*command, "--style", "plain", "--part"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "benchmark": "mathvista", "split": "testmini", "style": "plain", "rows": 6,
    }  # fmt: skip
    assert main([*command, "--split", "dev"]) == 2
    assert "there is no split dev; name one of: testmini, test" in capsys.readouterr().err
    assert main([*command, "--part"]) == 2
    assert "already holds a data set" in capsys.readouterr().err
