"""What git says of the code, asked of real checkouts."""

from __future__ import annotations

import subprocess
from hashlib import sha256
from pathlib import Path

import pytest

from prism_engine.checkout import Checkout, without_credentials
from prism_engine.contract.environment import LARGEST_DIFF, LONGEST_PATCH


def git(folder: Path, *arguments: str) -> str:
    who = ("-c", "user.name=n", "-c", "user.email=e")
    command = ["git", "-C", str(folder), *who, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A checkout of one commit with the files `engine.py` and `.env`."""
    git(tmp_path, "init", "--quiet")
    (tmp_path / "engine.py").write_text("steps = 1\n")
    (tmp_path / ".env").write_text("TOKEN=old\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "-m", "first")
    return tmp_path


def checkout(folder: Path) -> Checkout:
    found = Checkout.of(folder / "engine.py")
    assert found is not None
    return found


def test_a_clean_checkout_is_its_commit(folder: Path) -> None:
    git(folder, "remote", "add", "origin", "https://mara:secret@git.example/prism.git")
    code, patches = checkout(folder).describe("1.2")
    assert code.version == "1.2"
    assert code.commit == git(folder, "rev-parse", "HEAD")
    assert code.remote == "https://git.example/prism.git"
    assert (code.changed, code.diff_sha256, code.diff_cut, code.untracked) == ([], None, False, [])
    assert patches == []


def test_what_differs_from_the_commit_is_kept(folder: Path) -> None:
    (folder / "engine.py").write_text("steps = 2\n")
    (folder / "notes.txt").write_text("mine")
    code, (patch,) = checkout(folder).describe(None)
    assert code.changed == ["engine.py"]
    assert code.untracked == ["notes.txt"]
    assert not code.diff_cut
    assert patch.path == "engine.py"
    assert patch.text.endswith("-steps = 1\n+steps = 2\n")
    assert code.diff_sha256 == sha256(patch.text.encode()).hexdigest()


def test_of_a_file_of_secrets_it_is_kept_only_that_it_differs(folder: Path) -> None:
    (folder / ".env").write_text("TOKEN=new\n")
    code, (patch,) = checkout(folder).describe(None)
    assert (patch.path, patch.text, patch.cut) == (".env", "", True)
    assert (code.changed, code.diff_cut) == ([".env"], True)


def test_a_large_difference_is_cut_and_says_so_code_first(folder: Path) -> None:
    names = [f"a{number:02}.json" for number in range(20)]
    for name in names:
        (folder / name).write_text("x" * 70_000)
    git(folder, "add", "--intent-to-add", ".")
    (folder / "engine.py").write_text("steps = 2\n")
    code, patches = checkout(folder).describe(None)
    assert code.changed == [*names, "engine.py"]
    assert code.diff_cut
    first, second, *_ = patches
    assert (first.path, first.cut) == ("engine.py", False)
    assert (second.path, len(second.text), second.cut) == ("a00.json", LONGEST_PATCH, True)
    assert sum(len(patch.text) for patch in patches) == LARGEST_DIFF


def test_what_is_installed_inside_of_a_checkout_is_no_part_of_it(folder: Path) -> None:
    installed = folder / "env" / "engine.py"
    installed.parent.mkdir()
    installed.write_text("")
    assert Checkout.of(installed) is None


def test_a_folder_outside_of_any_checkout_has_none(tmp_path: Path) -> None:
    assert Checkout.of(tmp_path / "engine.py") is None


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://token@host:8443/a.git?x=1", "https://host:8443/a.git?x=1"),
        ("ssh://git@host/a.git", "ssh://host/a.git"),
        ("git@host:owner/a.git", "git@host:owner/a.git"),
        ("/srv/a.git", "/srv/a.git"),
    ],
)
def test_an_address_is_shown_without_user_and_password(address: str, shown: str) -> None:
    assert without_credentials(address) == shown
