"""Evaluation through the real data path, with a sampler that says what the test wants."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch

from prism_engine.batch import PromptBatch, Rollouts
from prism_engine.benchmarks import BENCHMARKS
from prism_engine.benchmarks.responses import ResponseLog, compare, read_rows, rescore
from prism_engine.benchmarks.scoring import PaperCompat, Strict
from prism_engine.checkpoint import Checkpoints
from prism_engine.contract.config import Evaluate as EvaluateSettings
from prism_engine.contract.events import (
    BenchmarkScored,
    EventLog,
    Finished,
    ItemsJudged,
    SamplesDrawn,
    StepFinished,
    read_events,
)
from prism_engine.data.miniature.write import write_world
from prism_engine.data.records import DataSet, read_data
from prism_engine.interruption import Interruption
from prism_engine.loop import Loop, Schedule
from prism_engine.policy.learner import Spectator
from prism_engine.policy.processor import Processor
from prism_engine.randomness import Randomness
from prism_engine.stages.evaluate import Evaluate, numbered
from prism_engine.stages.respondents import PolicyRespondent
from prism_engine.stages.samples import Gallery


class ScriptedSampler:
    """Says the demonstrations when greedy, and what `spoiled` makes of them when not."""

    def __init__(self, data: DataSet, processor: Processor, spoiled) -> None:
        self._texts = [record.response for record in data.records]
        self._processor = processor
        self._spoiled = spoiled
        self._next = {True: 0, False: 0}

    def sample(
        self,
        prompts: PromptBatch,
        rollouts_per_prompt: int,
        *,
        temperature: float,
        max_new_tokens: int,
        generator: torch.Generator,
    ) -> Rollouts:
        greedy, count = temperature == 0, len(prompts.input_ids)
        texts = self._texts[self._next[greedy] : self._next[greedy] + count]
        self._next[greedy] += count
        said = [text if greedy else self._spoiled(text) for text in texts]
        repeated = [text for text in said for _ in range(rollouts_per_prompt)]
        ids, mask = self._processor.pad_responses(
            [self._processor.encode_response(text) for text in repeated]
        )
        finished = torch.ones(len(ids), dtype=torch.bool)
        return Rollouts(ids, mask, torch.zeros(ids.shape), finished)


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("world")
    write_world(folder, seed=0, size="small")
    return folder


def evaluation(world, out, spoiled, interruption=None, scoring=None, **settings):
    data, processor = read_data(world / "test"), Processor.load(world / "scratch-model")
    events = EventLog(out / "events.jsonl")
    stage = Evaluate(
        EvaluateSettings(policy={"model": "x"}, data="miniature-test", batch_size=10, **settings),
        "SFT",
        data,
        BENCHMARKS["miniature"],
        scoring or Strict(),
        PolicyRespondent(
            data, processor, ScriptedSampler(data, processor, spoiled), Randomness(0), 6144
        ),
        0,
        Gallery(data, processor, out / "images"),
        events,
        ResponseLog(out / "responses.jsonl"),
    )
    return Loop(
        Schedule("evaluate", stage.steps, checkpoint_every=2, samples_every=stage.steps),
        stage,
        Spectator(),
        Checkpoints(out / "checkpoints", {"grades": stage}, kept=1, best_by=None),
        [],
        events,
        out,
        interruption or Interruption(),
    )


def without_first_item(text: str) -> str:
    lines = text.splitlines()
    return "\n".join([lines[0], *lines[2:]]) if lines[2].startswith("- ") else text


def test_what_was_said_is_scored(world, tmp_path):
    assert evaluation(world, tmp_path, without_first_item, samples_per_item=2).run() is False
    events = list(read_events(tmp_path / "events.jsonl"))
    (scored,) = (event for event in events if isinstance(event, BenchmarkScored))
    assert scored.benchmark == "miniature-test"
    assert scored.scores["accuracy_greedy"].value == 1.0
    assert scored.scores["accuracy_greedy"].n == 32
    assert scored.scores["accuracy_sampled"].value == 1.0
    supervision = scored.supervision
    assert supervision["caption_items"] - scored.scores["caption_items"].value == pytest.approx(1)
    assert scored.scores["caption_precision"].value == 1.0
    assert scored.scores["caption_recall"].value < 0.9
    assert scored.scores["caption_faithfulness"].value < 0.9
    assert scored.scores["reasoning_steps"].value == supervision["reasoning_steps"]
    assert 0 < scored.majority < 0.3
    assert [e.step for e in events if isinstance(e, StepFinished)] == [1, 2, 3, 4]


def test_the_greedy_response_is_shown_first(world, tmp_path):
    evaluation(world, tmp_path, without_first_item, samples_per_item=1).run()
    drawn = [e for e in read_events(tmp_path / "events.jsonl") if isinstance(e, SamplesDrawn)]
    assert [event.step for event in drawn] == [1, 4]
    for sample in [sample for event in drawn for sample in event.samples]:
        assert sample.rollouts[0].text == sample.demonstration.text
        assert sample.rollouts[0].correct
        assert (tmp_path / "images" / f"{sample.images[0]}.png").is_file()


def test_fewer_items_and_no_samples(world, tmp_path):
    evaluation(world, tmp_path, str, samples_per_item=0, items=7).run()
    (scored,) = (
        e for e in read_events(tmp_path / "events.jsonl") if isinstance(e, BenchmarkScored)
    )
    assert scored.scores["accuracy_greedy"].n == 7
    assert "accuracy_sampled" not in scored.scores


def test_a_request_to_stop_ends_it_without_a_score(world, tmp_path):
    interruption = Interruption()
    interruption.requested = True
    assert evaluation(world, tmp_path, str, interruption, samples_per_item=0).run() is True
    events = list(read_events(tmp_path / "events.jsonl"))
    assert isinstance(events[-1], Finished)
    assert events[-1].stopped
    assert not any(isinstance(event, BenchmarkScored) for event in events)


def test_an_evaluation_that_was_lost_after_its_last_batch_is_summed_up(world, tmp_path):
    def scored(out: Path) -> BenchmarkScored:
        found = read_events(out / "events.jsonl")
        (event,) = (event for event in found if isinstance(event, BenchmarkScored))
        return event

    whole, interrupted = tmp_path / "whole", tmp_path / "interrupted"
    evaluation(world, whole, without_first_item, samples_per_item=2).run()
    shutil.copytree(whole / "checkpoints", interrupted / "checkpoints")

    resumed = evaluation(world, interrupted, without_first_item, samples_per_item=2)
    resumed.resume(interrupted / "checkpoints" / "step-000004")
    resumed.run()

    assert scored(interrupted).scores == scored(whole).scores
    assert not any(isinstance(e, StepFinished) for e in read_events(interrupted / "events.jsonl"))


def test_every_response_is_kept(world, tmp_path):
    evaluation(world, tmp_path, without_first_item, samples_per_item=2).run()
    data = read_data(world / "test")

    rows = read_rows(tmp_path / "responses.jsonl")

    assert len(rows) == 32 * 3
    first = next(row for row in rows if row.item == data.records[0].id)
    assert (first.sample, first.temperature, first.verdict) == (0, 0.0, "right")
    assert first.response == data.records[0].response
    assert (first.benchmark, first.scorer, first.seed) == ("miniature-test", "answer_v1", 0)
    assert len({row.prompt for row in rows}) == 32
    assert rescore(rows, data.records, BENCHMARKS["miniature"]) == rows


def test_batches_that_are_taken_again_leave_one_row_for_each_response(world, tmp_path):
    whole, again = tmp_path / "whole", tmp_path / "again"
    evaluation(world, whole, str, samples_per_item=1).run()
    rows = read_rows(whole / "responses.jsonl")
    # The process died in the middle of a line.
    text = (whole / "responses.jsonl").read_text()
    again.mkdir()
    (again / "responses.jsonl").write_text(text[: len(text) * 3 // 4])

    evaluation(world, again, str, samples_per_item=1).run()

    assert read_rows(again / "responses.jsonl") == rows
    assert compare(rows, read_rows(again / "responses.jsonl")).greedy.p == 1


def test_the_papers_mode_reads_an_answer_wherever_it_stands(world, tmp_path):
    def answer_alone(text: str) -> str:
        return text[text.index("<answer>") :]

    def accuracy(scoring, out) -> float:
        evaluation(world, out, answer_alone, scoring=scoring, samples_per_item=1).run()
        found = (e for e in read_events(out / "events.jsonl") if isinstance(e, BenchmarkScored))
        return next(found).scores["accuracy_sampled"].value

    assert accuracy(Strict(), tmp_path / "strict") == 0
    assert accuracy(PaperCompat(), tmp_path / "compat") == 1
    rows = read_rows(tmp_path / "compat" / "responses.jsonl")
    assert {row.malformed for row in rows if row.sample} == {"missing caption"}


def test_verdicts_are_told_item_by_item_with_what_they_are_on(world, tmp_path):
    def told(out, **settings):
        evaluation(world, out, lambda text: text.replace("<think>", ""), **settings).run()
        return next(e for e in read_events(out / "events.jsonl") if isinstance(e, ItemsJudged))

    first = told(tmp_path / "first", samples_per_item=1)
    assert (first.benchmark, first.arm) == ("miniature-test", "SFT")
    assert first.groups == list(range(32))
    assert first.right == [1] * 32
    assert told(tmp_path / "again", samples_per_item=0).asked == first.asked
    assert told(tmp_path / "fewer", items=8).asked != first.asked


def test_groups_are_numbered_as_they_come():
    assert numbered(["b", "a", "b", "c"]) == [0, 1, 0, 2]
