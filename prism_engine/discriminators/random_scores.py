"""A control whose scores are noise: what a discriminator that knows nothing would report.

A score is drawn once for all by seed, prompt and text, so that identical text still gets an equal
score and a policy could learn to please it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Self

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from prism_engine.batch import Drawn
from prism_engine.contract.discriminators import RandomScores
from prism_engine.data.response import Sections
from prism_engine.discriminators.discriminator import Rules, Scores
from prism_engine.discriminators.pairwise import bounded, measure_scores
from prism_engine.discriminators.sections import EXPERTS, encode_sections
from prism_engine.policy.policy import Policy
from prism_engine.policy.processor import Processor


class RandomDiscriminator:
    """Scores evenly spread between -1 and 1 that say nothing."""

    channels = EXPERTS

    def __init__(self, seed: int, processor: Processor, rules: Rules) -> None:
        self._seed = seed
        self._processor = processor
        self._rules = rules

    @classmethod
    def fresh(
        cls, policy: Policy, settings: RandomScores, rules: Rules, generator: torch.Generator
    ) -> Self:
        """One whose scores depend on `generator`."""
        seed = int(torch.randint(2**62, (), generator=generator))
        return cls(seed, policy.processor, rules)

    @classmethod
    def exported(cls, folder: Path, policy: Policy, rules: Rules) -> Self:
        """One that an earlier run exported."""
        seed = int(load_file(folder / "model.safetensors")["seed"])
        return cls(seed, policy.processor, rules)

    def score(self, drawn: Drawn, demonstrations: Sequence[Sections]) -> Scores:
        """Score both sides; see `Discriminator.score`."""
        encoded = encode_sections(
            self.channels,
            demonstrations,
            drawn.sections,
            self._processor,
            self._rules.longest_section,
        )
        noise = torch.tensor(
            [self._noise(drawn.records[prompt].id, ids) for prompt, ids in encoded.rows]
        )
        scores = bounded(noise, self._rules.game.score_clip)
        return Scores(
            channels={channel: encoded.scores_of(channel, scores) for channel in self.channels},
            valid=drawn.valid.view(len(demonstrations), -1),
            load_balance=torch.zeros(()),
        )

    def learn(self, scores: Scores, step: int) -> dict[str, float]:
        """Report on the scores; there is nothing to learn with."""
        return measure_scores(scores)

    def state(self) -> dict[str, Tensor]:
        return {"seed": torch.tensor(self._seed)}

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        self._seed = int(state["seed"])

    def whole(self) -> AbstractContextManager[object]:
        return nullcontext()

    @property
    def size(self) -> int:
        """Bytes of the weights, of which there are none."""
        return 0

    def export(self, folder: Path) -> None:
        save_file(self.state(), folder / "model.safetensors")
        config = {"discriminator": "random", "channels": list(self.channels)}
        (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n", "utf-8")

    def _noise(self, prompt: str, ids: Sequence[int]) -> float:
        """A number between -1 and 1, every bit of which depends on all of its origin."""
        origin = json.dumps([self._seed, prompt, ids])
        digest = hashlib.sha256(origin.encode()).digest()
        return int.from_bytes(digest[:8], "big") / 2**63 - 1
