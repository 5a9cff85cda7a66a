"""Discriminators: judges that learn to tell demonstrations from rollouts.

To add one, write its file with a class that has the methods of `discriminator.Discriminator` and
the two ways into the world, `upcycled` and `exported`; add its settings to the union
`Discriminator` in `contract/config.py`, and name it in both tables here.
"""

from __future__ import annotations

import json
from pathlib import Path

from prism_engine.discriminators.discriminator import Discriminator, Rules
from prism_engine.discriminators.moe import MoeDiscriminator
from prism_engine.discriminators.scorer import SparseScorer
from prism_engine.errors import InvalidModel
from prism_engine.policy.policy import Policy

DISCRIMINATORS = {"moe": MoeDiscriminator}
"""By what a recipe calls them."""

ARCHITECTURES = {SparseScorer.__name__: MoeDiscriminator}
"""By what the `config.json` of an exported one says."""


def load_discriminator(folder: Path, policy: Policy, rules: Rules) -> Discriminator:
    """One that an earlier run exported, to play against `policy`.

    Raises:
        InvalidModel: the folder holds none, or one that reads text or images otherwise than the
            policy does.
    """
    if not (folder / "config.json").is_file():
        raise InvalidModel(f"{folder} has no config.json")
    config = json.loads((folder / "config.json").read_text("utf-8"))
    architecture = ", ".join(config.get("architectures") or ["model without a name"])
    if architecture not in ARCHITECTURES:
        raise InvalidModel(
            f"{folder} holds a {architecture}, which is no discriminator; name one that a warm-up "
            "or an alignment ended with"
        )
    return ARCHITECTURES[architecture].exported(folder, policy, rules)
