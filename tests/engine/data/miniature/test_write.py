import json

import pytest

from prism_engine.data.miniature.write import distinct_problems, write_world
from prism_engine.data.records import read_data
from prism_engine.data.response import parse_response

SPLITS = ("readout", "public", "curated", "questions", "validation", "test", "curated-sft")


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("world")
    write_world(folder, seed=3, size="small")
    return folder


def test_the_engine_reads_every_data_set(world):
    rows = {name: len(read_data(world / name)) for name in SPLITS}
    assert rows == {
        "readout": 128, "public": 128, "curated": 64, "questions": 64, "validation": 32, "test": 32,
        "curated-sft": 64,
    }  # fmt: skip


def test_no_two_data_sets_share_a_problem(world):
    keys = [
        record.metadata["key"] for name in SPLITS[1:] for record in read_data(world / name).records
    ]
    assert len(keys) == len(set(keys)) == 384


def test_only_questions_come_without_demonstrations(world):
    for name in SPLITS[1:]:
        for record in read_data(world / name).records:
            assert (record.response is None) == (name == "questions")
            assert record.answer is not None


def test_the_base_reads_out_every_cell_in_order_or_describes_and_counts(world):
    asked = {"Read": 0, "Count": 0}
    for record in read_data(world / "readout").records:
        question, answer = (message.content for message in record.messages)
        asked[question.split()[0]] += 1
        if question == "Read":
            lines = answer.split("\n- ")[1:]
            assert [line.split()[0] for line in lines] == [c + r for r in "123" for c in "abc"]
        else:
            attribute = question.removeprefix("Count ")
            sections = parse_response(answer)
            facts = [line.split() for line in sections.caption.splitlines() if line]
            assert int(sections.answer) == sum(attribute in fact for fact in facts)
    assert min(asked.values()) > 40


def test_the_same_seed_writes_the_same_bytes(world, tmp_path):
    write_world(tmp_path, seed=3, size="small")
    for path in sorted(world.rglob("*")):
        if path.is_file():
            assert (tmp_path / path.relative_to(world)).read_bytes() == path.read_bytes(), path


def test_another_seed_writes_other_problems(world, tmp_path):
    write_world(tmp_path, seed=4, size="small")
    keys = {
        json.loads(line)["metadata"]["key"]
        for folder in (world, tmp_path)
        for line in (folder / "test" / "data.jsonl").read_text("utf-8").splitlines()
    }
    assert len(keys) == 64


def test_families_take_turns():
    problems = distinct_problems(["counting", "chart", "composed"], seed=0)
    assert [next(problems).family for _ in range(4)] == [
        "counting",
        "chart",
        "composed",
        "counting",
    ]
