"""The `prism` command as a CI job runs it: a process, its output and its exit status."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

import pytest

from tests.client.conftest import Prism, answer_of
from tests.installation import Installation, free_port


def test_a_launch_that_is_waited_for_ends_well(prism: Prism, recipe: Path) -> None:
    done = prism("launch", str(recipe), "--wait", "--json")
    assert done.returncode == 0, done.stderr
    pipeline = answer_of(done)
    (run,) = pipeline["runs"]
    assert (pipeline["state"], run["state"], run["step"]) == ("succeeded", "succeeded", 3)


def test_progress_is_printed_for_people(prism: Prism, recipe: Path) -> None:
    done = prism("launch", str(recipe), "--wait")
    assert done.returncode == 0
    assert done.stdout.startswith("launched quick #")
    assert "sft: succeeded" in done.stdout


def test_a_failed_run_is_status_1(prism: Prism, recipe: Path) -> None:
    done = prism("launch", str(recipe), "--set", "runs.sft.steps=20", "--wait")
    assert done.returncode == 1
    assert "a mistake in the code" in done.stdout


def test_a_cancelled_run_is_status_3(prism: Prism, recipe: Path, served: Installation) -> None:
    waiting = prism("launch", str(recipe), "--json", "--set", "runs.sft.steps=12")
    pipeline = answer_of(waiting)
    assert prism("pipelines", "cancel", pipeline["id"], "--json").returncode == 0
    served.in_state(pipeline["runs"][0]["id"], "cancelled", "succeeded")


@pytest.mark.parametrize("command", [("launch", "--wait"), ("validate",)])
@pytest.mark.parametrize(
    ("change", "line"),
    [
        ("runs.sft.stepps=3", "runs.sft.stepps: there is no setting 'stepps' here; did you mean"),
        ("runs.sft.steps=many", "runs.sft.steps: "),
        ("runs.sft.policy={run: other}", "there is no run 'other' in this pipeline"),
        ("runs.sft.data=unheard", "runs.sft.data: data set 'unheard' is not registered; register"),
        ("runs.sft.policy={model: who}", "runs.sft.policy.model: model 'who' is not registered"),
    ],
)
def test_a_bad_recipe_is_status_2_and_one_line_a_problem(
    prism: Prism, recipe: Path, command: tuple[str, ...], change: str, line: str
) -> None:
    name, *options = command
    done = prism(name, str(recipe), "--set", change, *options)
    assert done.returncode == 2
    assert done.stdout == ""
    (printed,) = done.stderr.strip().splitlines()
    assert line in printed


def test_a_good_recipe_is_valid(prism: Prism, recipe: Path) -> None:
    done = prism("validate", str(recipe), "--json")
    assert done.returncode == 0
    answer = answer_of(done)
    assert (answer["valid"], answer["problems"], answer["changes"]) == (True, [], [])
    (run,) = answer["runs"]
    assert "queue default" in run.pop("reason")
    # At once, or nobody knows when: the worker has just been started and may not be heard of yet.
    starts = run.pop("starts")
    assert starts is None or starts["earliest"] == starts["latest"]
    assert run == {"name": "sft", "kind": "sft", "parents": [], "memory": None}


def test_a_server_that_is_not_there_is_status_5(prism: Prism, recipe: Path) -> None:
    done = prism("launch", str(recipe), PRISM_URL=f"http://127.0.0.1:{free_port()}")
    assert done.returncode == 5
    assert "no answer from http://127.0.0.1" in done.stderr


def test_no_server_at_all_is_status_5_with_the_remedy(prism: Prism, tmp_path: Path) -> None:
    done = prism("runs", "ls", PRISM_HOME=str(tmp_path))
    assert done.returncode == 5
    assert "prism up" in done.stderr


def test_a_run_can_be_looked_at(prism: Prism, recipe: Path) -> None:
    (run,) = answer_of(prism("launch", str(recipe), "--wait", "--json"))["runs"]
    listed = json.loads(prism("runs", "ls", "--json").stdout)
    assert run["id"] in {item["id"] for item in listed}
    shown = answer_of(prism("runs", "show", run["id"], "--json"))
    assert shown["latest"]["loss"] == 1 / 3
    assert "training sft" in prism("runs", "logs", run["id"], "-f").stdout.splitlines()
    metrics = answer_of(prism("runs", "metrics", run["id"], "loss", "--json"))
    assert metrics["series"][0]["points"] == [
        [step, 1 / step, 1 / step, 1 / step, 1] for step in (1, 2, 3)
    ]
    assert "0.333333" in prism("runs", "show", run["id"]).stdout


def test_a_run_is_forked_with_changes_and_cloned(prism: Prism, recipe: Path) -> None:
    (run,) = answer_of(prism("launch", str(recipe), "--wait", "--json"))["runs"]
    done = prism("runs", "fork", run["id"], "--set", "steps=2", "--wait", "--json")
    assert done.returncode == 0, done.stderr
    forked = answer_of(done)
    assert forked["runs"][0]["steps"] == 2
    assert forked["forked_from"]["changes"] == [
        {"field": "runs.sft.steps", "before": 3, "after": 2}
    ]
    shown = prism("pipelines", "fork", forked["id"], "--set", "seed=9").stdout
    assert [line.split() for line in shown.splitlines()[-1:]] == [["seed", "0", "9"]]
    other = forked["runs"][0]["id"]
    assert answer_of(prism("runs", "diff", run["id"], other, "--json"))["changes"] == [
        {"field": "steps", "before": 3, "after": 2}
    ]
    assert "fork" in prism("runs", "lineage", other).stdout
    cloned = answer_of(prism("runs", "clone", run["id"], "--json"))
    assert cloned["forked_from"]["run"] == "sft"
    assert cloned["recipe"]["runs"]["sft"]["steps"] == 3
    refused = prism("runs", "fork", run["id"], "--step", "2")
    assert refused.returncode == 2
    assert "no durable checkpoint of step 2; leave step out" in refused.stderr


def test_a_checkpoint_is_named_used_and_downloaded(
    prism: Prism, recipe: Path, tmp_path: Path
) -> None:
    (run,) = answer_of(prism("launch", str(recipe), "--wait", "--json"))["runs"]
    (checkpoint,) = json.loads(prism("checkpoints", "ls", run["id"], "--json").stdout)
    assert prism("checkpoints", "promote", checkpoint["id"], "best").returncode == 0
    assert "sft of quick" in prism("checkpoints", "named").stdout
    archive = tmp_path / "best.tar"
    done = prism("checkpoints", "download", checkpoint["id"], "--out", str(archive))
    assert done.returncode == 0, done.stderr
    with tarfile.open(archive) as content:
        state = content.extractfile("sft-3-exported-policy/state.json")
        assert state is not None
        assert state.read() == b"3"
    change = "runs.sft.policy={checkpoint: best}"
    used = answer_of(prism("launch", str(recipe), "--set", change, "--wait", "--json"))
    assert used["state"] == "succeeded"
    assert used["runs"][0]["sources"][0]["checkpoint_id"] == checkpoint["id"]
    assert prism("checkpoints", "demote", "best").returncode == 0

    restarted = answer_of(prism("runs", "restart", run["id"], "--json"))
    assert restarted["state"] in ("queued", "claimed", "running")


def test_a_run_is_deleted_once_what_would_go_was_seen(prism: Prism, recipe: Path) -> None:
    (run,) = answer_of(prism("launch", str(recipe), "--wait", "--json"))["runs"]
    plan = answer_of(prism("runs", "delete", run["id"], "--dry-run", "--json"))
    assert (plan["runs"], plan["checkpoints"], plan["refused"]) == (1, 1, [])
    assert plan["total_bytes"] >= plan["checkpoint_bytes"] > 0
    assert prism("runs", "delete", run["id"], "--yes").returncode == 0
    assert prism("runs", "show", run["id"]).returncode == 1
    done = prism("retention", "set", "--metrics-days", "30", "--checkpoints-kept", "2", "--json")
    assert answer_of(done)["metrics_days"] == 30
    assert "samples_days: for ever" in prism("retention", "show").stdout
    assert "checkpoints" in prism("retention", "set", "--samples-days", "1", "--dry-run").stdout
    assert prism("retention", "set").returncode == 0


def test_a_run_that_has_ended_cannot_be_cancelled(prism: Prism, recipe: Path) -> None:
    (run,) = answer_of(prism("launch", str(recipe), "--wait", "--json"))["runs"]
    done = prism("runs", "stop", run["id"])
    assert done.returncode == 1
    assert "succeeded" in done.stderr


def test_data_that_does_not_decode_is_refused(prism: Prism, served: Installation) -> None:
    folder = served.home / "data" / "broken"
    (folder / "images").mkdir(parents=True)
    (folder / "images" / "x.png").write_bytes(b"no image")
    row = {"id": "a", "images": ["images/x.png"], "question": "?", "metadata": {}}
    (folder / "data.jsonl").write_text(json.dumps(row) + "\n")
    done = prism("dataset", "register", "broken", "broken")
    assert done.returncode == 2
    assert "x.png" in done.stderr


def test_registered_data_is_listed(prism: Prism) -> None:
    (dataset,) = json.loads(prism("dataset", "ls", "--json").stdout)
    assert (dataset["name"], dataset["location"]) == ("tiny", "tiny")
    assert "base" in prism("model", "ls").stdout


def test_a_token_is_made_listed_and_revoked(prism: Prism, served: Installation) -> None:
    secret = prism("token", "create", "ci", "--may", "read", "--may", "launch").stdout.strip()
    assert secret.startswith("prism_")
    (made, *_) = answer_of(prism("token", "ls", "--json"))
    assert (made["name"], made["ending"]) == ("ci", secret[-4:])
    assert made["permissions"] == ["identify", "launch", "read"]
    assert prism("runs", "ls", PRISM_TOKEN=secret).returncode == 0
    prism("token", "revoke", made["id"])
    assert prism("runs", "ls", PRISM_TOKEN=secret).returncode == 1


def test_accounts_and_invitations_come_as_links(prism: Prism, served: Installation) -> None:
    assert "/set-up#" in prism("user", "create", "mara").stdout
    assert {row["name"] for row in answer_of(prism("user", "ls", "--json"))} == {"admin", "mara"}


def test_a_key_is_set_from_stdin_listed_and_removed(prism: Prism) -> None:
    done = prism("key", "set", "teacher", stdin="sk-teacher-0123456789\n")
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    listed = prism("key", "ls", "--json")
    (key,) = answer_of(listed)
    assert (key["name"], key["created_by"]) == ("teacher", "admin")
    assert "sk-teacher" not in listed.stdout
    assert "teacher" in prism("key", "ls").stdout
    assert prism("key", "rm", "teacher").returncode == 0
    assert prism("key", "rm", "teacher").returncode != 0
    assert answer_of(prism("key", "ls", "--json")) == []


def test_the_token_is_that_of_the_home(prism: Prism, served: Installation) -> None:
    assert prism("token").stdout.strip() == (served.home / "token").read_text().strip()


def test_a_sign_in_link_leads_to_the_server(prism: Prism, served: Installation) -> None:
    link = answer_of(prism("sign-in", "--json"))
    assert link["url"].startswith(f"{served.url}/sign-in#")


def test_the_doctor_finds_the_server(prism: Prism) -> None:
    done = prism("doctor", "--json")
    findings = {finding["name"]: finding for finding in json.loads(done.stdout)}
    assert done.returncode == 0
    assert findings["server"]["good"]
    assert findings["PRISM_HOME"]["good"]


def test_data_goes_in_and_out_by_the_engine(prism: Prism, tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text('{"problem": "1 + 1?", "answer": "2"}\n{"problem": "", "answer": "3"}\n')
    imported = prism("data", "import", str(rows), "--out", str(tmp_path / "a"), "--json")
    assert imported.returncode == 0, imported.stderr
    assert json.loads(imported.stdout)["quarantined"] == {"wrong_shape": 1}
    exported = prism(
        "data", "export", str(tmp_path / "a"), "--out", str(tmp_path / "b"), "--format", "verl"
    )
    assert (exported.returncode, "1 rows written" in exported.stdout) == (0, True)
    again = prism("data", "import", str(rows), "--out", str(tmp_path / "a"), "--format", "easyr1")
    assert (again.returncode, "is not empty" in again.stderr) == (2, True)
    assert prism("data", "register").returncode == 2


def test_a_worker_is_taken_out_of_service_and_put_back(prism: Prism) -> None:
    drained = prism("workers", "drain", "one", "--wait")
    assert (drained.returncode, drained.stdout) == (0, "one: drained\n"), drained.stderr
    assert prism("workers", "resume", "one").stdout == "one: online\n"
    (listed,) = answer_of(prism("workers", "ls", "--json"))
    assert (listed["name"], listed["state"], listed["queues"]) == ("one", "online", ["default"])
    nobody = prism("workers", "drain", "nobody")
    assert nobody.returncode == 2
    assert "there is no worker nobody" in nobody.stderr


def test_room_is_shown_and_a_quota_set(prism: Prism) -> None:
    (project, *_) = answer_of(prism("storage", "--json"))["projects"]
    made = answer_of(prism("storage", "quota", project["project_id"], "2.5", "--json"))
    assert made["max_artifact_bytes"] == round(2.5 * 2**30)
    shown = prism("storage").stdout
    assert "2.50 GiB" in shown
    assert "GiB left" in shown
    assert prism("storage", "quota", project["project_id"]).returncode == 0


def test_the_database_is_backed_up_by_the_servers_own_program(prism: Prism, tmp_path: Path) -> None:
    done = prism("db", "backup", str(tmp_path / "backup.tar"))
    assert (done.returncode, "revision" in done.stdout) == (0, True), done.stderr
    again = prism("db", "backup", str(tmp_path / "backup.tar"))
    assert (again.returncode, "is there already" in again.stderr) == (2, True)
    refused = prism("db", "restore", str(tmp_path / "backup.tar"))
    assert refused.returncode == 2
    assert answer_of(prism("db", "status"))["settings"]["host"] == "127.0.0.1"
