"""Our rules against what the authors' scorers said of our items; the scorers do not run here."""

import functools
import json
import random
import urllib.request
from dataclasses import replace

import pytest

from bench.oracle_scorers import ORACLES
from bench.oracle_scorers.oracle import Pair, compare, explanation, figures, read_fixture
from bench.oracle_scorers.stand_in import endpoint, extract
from bench.record import recorded


@functools.cache
def compared(name):
    pairs, official = zip(*read_fixture(name), strict=True)
    return compare(name, pairs, official)


@pytest.mark.parametrize("name", ORACLES)
def test_every_disagreement_is_a_defect_of_the_official_scorer(name):
    unexplained = [
        (each.pair.item["answer"], each.pair.response, each.official, each.ours)
        for each in compared(name)
        if not each.agree and explanation(ORACLES[name], each) is None
    ]
    assert unexplained == []


@pytest.mark.parametrize("name", ORACLES)
def test_the_figures_are_those_of_the_fixture(name):
    found = figures(ORACLES[name], compared(name))
    stated = recorded("oracle_scorers")[name]

    assert {key: stated[key] for key in found} == found
    assert found["predictions"] >= 2000
    assert found["agree"] + found["explained"] == found["predictions"]


@pytest.mark.parametrize("name", ORACLES)
def test_pairs_are_drawn_alike(name):
    pairs = ORACLES[name].pairs(random.Random(0))
    assert pairs == [pair for pair, _ in read_fixture(name)]


@pytest.mark.parametrize("name", ORACLES)
def test_defects_are_no_excuse_for_rules_that_are_wrong(name):
    """Were our verdict on a pair the opposite, most disagreements would stay unexplained."""
    agreed = [each for each in compared(name) if each.agree]
    opposite = [replace(each, ours="wrong" if each.ours == "right" else "right") for each in agreed]
    excused = sum(explanation(ORACLES[name], each) is not None for each in opposite)
    assert excused / len(opposite) < 0.5


@pytest.mark.parametrize(("name", "least"), [("wemath", 50), ("mmmu", 31), ("hallusion_bench", 40)])
def test_the_authors_tables_agree_in_every_number(name, least):
    found = recorded("oracle_scorers")[name]
    assert found["table_agree"] == found["table_numbers"] >= least


def test_always_no_is_right_as_often_as_the_published_golds_are():
    found = recorded("oracle_scorers")["hallusion_bench"]["always_no"]
    assert found["image"]["aAcc"] == round(100 * 550 / 951, 2)
    assert found["all"]["aAcc"] == round(100 * 645 / 1129, 2)


@pytest.mark.parametrize(
    ("response", "extracted"),
    [
        ("<think>x</think><answer> **B** </answer>", "B"),
        (r"\boxed{\text{B}}", "B"),
        ("The answer is 7.", "7"),
        ("<answer>3 or 7</answer>", "3 or 7"),
        ("<answer></answer>", "null"),
    ],
)
def test_the_stand_in_copies_out_what_was_said(response, extracted):
    assert extract(response) == extracted


def test_the_stand_in_speaks_as_a_chat_model():
    body = json.dumps({"messages": [{"content": [{"type": "text", "text": "two"}]}]}).encode()
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with endpoint(str.upper) as address, opener.open(address + "/v1/chat", body) as reply:
        assert json.load(reply)["choices"][0]["message"]["content"] == "TWO"


def test_our_rules_read_the_answer_of_a_pair():
    assert Pair({}, "<think>1</think><answer>2</answer>", means_gold=True).answer == "2"
