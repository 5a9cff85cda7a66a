"""The paper's discriminator: one sparse Qwen3-VL, read twice (arXiv 2604.28123).

The perception expert and the reasoning expert are the same network and the same head. Each sees
image and question; one then reads the caption section, the other the think and answer sections.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Self

import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from prism_engine.batch import Drawn, PromptBatch
from prism_engine.contract.discriminators import Moe
from prism_engine.data.response import Sections
from prism_engine.discriminators.discriminator import ChannelScores, Rules, Scores
from prism_engine.discriminators.pairwise import bounded, bradley_terry, readings, score_penalty
from prism_engine.discriminators.router import load_balance
from prism_engine.discriminators.scorer import Scored, SparseScorer
from prism_engine.discriminators.sections import (
    CHANNELS,
    Row,
    collate_sections,
    encode_sections,
    split_rows,
)
from prism_engine.discriminators.upcycle import upcycle
from prism_engine.errors import Diverged, InvalidModel
from prism_engine.policy.alignment import copy_weights
from prism_engine.policy.optimization import (
    ScheduledAdamW,
    load_trained_state,
    trained_state,
)
from prism_engine.policy.policy import Policy
from prism_engine.policy.precision import activations_in, compute_in_float64, weight_format
from prism_engine.policy.processor import Processor

MOST_TOKENS = 16_384
"""So many tokens go through the model at a time."""

PASSES = 4
"""Rows of like length go through the model together, so that little of it computes padding."""


class MoeDiscriminator:
    """A sparse-upcycled Qwen3-VL that plays against the policy.

    Activations are computed in `dtype`, except for routers and scores, which are as wide as the
    weights.
    """

    def __init__(
        self, scorer: SparseScorer, processor: Processor, rules: Rules, dtype: torch.dtype
    ) -> None:
        if dtype is torch.float64:
            compute_in_float64(scorer)
        self.scorer = scorer.eval()
        self.processor = processor
        self._rules = rules
        self._dtype = dtype
        self._optimizer = ScheduledAdamW(scorer.parameters(), rules.game.optimizer, rules.steps)

    @classmethod
    def upcycled(
        cls, policy: Policy, settings: Moe, rules: Rules, generator: torch.Generator
    ) -> Self:
        """A fresh discriminator with the weights of a policy."""
        scorer = upcycle(policy.model, settings, generator).to(policy.device)
        return cls(scorer, policy.processor, rules, policy.dtype)

    @classmethod
    def exported(cls, folder: Path, policy: Policy, rules: Rules) -> Self:
        """One that an earlier run exported, to play against `policy`.

        It reads what the policy's processor encodes, so the two must agree on it.

        Raises:
            InvalidModel: its tokenizer or its images differ from the policy's.
        """
        if not policy.processor.agrees_with(Processor.load(folder)):
            raise InvalidModel(
                f"the discriminator in {folder} does not read text and images as the policy does; "
                "warm one up from a policy of the same family"
            )
        scorer = SparseScorer.from_pretrained(
            folder, dtype=weight_format(policy.dtype), use_safetensors=True
        )
        copy_weights(scorer)
        return cls(scorer.to(policy.device), policy.processor, rules, policy.dtype)

    def score(self, drawn: Drawn, demonstrations: Sequence[Sections]) -> Scores:
        encoded = encode_sections(
            demonstrations, drawn.sections, self.processor, self._rules.longest_section
        )
        with self._precision():
            scored = self._score_rows(drawn.prompts, encoded.rows)
        scores = bounded(scored.scores, self._rules.game.score_clip)
        return Scores(
            channels={
                channel: ChannelScores(
                    scores[encoded.demonstrations[channel]], scores[encoded.rollouts[channel]]
                )
                for channel in CHANNELS
            },
            valid=drawn.valid.view(len(demonstrations), -1).to(scores.device),
            load_balance=load_balance(
                scored.router_logits, self.scorer.config.text_config.num_experts_per_tok
            ),
        )

    def learn(self, scores: Scores, step: int) -> dict[str, float]:
        if not scores.valid.any():
            return {}
        loss = self._loss(scores)
        if not loss.isfinite():
            raise Diverged(step, "discriminator's loss")
        loss.backward()
        measured = {
            "discriminator_loss": loss.item(),
            "discriminator_gradient_norm": self._optimizer.step(step),
        }
        for channel, both in scores.channels.items():
            measured |= readings(
                channel, both.demonstrations.detach(), both.rollouts.detach(), scores.valid
            )
        return measured

    def _precision(self) -> AbstractContextManager[None]:
        return activations_in(self._dtype, self.scorer.device)

    def _score_rows(self, prompts: PromptBatch, rows: Sequence[Row]) -> Scored:
        """Score N rows; what does not fit into memory at once is computed again to learn from."""
        parts = split_rows(rows, prompts.input_ids.shape[1], MOST_TOKENS)
        if len(parts) == 1:
            return self._score_part(prompts, rows)
        scored = [
            checkpoint(self._score_part, prompts, part, use_reentrant=False) for part in parts
        ]
        scores, routed = zip(*scored, strict=True)
        return Scored(
            torch.cat(scores), tuple(torch.cat(layer) for layer in zip(*routed, strict=True))
        )

    def _score_part(self, prompts: PromptBatch, rows: Sequence[Row]) -> Scored:
        first, last = rows[0][0], rows[-1][0] + 1
        prompts = prompts.select(first, last)
        by_length = sorted(range(len(rows)), key=lambda number: len(rows[number][1]))
        passes = [
            collate_sections(
                [(rows[number][0] - first, rows[number][1]) for number in numbers],
                prompts.next_position,
                self.processor,
            ).to(self.scorer.device)
            for numbers in _slices(by_length, PASSES)
        ]
        scored = self.scorer(prompts.to(self.scorer.device), passes)
        return scored._replace(scores=scored.scores[torch.tensor(by_length).argsort()])

    def _loss(self, scores: Scores) -> Tensor:
        """Σ_c BT_c + λ · mean_c penalty_c + β · load balance (arXiv 2604.28123, eq. 2)."""
        game = self._rules.game
        sides = [
            (both.demonstrations, both.rollouts, scores.valid) for both in scores.channels.values()
        ]
        told_apart = torch.stack([bradley_terry(*side) for side in sides]).sum()
        penalty = torch.stack([score_penalty(*side) for side in sides]).mean()
        return told_apart + game.score_penalty * penalty + game.load_balance * scores.load_balance

    def state(self) -> dict[str, Tensor]:
        return trained_state(self.scorer, self._optimizer)

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        load_trained_state(self.scorer, self._optimizer, state)

    def export(self, folder: Path) -> None:
        self.scorer.save_pretrained(folder, safe_serialization=True)
        self.processor.save(folder)


def _slices(numbers: Sequence[int], count: int) -> list[Sequence[int]]:
    """At most `count` slices of like size, none of them empty."""
    size = -(-len(numbers) // count)
    return [numbers[start : start + size] for start in range(0, len(numbers), size)]
