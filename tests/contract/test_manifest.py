from pathlib import Path

import pytest

from prism_engine.contract.manifest import Torn, read_manifest, write_manifest


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    folder = tmp_path / "step-000040"
    (folder / "policy").mkdir(parents=True)
    (folder / "policy" / "model.safetensors").write_bytes(b"weights")
    (folder / "state.json").write_bytes(b"{}")
    write_manifest(folder)
    return folder


def test_a_complete_folder_is_read_with_its_sizes(checkpoint: Path) -> None:
    manifest = read_manifest(checkpoint)
    assert {name: file.size for name, file in manifest.files.items()} == {
        "policy/model.safetensors": 7,
        "state.json": 2,
    }
    assert manifest.size == 9


def test_writing_twice_gives_the_same_list(checkpoint: Path) -> None:
    assert write_manifest(checkpoint) == read_manifest(checkpoint)


def test_a_changed_file_is_found(checkpoint: Path) -> None:
    (checkpoint / "policy" / "model.safetensors").write_bytes(b"weightz")
    with pytest.raises(Torn, match=r"model\.safetensors is not what the manifest says"):
        read_manifest(checkpoint)


def test_a_missing_file_is_found(checkpoint: Path) -> None:
    (checkpoint / "state.json").unlink()
    with pytest.raises(Torn, match=r"lacks state\.json"):
        read_manifest(checkpoint)


def test_a_folder_without_manifest_was_never_finished(checkpoint: Path) -> None:
    (checkpoint / "manifest.json").unlink()
    with pytest.raises(Torn, match="never finished"):
        read_manifest(checkpoint)
