"""A control that sees how long a section is, and nothing else.

Whatever it wins, a network could win without reading. It has two weights a channel, which want a
learning rate some hundred times that of a network.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Self

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from prism_engine.batch import Drawn
from prism_engine.contract.discriminators import LengthOnly
from prism_engine.data.response import Sections
from prism_engine.discriminators.discriminator import Rules, Scores
from prism_engine.discriminators.pairwise import bounded
from prism_engine.discriminators.sections import EXPERTS, encode_sections
from prism_engine.discriminators.trained import TrainedDiscriminator
from prism_engine.distributed.single import ALONE
from prism_engine.errors import InvalidModel
from prism_engine.policy.policy import Policy
from prism_engine.policy.processor import Processor


class LengthOnlyDiscriminator(TrainedDiscriminator):
    """A logistic model of Bradley-Terry pairs over the lengths of sections."""

    channels = EXPERTS

    def __init__(self, processor: Processor, rules: Rules) -> None:
        self._weights = nn.Linear(2, len(self.channels), bias=False)
        nn.init.zeros_(self._weights.weight)
        # Every rank counts all lengths and learns the same.
        super().__init__(self._weights, replace(rules, strategy=ALONE))
        self._processor = processor

    @classmethod
    def fresh(
        cls, policy: Policy, settings: LengthOnly, rules: Rules, generator: torch.Generator
    ) -> Self:
        """One to which all lengths are alike."""
        return cls(policy.processor, rules)

    @classmethod
    def exported(cls, folder: Path, policy: Policy, rules: Rules) -> Self:
        """One that an earlier run exported. Raises `InvalidModel` if it counts other tokens."""
        if not policy.processor.agrees_with(folder):
            raise InvalidModel(
                f"the discriminator in {folder} does not count the policy's tokens; "
                "warm one up from a policy of the same family"
            )
        discriminator = cls(policy.processor, rules)
        discriminator._weights.load_state_dict(load_file(folder / "model.safetensors"))
        return discriminator

    def score(self, drawn: Drawn, demonstrations: Sequence[Sections]) -> Scores:
        """Score both sides; see `Discriminator.score`."""
        encoded = encode_sections(
            self.channels,
            demonstrations,
            drawn.sections,
            self._processor,
            self.rules.longest_section,
        )
        lengths = torch.tensor([len(ids) for _, ids in encoded.rows])
        scores = bounded(self._weights(length_features(lengths)), self.rules.game.score_clip)
        return Scores(
            channels={
                channel: encoded.scores_of(channel, scores[:, number])
                for number, channel in enumerate(self.channels)
            },
            valid=drawn.valid.view(len(demonstrations), -1),
            load_balance=torch.zeros(()),
        )

    def export(self, folder: Path) -> None:
        """Write the weights beside the tokenizer that the lengths are counted by."""
        save_file(self._weights.state_dict(), folder / "model.safetensors")
        config = {"discriminator": "length_only", "channels": list(self.channels)}
        (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n", "utf-8")
        self._processor.save(folder)


def length_features(lengths: Tensor) -> Tensor:
    """(N, 2): the logarithm of lengths (N,) in tokens, and the lengths in hundreds."""
    return torch.stack([lengths.float().log(), lengths / 100], dim=1)
