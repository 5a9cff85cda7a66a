"""The worker against the real server; only the engine is a stand-in."""

from __future__ import annotations

import hashlib
import json
import os
import signal
from typing import Any

import httpx
import pytest
import yaml

from tests.installation import PATIENCE, Installation, eventually, is_alive
from tests.worker.fake_engine import image
from tests.worker.recipes import EVALUATE, LONG, assert_every_step_once, sft


def test_a_pipeline_runs_to_its_end(installation: Installation) -> None:
    installation.start_worker()
    pipeline = installation.launch(sft=sft(20), evaluate=EVALUATE)
    trained, scored = pipeline.runs
    run = installation.in_state(scored.id, "succeeded")

    assert installation.steps(trained.id) == [(1, step) for step in range(1, 21)]
    assert installation.run(trained.id).latest["loss"] == 1 / 20
    said = [stored.event for stored in installation.events(trained.id, "worker")]
    stored = {(e["step"], e["kind"]) for e in said if e["type"] == "checkpoint_stored"}
    assert {(20, "resumable"), (20, "exported")} <= stored
    assert [e["code"] for e in said if e["type"] == "exited"] == [0]
    with installation.client as client:
        lines = {line.text for line in client.logs(trained.id)}
        (arm,) = client.results(pipeline.id).arms
    assert {"training sft", "a line on stderr"} <= lines
    assert (arm.arm, arm.scores["accuracy_greedy"].value) == ("sft", 0.5)

    # The evaluation read what the training had stored, fetched and checked.
    recipe = yaml.safe_load((installation.folder(run.id) / "recipe.yaml").read_text())
    policy = recipe["runs"]["evaluate"]["policy"]["model"]
    assert policy.startswith(str(installation.home / "cache" / "checkpoints"))
    assert recipe["runs"]["evaluate"]["data"] == str(installation.home / "data" / "tiny")


def test_an_image_is_there_before_the_event_that_names_it(installation: Installation) -> None:
    installation.start_worker()
    (run,) = installation.launch(sft=sft(5)).runs
    installation.in_state(run.id, "succeeded")
    (event,) = [
        stored.event
        for stored in installation.events(run.id)
        if stored.event["type"] == "samples_drawn"
    ]
    (digest,) = event["samples"][0]["images"]
    assert digest == hashlib.sha256(image(5)).hexdigest()
    token = (installation.home / "token").read_text().strip()
    answer = httpx.get(
        f"{installation.url}/api/v1/artifacts/{digest}",
        headers={"Authorization": f"Bearer {token}"},
    )
    assert (answer.status_code, answer.content) == (200, image(5))


def test_no_secret_is_in_the_engines_environment(installation: Installation) -> None:
    installation.environment["PRISM_WORKER_TOKEN"] = (
        (installation.home / "worker-token").read_text().strip()
    )
    installation.environment["AWS_SECRET_ACCESS_KEY"] = "a-secret-of-the-store"
    installation.start_worker()
    (run,) = installation.launch(sft=sft(1)).runs
    installation.in_state(run.id, "succeeded")
    seen = (installation.folder(run.id) / "engine" / "sft" / "seen.json").read_text()
    assert "a-secret-of-the-store" not in seen
    for name in ("worker-token", "token"):
        assert (installation.home / name).read_text().strip() not in seen


SERVED = {
    "kind": "evaluate",
    "policy": {"endpoint": {"url": "https://host.example/v1", "model": "m", "key": "teacher"}},
    "data": "tiny",
}


def test_a_key_reaches_the_engine_and_is_taken_out_of_what_it_says(
    installation: Installation,
) -> None:
    secret = "sk-teacher-0123456789"
    with installation.client as client:
        (project, *_) = client.projects()
        client.set_key(project.id, "teacher", secret)
    installation.start_worker()
    (run,) = installation.launch(evaluate=SERVED).runs
    installation.in_state(run.id, "succeeded")
    with installation.client as client:
        lines = [line.text for line in client.logs(run.id)]
        client.remove_key(project.id, "teacher")
    assert lines.count("was given teacher: [key teacher]") == 2
    said = [stored.event for stored in installation.events(run.id)]
    assert [e["message"] for e in said if e["type"] == "log"] == [
        "was given teacher: [key teacher]\n"
    ]
    assert secret not in str([lines, said])
    folder = installation.folder(run.id)
    for file in ("claim.json", "recipe.yaml", "worker.jsonl", "engine/evaluate/seen.json"):
        assert secret not in (folder / file).read_text(), file


def test_a_run_whose_key_nobody_has_fails_and_says_what_to_do(installation: Installation) -> None:
    installation.start_worker()
    (run,) = installation.launch(evaluate=SERVED).runs
    installation.in_state(run.id, "failed")
    with installation.client as client:
        (attempt,) = client.attempts(run.id)
    assert attempt.exit is not None
    assert attempt.exit.kind == "config"
    assert "no key 'teacher'" in attempt.exit.message
    assert "`prism key set teacher`" in attempt.exit.message


@pytest.mark.parametrize(("verb", "state"), [("cancel", "cancelled"), ("stop", "stopped")])
def test_what_the_user_wants_reaches_the_engine(
    installation: Installation, verb: Any, state: str
) -> None:
    installation.start_worker()
    (run,) = installation.launch(sft=sft(LONG)).runs
    step = installation.at_step(run.id, 3).step
    with installation.client as client:
        client.order(run.id, verb)
    ended = installation.in_state(run.id, state)
    assert not is_alive(installation.engine_pid(run.id))
    assert step <= ended.step < LONG
    # It saved before it ended, and what it saved was kept.
    stored = [stored.event for stored in installation.events(run.id, "worker")]
    assert any(e["type"] == "checkpoint_stored" and e["step"] == ended.step for e in stored)


def test_an_engine_that_does_not_listen_is_killed(installation: Installation) -> None:
    installation.environment["PRISM_CANCEL_GRACE"] = "0.5"
    installation.start_worker("--deaf")
    (run,) = installation.launch(sft=sft(LONG)).runs
    installation.at_step(run.id, 1)
    with installation.client as client:
        client.order(run.id, "cancel")
    installation.in_state(run.id, "cancelled")
    assert not is_alive(installation.engine_pid(run.id))


@pytest.mark.parametrize(
    ("deed", "kind", "message"),
    [
        ("raise", "code", "a mistake in the code"),
        ("oom", "out_of_memory", "24 GiB asked, 8 GiB there"),
    ],
)
def test_a_failure_is_named(installation: Installation, deed: str, kind: str, message: str) -> None:
    installation.start_worker("--at-step", "2", "--do", deed)
    (run,) = installation.launch(sft=sft(10)).runs
    failed = installation.in_state(run.id, "failed")
    assert failed.exit is not None
    assert failed.exit.kind == kind
    assert message in failed.exit.message
    assert failed.attempt == 1


def test_a_killed_engine_goes_on_from_its_newest_checkpoint(installation: Installation) -> None:
    installation.start_worker("--step-seconds", "0.05")
    (run,) = installation.launch(sft=sft(60)).runs
    installation.at_step(run.id, 22)
    os.kill(installation.engine_pid(run.id), signal.SIGKILL)
    ended = installation.in_state(run.id, "succeeded")
    assert ended.attempt == 2
    steps = installation.steps(run.id)
    assert len(steps) == len(set(steps))
    (first,) = {min(step for attempt, step in steps if attempt == 2)}
    assert first % 5 == 1
    assert first > 20
    assert_every_step_once(installation, run.id, 60)


def test_a_half_written_line_is_dropped_and_the_step_is_taken_again(
    installation: Installation,
) -> None:
    installation.start_worker("--at-step", "7", "--do", "half-line")
    (run,) = installation.launch(sft=sft(7)).runs
    # The engine kills itself in the middle of a line, at the same step in every attempt.
    failed = installation.in_state(run.id, "failed")
    assert failed.exit is not None
    assert failed.exit.kind == "infrastructure"
    assert failed.attempt == 4
    steps = installation.steps(run.id)
    assert [step for attempt, step in steps if attempt == 1] == [1, 2, 3, 4, 5, 6, 7]
    assert [step for attempt, step in steps if attempt == 2] == [6, 7]


def test_a_line_that_is_no_event_stops_nothing(installation: Installation) -> None:
    installation.start_worker("--at-step", "3", "--do", "no-json")
    (run,) = installation.launch(sft=sft(5)).runs
    installation.in_state(run.id, "succeeded")
    assert_every_step_once(installation, run.id, 5)
    with installation.client as client:
        assert any("this is no event" in line.text for line in client.logs(run.id))


def test_an_engine_does_not_outlive_its_worker(installation: Installation) -> None:
    worker = installation.start_worker()
    (run,) = installation.launch(sft=sft(LONG)).runs
    installation.at_step(run.id, 3)
    engine = installation.engine_pid(run.id)
    worker.kill()
    eventually(lambda: not is_alive(engine))


def test_a_worker_ends_an_engine_that_outlived_an_earlier_one(installation: Installation) -> None:
    worker = installation.start_worker("--deaf")
    (run,) = installation.launch(sft=sft(LONG)).runs
    installation.at_step(run.id, 3)
    engine = installation.engine_pid(run.id)
    # An engine that hears neither the signal nor the pipe, and whose watchdog is stopped with it.
    os.kill(engine, signal.SIGSTOP)
    worker.kill()
    worker.wait()
    installation.environment["PRISM_SHUTDOWN_GRACE"] = "0.5"
    installation.start_worker()
    eventually(lambda: not is_alive(engine))


def test_a_killed_workers_attempt_is_settled_by_the_next_one(installation: Installation) -> None:
    worker = installation.start_worker("--step-seconds", "0.05")
    (run,) = installation.launch(sft=sft(60)).runs
    installation.at_step(run.id, 12)
    worker.kill()
    worker.wait()
    installation.start_worker("--step-seconds", "0.05")
    ended = installation.in_state(run.id, "succeeded")
    assert ended.attempt == 2
    assert_every_step_once(installation, run.id, 60)
    # What the orphan wrote after its worker's death has arrived too.
    written = (installation.folder(run.id) / "engine" / "sft" / "events.jsonl").read_text()
    last = max(json.loads(line).get("step", 0) for line in written.splitlines())
    assert (1, last) in installation.steps(run.id)


def test_a_superseded_worker_stops_its_engine(installation: Installation) -> None:
    worker = installation.start_worker()
    (run,) = installation.launch(sft=sft(LONG)).runs
    installation.at_step(run.id, 3)
    engine = installation.engine_pid(run.id)
    # The worker's machine stands still for longer than a lease, then goes on.
    os.kill(worker.pid, signal.SIGSTOP)
    installation.in_state(run.id, "queued")
    os.kill(worker.pid, signal.SIGCONT)
    eventually(lambda: not is_alive(engine))
    assert installation.run(run.id).state in {"queued", "claimed", "running"}


def test_a_worker_that_is_shut_down_hands_its_run_over(installation: Installation) -> None:
    worker = installation.start_worker("--step-seconds", "0.05")
    (run,) = installation.launch(sft=sft(200)).runs
    step = installation.at_step(run.id, 7).step
    worker.terminate()
    assert worker.wait(PATIENCE) == 0
    assert installation.run(run.id).state == "queued"
    installation.start_worker(name="two")
    assert installation.in_state(run.id, "succeeded").attempt == 2
    assert min(s for attempt, s in installation.steps(run.id) if attempt == 2) > step
    assert_every_step_once(installation, run.id, 200)


def test_a_worker_that_may_go_home_goes_when_nothing_waits(installation: Installation) -> None:
    (run,) = installation.launch(sft=sft(3)).runs
    worker = installation.start_worker(options=("--exit-when-idle",))
    assert worker.wait(PATIENCE) == 0
    assert installation.run(run.id).state == "succeeded"


def test_a_worker_works_although_its_broker_is_away(installation: Installation) -> None:
    installation.environment["PRISM_BROKER_URL"] = "redis://127.0.0.1:9/0"
    worker = installation.start_worker()
    (run,) = installation.launch(sft=sft(3)).runs
    installation.in_state(run.id, "succeeded")
    worker.terminate()
    assert worker.wait(PATIENCE) == 0
