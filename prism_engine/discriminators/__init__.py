"""Discriminators: judges that learn to tell demonstrations from rollouts.

To add one, write its file with a class that has the methods of `discriminator.Discriminator` and
the two ways into the world, `fresh` and `exported`; add its settings to the union `Discriminator`
in `contract/discriminators.py`, name it here, and declare the metrics of its channels in
`contract/metrics.py`. One that is a network says in its class what differs from the others and
leaves the rest to `NetworkDiscriminator`.
"""

from __future__ import annotations

import json
from pathlib import Path

from prism_engine.discriminators.dense import DenseDiscriminator
from prism_engine.discriminators.discriminator import Discriminator, Rules
from prism_engine.discriminators.length_only import LengthOnlyDiscriminator
from prism_engine.discriminators.moe import MoeDiscriminator
from prism_engine.discriminators.random_scores import RandomDiscriminator
from prism_engine.discriminators.text_only import TextOnlyDiscriminator
from prism_engine.discriminators.whole_response import WholeResponseDiscriminator
from prism_engine.errors import InvalidModel
from prism_engine.policy.policy import Policy

DISCRIMINATORS = {
    "moe": MoeDiscriminator,
    "dense": DenseDiscriminator,
    "text_only": TextOnlyDiscriminator,
    "whole_response": WholeResponseDiscriminator,
    "length_only": LengthOnlyDiscriminator,
    "random": RandomDiscriminator,
}
"""By what a recipe and the `config.json` of an exported one call them."""


def load_discriminator(folder: Path, policy: Policy, rules: Rules) -> Discriminator:
    """One that an earlier run exported, to play against `policy`.

    Raises:
        InvalidModel: the folder holds none, or one that reads text or images otherwise than the
            policy does.
    """
    if not (folder / "config.json").is_file():
        raise InvalidModel(f"{folder} has no config.json")
    config = json.loads((folder / "config.json").read_text("utf-8"))
    kind = config.get("discriminator")
    if kind not in DISCRIMINATORS:
        architecture = ", ".join(config.get("architectures") or ["model without a name"])
        raise InvalidModel(
            f"{folder} holds a {kind or architecture}, which is no discriminator that we know; "
            "name one that a warm-up or an alignment ended with"
        )
    discriminator = DISCRIMINATORS[kind]
    if config.get("channels") != list(discriminator.channels):
        raise InvalidModel(
            f"the discriminator in {folder} reads {config.get('channels')}, where {kind} reads "
            f"{list(discriminator.channels)}; warm one up anew"
        )
    return discriminator.exported(folder, policy, rules)
