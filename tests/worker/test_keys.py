from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from prism_client.worker_client import Claim
from worker.errors import KeyMissing, KeysRefused
from worker.folder import AttemptFolder
from worker.keys import keys_of, read_keys, written

TEACHER = {"url": "https://host/v1", "model": "m", "key": "teacher"}
JUDGE = {"url": "https://host/v1", "model": "m", "key": "judge"}


def claim(keys: dict[str, str], **settings: Any) -> Claim:
    run = {"kind": "evaluate", "policy": {"endpoint": TEACHER}, "judge": JUDGE} | settings
    return Claim(
        run_id="run_1", run_name="e", attempt_id="att_1", attempt=1, kind="evaluate",
        recipe={"name": "demo", "runs": {"e": run}}, lease_seconds=2, keys=keys,
    )  # fmt: skip


def key_file(folder: Path, content: str) -> Path:
    file = folder / "keys.yaml"
    file.write_text(content)
    file.chmod(0o600)
    return file


def test_the_servers_key_comes_before_the_machines_and_only_named_ones_are_given(
    tmp_path: Path,
) -> None:
    file = key_file(tmp_path, "teacher: ours\njudge: our-judge\nother: unneeded\n")
    found = keys_of(claim({"teacher": "theirs", "stray": "x"}), file)
    assert found == {"teacher": "theirs", "judge": "our-judge"}


def test_a_run_without_endpoints_is_given_none(tmp_path: Path) -> None:
    file = key_file(tmp_path, "teacher: ours")
    without = claim({}, policy={"model": "tiny"}, judge=None)
    assert keys_of(without, file) == {}
    assert written({}) is None


def test_a_key_that_nobody_has_is_named_with_its_remedy(tmp_path: Path) -> None:
    with pytest.raises(KeyMissing, match=r"no key 'judge'.*`prism key set judge`"):
        keys_of(claim({"teacher": "theirs"}), tmp_path / "keys.yaml")


def test_what_is_kept_of_a_claim_holds_no_key(tmp_path: Path) -> None:
    given = claim({"teacher": "a-secret-value"})
    folder = AttemptFolder.create(tmp_path, given)
    assert folder.claim.keys == {"teacher": "a-secret-value"}
    assert "a-secret-value" not in (folder.path / "claim.json").read_text()
    assert "a-secret-value" not in repr(given)


def test_keys_that_others_may_read_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "keys.yaml"
    assert read_keys(file) == {}
    file.write_text("teacher: sk-1")
    file.chmod(0o644)
    with pytest.raises(KeysRefused, match="chmod 600"):
        read_keys(file)
    file.chmod(0o600)
    assert read_keys(file) == {"teacher": "sk-1"}
    file.write_bytes(b"x" * 40_000)
    with pytest.raises(KeysRefused, match="40000 bytes"):
        read_keys(file)


@pytest.mark.parametrize("content", ["sk-secret", "a: {b: sk-secret}", "a: [sk-secret", "a: 7"])
def test_a_file_of_something_else_is_refused_without_quoting_it(
    tmp_path: Path, content: str
) -> None:
    with pytest.raises(KeysRefused, match="name: secret") as refused:
        read_keys(key_file(tmp_path, content))
    assert "sk-secret" not in str(refused.value)


def test_what_is_written_is_what_the_engine_reads() -> None:
    keys = {"teacher": "sk-'\"\\:#1", "judge": "null", "third": "ключ"}
    content = written(keys)
    assert content is not None
    assert yaml.safe_load(content.decode()) == keys
    with pytest.raises(KeysRefused, match="bytes, which no keys are"):
        written({"teacher": "x" * 40_000})
