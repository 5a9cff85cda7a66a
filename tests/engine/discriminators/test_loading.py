"""A discriminator is never taken for a policy, nor for another discriminator."""

import json
from pathlib import Path

import pytest
import torch

from prism_engine.contract.discriminators import Dense, Game, Moe
from prism_engine.discriminators import load_discriminator
from prism_engine.discriminators.discriminator import Rules
from prism_engine.errors import InvalidModel
from prism_engine.policy.policy import Policy

RULES = Rules(Game(), steps=10, longest_section=400)


def test_a_policy_is_no_discriminator(tiny_folder: Path, tiny_policy: Policy):
    with pytest.raises(InvalidModel, match=r"Qwen3VLForConditionalGeneration.*no discriminator"):
        load_discriminator(tiny_folder, tiny_policy, RULES)


@pytest.mark.parametrize("settings", [Moe(), Dense()], ids=["moe", "dense"])
def test_a_discriminator_is_no_policy(make_discriminator, tmp_path: Path, settings):
    make_discriminator(settings).export(tmp_path)
    with pytest.raises(InvalidModel, match="of type prism_discriminator; a policy is one of qwen"):
        Policy.load(tmp_path, torch.float32, torch.device("cpu"))


def test_a_folder_without_anything_is_refused(tiny_policy: Policy, tmp_path: Path):
    with pytest.raises(InvalidModel, match=r"no config\.json"):
        load_discriminator(tmp_path, tiny_policy, RULES)


def test_a_kind_that_nobody_knows_is_refused(
    make_discriminator, tiny_policy: Policy, tmp_path: Path
):
    make_discriminator().export(tmp_path)
    _change(tmp_path, discriminator="oracle")
    with pytest.raises(InvalidModel, match="oracle, which is no discriminator that we know"):
        load_discriminator(tmp_path, tiny_policy, RULES)


def test_one_that_reads_other_channels_is_refused(
    make_discriminator, tiny_policy: Policy, tmp_path: Path
):
    make_discriminator().export(tmp_path)
    _change(tmp_path, discriminator="whole_response")
    with pytest.raises(InvalidModel, match=r"'perception', 'reasoning'.*reads \['response'\]"):
        load_discriminator(tmp_path, tiny_policy, RULES)


@pytest.mark.parametrize(("is_", "says"), [(Moe(), "dense"), (Dense(), "moe")])
def test_one_whose_weights_are_of_another_kind_is_refused(
    make_discriminator, tiny_policy: Policy, tmp_path: Path, is_, says: str
):
    make_discriminator(is_).export(tmp_path)
    _change(tmp_path, discriminator=says, experts=4, experts_per_token=2)
    with pytest.raises(InvalidModel, match=r"are not those that its config\.json tells of: .*mlp"):
        load_discriminator(tmp_path, tiny_policy, RULES)


def _change(folder: Path, **settings: object) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, **settings}))
