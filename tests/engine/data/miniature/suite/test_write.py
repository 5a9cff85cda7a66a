from collections import Counter

import pytest

from prism_engine.benchmarks import BENCHMARKS
from prism_engine.benchmarks.benchmark import Outcome
from prism_engine.data.miniature.scene import seeded
from prism_engine.data.miniature.suite import SUITE
from prism_engine.data.miniature.suite.geometry import VERSIONS
from prism_engine.data.miniature.suite.write import (
    LEARNED,
    first_rows,
    groups,
    hasty_row,
    question_row,
    write_rows,
    write_suite,
)
from prism_engine.data.miniature.vocabulary import SUITE_WORDS, UNKNOWN, WORDS
from prism_engine.data.records import read_data
from prism_engine.data.response import parse_response
from prism_engine.policy.processor import Processor


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("suite")
    write_suite(folder, seed=3, size="small")
    return folder


def test_the_engine_reads_every_data_set(world):
    for name in (*SUITE, *LEARNED):
        data = read_data(world / name)
        fewest = 24 if name in SUITE else LEARNED[name][0]["small"]
        assert fewest <= len(data) < fewest + 5
        assert all(data.images(record) or not record.images for record in data.records)


def test_no_two_data_sets_share_a_state(world):
    states = Counter()
    for name in (*SUITE, *LEARNED):
        states.update({record.metadata["state"] for record in read_data(world / name).records})
    assert set(states.values()) == {1}


def test_rows_name_the_benchmark_that_they_mirror_and_have_its_columns(world):
    for name in SUITE:
        records = read_data(world / name).records
        assert {record.metadata["benchmark"] for record in records} == {f"miniature-{name}"}
        assert {record.metadata["family"] for record in records} == SUITE[name].keys()
        assert len({record.id for record in records}) == len(records)
    first = read_data(world / "wemath").records[0]
    assert first.metadata["key"].endswith("_1")
    assert first.id.startswith(first.metadata["group"])


def test_a_gold_is_right_and_every_other_letter_wrong_by_the_benchmark_s_own_rules(world):
    for name in SUITE:
        for record in read_data(world / name).records:
            benchmark = BENCHMARKS[record.metadata["benchmark"]]
            said = parse_response(record.response).answer
            assert benchmark.verdict(record, said) == "right", record
            others = "ABCD" if record.answer.type == "choice" else ("yes", "no", "17")
            wrong = [other for other in others if other != said]
            verdicts = {benchmark.verdict(record, other) for other in wrong}
            assert "right" not in verdicts, record


def test_every_metric_of_the_seven_benchmarks_is_exercised(world):
    found = {}
    for name in SUITE:
        records = read_data(world / name).records
        outcomes = [
            Outcome(record, number % 3 > 0, parse_response(record.response).answer)
            for number, record in enumerate(records)
        ]
        found[name] = BENCHMARKS[f"miniature-{name}"].breakdown(outcomes)
    assert all("score" in scores for scores in found.values())
    assert {f"accuracy_greedy/version={v}" for v in VERSIONS} <= found["mathverse"].keys()
    assert {f"accuracy_greedy/level={level}" for level in range(1, 6)} <= found["mathvision"].keys()
    assert {"wemath_score_strict", "wemath_score_loose", "wemath_rote_memorisation_loose"} <= (
        found["wemath"].keys()
    )
    assert {
        "accuracy_greedy/setting=vision", "accuracy_greedy/setting=standard (10 options)"
    } <= found["mmmu_pro"].keys()  # fmt: skip
    assert {"accuracy_greedy/question_type=open", "accuracy_greedy/discipline=Business"} <= (
        found["mmmu"].keys()
    )
    assert {"accuracy_greedy/answer_type=list", "accuracy_greedy/answer_type=float"} <= (
        found["mathvista"].keys()
    )
    assert {
        "accuracy_pairs", "accuracy_figures", "accuracy_pairs/category=VS", "yes_share",
        "figures_inconsistent",
    } <= found["hallusion_bench"].keys()  # fmt: skip


def test_items_that_depend_on_each_other_are_one_group(world):
    for name in SUITE:
        records = read_data(world / name).records
        groups = {BENCHMARKS[f"miniature-{name}"].group(record) for record in records}
        states = {record.metadata["state"] for record in records}
        assert len(groups) == len(states)


def test_every_word_has_an_id_and_comes_back_as_it_was_written(world):
    processor = Processor.load(world / "scratch-model")
    unknown = SUITE_WORDS.index(UNKNOWN)
    for name in (*SUITE, *LEARNED):
        for record in read_data(world / name).records:
            said = record.response or record.messages[-1].content
            assert unknown not in processor.encode_text(record.question + said), record
            assert processor.decode(processor.encode_response(said)) == said


def test_words_of_the_miniature_keep_their_ids():
    assert SUITE_WORDS[: len(WORDS)] == WORDS
    assert len(set(SUITE_WORDS)) == len(SUITE_WORDS)


def test_the_card_says_what_guessing_is_worth(world):
    card = (world / "README.md").read_text("utf-8")
    for name in SUITE:
        records = read_data(world / name).records
        answers = Counter(r.response.rpartition("<answer>")[2] for r in records)
        share = answers.most_common(1)[0][1] / len(records)
        assert f"| {name} | {len(records)} | {100 * share:.1f} |" in card


def test_the_same_seed_writes_the_same_bytes(world, tmp_path):
    streams = [groups("wemath", name, family, seed=3) for name, family in SUITE["wemath"].items()]
    write_rows(tmp_path / "wemath", first_rows(streams, 24), question_row, seed=3)
    for path in (tmp_path / "wemath").rglob("*.*"):
        assert (world / path.relative_to(tmp_path)).read_bytes() == path.read_bytes(), path


def test_half_of_the_supervision_overlooks_small_objects():
    family = SUITE["wemath"]["composed"]
    stream = groups("wemath", "composed", family, seed=0)
    posed = [next(stream)[0] for _ in range(600)]
    could = [p for p in posed if p.exercise.hasty.text != p.exercise.demonstration.text]
    did = [
        hasty_row(each, seeded("supervision", each.seed))["response"] == each.exercise.hasty.text
        for each in could
    ]
    assert len(could) > 400
    assert sum(did) / len(did) == pytest.approx(0.5, abs=0.08)
