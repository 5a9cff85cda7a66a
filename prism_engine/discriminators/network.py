"""What discriminators that are networks have in common: how they read, and how they are kept."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import ClassVar, Self

import torch
from torch.utils.checkpoint import checkpoint

from prism_engine.batch import Drawn, PromptBatch
from prism_engine.contract.discriminators import Reading
from prism_engine.data.response import Sections
from prism_engine.discriminators.discriminator import Rules, Scores
from prism_engine.discriminators.pairwise import bounded
from prism_engine.discriminators.router import Pooled, own
from prism_engine.discriminators.scorer import Scored, Scorer
from prism_engine.discriminators.sections import (
    Row,
    collate_sections,
    encode_sections,
    split_rows,
)
from prism_engine.discriminators.trained import TrainedDiscriminator
from prism_engine.errors import InvalidModel
from prism_engine.policy.adapters import plain_weights
from prism_engine.policy.alignment import copy_weights
from prism_engine.policy.alike import alike
from prism_engine.policy.narrow import NarrowWeights
from prism_engine.policy.policy import Policy
from prism_engine.policy.precision import compute_in_float64, weight_format
from prism_engine.policy.processor import Processor


class NetworkDiscriminator(TrainedDiscriminator):
    """A network that plays against the policy.

    Activations are computed in `dtype`, except for routers and scores, which are as wide as the
    weights.
    """

    scorer_class: ClassVar[type[Scorer]]

    def __init__(
        self, scorer: Scorer, processor: Processor, rules: Rules, dtype: torch.dtype
    ) -> None:
        if dtype is torch.float64:
            compute_in_float64(scorer)
        super().__init__(scorer.eval(), rules)
        self.scorer = scorer
        self.processor = processor
        self._dtype = dtype
        self._narrow = NarrowWeights(scorer, scorer.wide)
        self._narrow.memory = rules.strategy.memory
        self.pooled: Pooled = own

    @classmethod
    def fresh(
        cls, policy: Policy, settings: Reading, rules: Rules, generator: torch.Generator
    ) -> Self:
        """One that has learned nothing yet, with the weights of a policy."""
        scorer = cls.scorer_class.grown(policy.model, settings, cls.channels, generator)
        return cls(scorer.to(policy.device), policy.processor, rules, policy.dtype)

    @classmethod
    def exported(cls, folder: Path, policy: Policy, rules: Rules) -> Self:
        """One that an earlier run exported, to play against `policy`.

        It reads what the policy's processor encodes, so the two must agree on it.

        Raises:
            InvalidModel: its tokenizer or its images differ from the policy's, or its weights are
                not what its config says.
        """
        if not policy.processor.agrees_with(folder):
            raise InvalidModel(
                f"the discriminator in {folder} does not read text and images as the policy does; "
                "warm one up from a policy of the same family"
            )
        scorer, loading = cls.scorer_class.from_pretrained(
            folder,
            dtype=weight_format(policy.dtype),
            use_safetensors=True,
            output_loading_info=True,
        )
        if wrong := sorted([*loading["missing_keys"], *loading["unexpected_keys"]]):
            raise InvalidModel(
                f"the weights in {folder} are not those that its config.json tells of: {wrong[0]} "
                "is missing or stands there for nothing"
            )
        copy_weights(scorer)
        return cls(scorer.to(policy.device), policy.processor, rules, policy.dtype)

    def score(self, drawn: Drawn, demonstrations: Sequence[Sections]) -> Scores:
        """Score both sides; see `Discriminator.score`."""
        encoded = encode_sections(
            self.channels,
            demonstrations,
            drawn.sections,
            self.processor,
            self.rules.longest_section,
        )
        with self.precision():
            scored = self._score_rows(self.seen(drawn.prompts), encoded.rows)
        scores = bounded(scored.scores, self.rules.game.score_clip)
        return Scores(
            channels={channel: encoded.scores_of(channel, scores) for channel in self.channels},
            valid=drawn.valid.view(len(demonstrations), -1).to(scores.device),
            load_balance=self.scorer.imbalance(scored.router_logits, self.pooled),
        )

    def seen(self, prompts: PromptBatch) -> PromptBatch:
        """What it is shown of the prompts."""
        return prompts

    def export(self, folder: Path) -> None:
        self.scorer.save_pretrained(folder, state_dict=plain_weights(self.scorer))
        self.processor.save(folder)

    def precision(self) -> AbstractContextManager[None]:
        narrow = self._dtype is torch.bfloat16
        return self._narrow.standing_in() if narrow else nullcontext()

    def _score_rows(self, prompts: PromptBatch, rows: Sequence[Row]) -> Scored:
        """Score N rows; what does not fit into memory at once is computed again to learn from."""
        parts = split_rows(rows, prompts.input_ids.shape[1], self.rules.game.tokens_per_pass)
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
        together = alike([len(ids) for _, ids in rows])
        passes = [
            collate_sections(
                [(rows[number][0] - first, rows[number][1]) for number in numbers],
                prompts.next_position,
                self.processor,
            ).to(self.scorer.device)
            for numbers in together
        ]
        scored = self.scorer(prompts.to(self.scorer.device), passes)
        order = torch.tensor([number for numbers in together for number in numbers]).argsort()
        return scored._replace(scores=scored.scores[order])
