"""`kill -9` of everything in turn: the run goes on, and its curves do not show it."""

from __future__ import annotations

import uuid

import pytest

from tests.e2e.chaos import (
    curves,
    finished,
    kill_engine,
    kill_worker,
    repeated_steps,
    run_named,
    wait_for,
    wait_for_step,
)
from tests.e2e.stack import running
from tests.e2e.world import alignment, register_world
from tests.installation import LEASE, Installation
from tests.services.postgres import create_database, running_postgres
from tests.services.redis import running_redis

STEPS = 60
"""A quick engine makes a dozen of them while a server starts."""


@pytest.mark.timeout(900)  # Two alignments and four restarts, perhaps on a busy machine.
def test_a_run_survives_the_death_of_everything(installation: Installation) -> None:
    with running(installation) as stack:
        register_world(installation)
        undisturbed = run_named(finished(installation, alignment(STEPS)), "align")

        with installation.client as client:
            launched = client.launch(alignment(STEPS))
        run = run_named(launched, "align")
        wait_for_step(installation, run.id, 1)
        stack.kill_server()
        wait_for_step(installation, run.id, 6)
        assert installation.run(run.id).attempt == 1
        recoveries = [kill_engine(stack, run.id)]
        wait_for_step(installation, run.id, recoveries[0].resumed_from + 6)
        recoveries.append(kill_worker(stack, run.id))
        wait_for_step(installation, run.id, recoveries[1].resumed_from + 1)
        stack.take_server_away(5 * LEASE)
        wait_for(installation, launched)

        assert installation.run(run.id).attempt == 3
        assert 5 <= recoveries[0].resumed_from < recoveries[1].resumed_from < STEPS
        assert all(recovery.seconds <= 2 * LEASE for recovery in recoveries), recoveries
        assert repeated_steps(installation, run.id) == []
        expected = curves(installation, undisturbed.id)
        assert {step for step, _ in expected["gap_perception"]} == set(range(1, STEPS + 1))
        assert curves(installation, run.id) == expected


@pytest.mark.timeout(900)
def test_postgres_and_redis_give_the_same_table(
    installation: Installation, other_installation: Installation
) -> None:
    """Nothing about the numbers depends on where they are kept."""
    recipe = alignment(6)
    recipe["runs"]["score"] = {
        "kind": "evaluate",
        "policy": {"run": "align"},
        "data": "miniature-test",
        "items": 16,
        "samples_per_item": 2,
        "sampling": {"max_new_tokens": 96},
    }
    tables = []
    with running_postgres() as postgres, running_redis() as redis:
        database = create_database(postgres, f"prism_{uuid.uuid4().hex}")
        other_installation.environment |= {
            "PRISM_DATABASE_URL": database.render_as_string(hide_password=False),
            "PRISM_BROKER_URL": redis,
        }
        for one in (installation, other_installation):
            with running(one):
                register_world(one)
                pipeline = finished(one, recipe)
                with one.client as client:
                    arms = client.results(pipeline.id).arms
                numbers = [arm.model_dump(exclude={"run_id", "seconds"}) for arm in arms]
                tables.append((numbers, curves(one, run_named(pipeline, "align").id)))
    assert tables[0] == tables[1]
    assert tables[0][0][0]["scores"]["accuracy_greedy"]["n"] == 16
