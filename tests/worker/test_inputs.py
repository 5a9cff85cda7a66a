from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest
import yaml

from prism_client.worker_client import Claim, Input
from prism_engine.contract.manifest import write_manifest
from worker.errors import MissingInput, StoreFailed
from worker.inputs import fetch_inputs, write_recipe
from worker.store import ArtifactStore


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "data"
    (root / "curated").mkdir(parents=True)
    (root / "curated" / "data.jsonl").touch()
    return root


@pytest.fixture
def store(tmp_path: Path) -> ArtifactStore:
    return ArtifactStore((tmp_path / "artifacts").as_uri(), tmp_path / "fetched")


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    folder = tmp_path / "export" / "policy"
    (folder / "tokenizer").mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(b"weights")
    (folder / "tokenizer" / "tokenizer.json").write_bytes(b"{}")
    return folder


def claim(*inputs: Input) -> Claim:
    recipe = {
        "name": "prism",
        "seed": 0,
        "runs": {"align": {"kind": "align", "policy": {"run": "sft"}, "data": "curated"}},
    }
    return Claim(
        run_id="run_1", run_name="align", attempt_id="att_1", attempt=1, kind="align",
        recipe=recipe, inputs=inputs, lease_seconds=2,
    )  # fmt: skip


def dataset(location: str) -> Input:
    return Input(role="data", kind="dataset", name="curated", location=location)


def model(location: str) -> Input:
    return Input(role="policy", kind="model", name="qwen", location=location)


def test_data_is_found_below_a_root(root: Path, store: ArtifactStore) -> None:
    needed = dataset("curated")
    assert fetch_inputs(claim(needed), [root], store, root) == [(needed, str(root / "curated"))]


def test_a_hub_id_is_left_to_the_engine(root: Path, store: ArtifactStore) -> None:
    needed = model("Qwen/Qwen3-VL-4B-Instruct")
    assert fetch_inputs(claim(needed), [root], store, root) == [
        (needed, "Qwen/Qwen3-VL-4B-Instruct")
    ]


@pytest.mark.parametrize("location", ["../secret", "outside", "missing", "/etc"])
def test_nothing_outside_of_the_roots_is_found(
    root: Path, store: ArtifactStore, location: str
) -> None:
    (root.parent / "secret").mkdir()
    (root / "outside").symlink_to(root.parent / "secret")
    with pytest.raises(MissingInput, match="set PRISM_DATA_ROOTS"):
        fetch_inputs(claim(dataset(location)), [root], store, root)


def test_a_stored_checkpoint_comes_back_as_it_was(
    root: Path, store: ArtifactStore, checkpoint: Path
) -> None:
    location = store.put(checkpoint, write_manifest(checkpoint), "checkpoints/run_0/1/40-policy")
    needed = Input(role="policy", kind="checkpoint", name="sft", location=location)
    ((_, local),) = fetch_inputs(claim(needed), [root], store, root)
    found = Path(local)
    assert (found / "model.safetensors").read_bytes() == b"weights"
    assert (found / "tokenizer" / "tokenizer.json").read_bytes() == b"{}"
    (checkpoint.parent.parent / "artifacts").rename(checkpoint.parent / "away")
    assert store.fetch(location) == found


def test_a_changed_checkpoint_is_refused(store: ArtifactStore, checkpoint: Path) -> None:
    location = store.put(checkpoint, write_manifest(checkpoint), "checkpoints/run_0/1/40-policy")
    Path(location.removeprefix("file://"), "model.safetensors").write_bytes(b"weightz")
    with pytest.raises(StoreFailed, match=r"model\.safetensors is not what the manifest says"):
        store.fetch(location)


def test_a_manifest_cannot_write_elsewhere(store: ArtifactStore, checkpoint: Path) -> None:
    location = store.put(checkpoint, write_manifest(checkpoint), "checkpoints/run_0/1/40-policy")
    manifest = Path(location.removeprefix("file://"), "manifest.json")
    manifest.write_text('{"files": {"../../away": {"sha256": "0", "size": 1}}}')
    with pytest.raises(StoreFailed, match="outside of its checkpoint"):
        store.fetch(location)


def test_the_recipe_names_local_paths(tmp_path: Path) -> None:
    path = tmp_path / "recipe.yaml"
    fetched = [(model("qwen"), "/cache/policy"), (dataset("curated"), "/data/curated")]
    write_recipe(claim(), fetched, path)
    assert yaml.safe_load(path.read_text())["runs"]["align"] == {
        "kind": "align",
        "policy": {"model": "/cache/policy"},
        "data": "/data/curated",
    }


def uploaded(root: Path, content: bytes, digest: str) -> Input:
    place = f"images/{digest[:2]}/{digest}"
    file = root.parent / "artifacts" / place
    file.parent.mkdir(parents=True)
    file.write_bytes(content)
    return Input(role="images", kind="image", name=digest, location=place, fingerprint=digest)


def test_uploaded_images_come_in_the_order_in_which_they_are_named(
    root: Path, store: ArtifactStore, tmp_path: Path
) -> None:
    first, second = b"a chart", b"a photo"
    names = [sha256(content).hexdigest() for content in (first, second)]
    needed = [
        uploaded(root, second, names[1]),
        uploaded(root, first, names[0]),
    ]
    asking = claim(*needed)
    asking.recipe["runs"]["align"] = {"kind": "ask", "images": [names[0], names[1], names[0]]}
    fetched = fetch_inputs(asking, [root], store, tmp_path / "inputs")
    write_recipe(asking, fetched, tmp_path / "recipe.yaml")

    run = yaml.safe_load((tmp_path / "recipe.yaml").read_text())["runs"]["align"]
    contents = [Path(image).read_bytes() for image in run["images"]]
    assert contents == [first, second, first]


def test_an_image_that_is_not_what_was_uploaded_is_refused(
    root: Path, store: ArtifactStore, tmp_path: Path
) -> None:
    needed = uploaded(root, b"another", sha256(b"a chart").hexdigest())
    with pytest.raises(StoreFailed, match="is not what was uploaded"):
        fetch_inputs(claim(needed), [root], store, tmp_path / "inputs")
    missing = needed.model_copy(update={"location": "images/00/gone"})
    with pytest.raises(StoreFailed, match="could not be fetched"):
        fetch_inputs(claim(missing), [root], store, tmp_path / "inputs")


def test_further_data_sets_keep_their_shares_and_their_order(tmp_path: Path) -> None:
    needed = claim()
    needed.recipe["runs"]["align"] = {
        "kind": "sft",
        "data": "curated",
        "mixed_with": {"public": 0.5, "charts": 2.0},
    }
    fetched = [
        (dataset("curated"), "/data/curated"),
        (Input(role="mixed_with", kind="dataset", name="charts", location="c"), "/data/c"),
        (Input(role="mixed_with", kind="dataset", name="public", location="p"), "/more/p"),
    ]
    write_recipe(needed, fetched, tmp_path / "recipe.yaml")

    run = yaml.safe_load((tmp_path / "recipe.yaml").read_text())["runs"]["align"]
    assert run["data"] == "/data/curated"
    assert list(run["mixed_with"].items()) == [("/more/p", 0.5), ("/data/c", 2.0)]
