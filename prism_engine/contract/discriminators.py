"""Settings of the discriminators and of the game that they learn in.

The classes that carry them out are `prism_engine.discriminators`.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from prism_engine.contract.settings import Optimizer, Settings, setting


class Reading(Settings):
    """A discriminator that is a network."""

    pooling: Literal["end", "mean"] = setting(
        "end",
        "Where the score is read: at the end token, which both sides share, or as the mean over "
        "a section",
        "game", advanced=True,
    )  # fmt: skip


class Sparse(Reading):
    """A sparse-upcycled copy of a dense model."""

    experts: int = setting(4, "Feed-forward experts per layer", "game", ge=2)
    experts_per_token: int = setting(2, "Experts that each token is routed to", "game", ge=1)
    expert_noise: float = setting(
        0.01, "Deviation of the noise that makes the copied experts differ", "game",
        ge=0, advanced=True,
    )  # fmt: skip

    @model_validator(mode="after")
    def _routes_to_existing_experts(self) -> Self:
        if self.experts_per_token > self.experts:
            raise ValueError(
                f"experts_per_token is {self.experts_per_token} but there are only "
                f"{self.experts} experts; lower it or raise experts"
            )
        return self


class Moe(Sparse):
    """The paper's discriminator: one sparse network that reads caption and reasoning apart."""

    kind: Literal["moe"] = "moe"


class Dense(Reading):
    """The paper's ablation: a dense copy of the policy in place of the sparse one."""

    kind: Literal["dense"] = "dense"


class TextOnly(Sparse):
    """The paper's ablation: the sparse network never sees the image."""

    kind: Literal["text_only"] = "text_only"


class WholeResponse(Sparse):
    """One score for the whole response, as in GAD (arXiv 2511.10643)."""

    kind: Literal["whole_response"] = "whole_response"


class LengthOnly(Settings):
    """A control that sees how long a section is, and nothing else."""

    kind: Literal["length_only"] = "length_only"


class RandomScores(Settings):
    """A control whose scores are noise."""

    kind: Literal["random"] = "random"


Discriminator = Annotated[
    Moe | Dense | TextOnly | WholeResponse | LengthOnly | RandomScores,
    Field(discriminator="kind"),
]


class Game(Settings):
    """How the discriminator learns to tell demonstrations from rollouts."""

    optimizer: Optimizer = setting(Optimizer(), "Optimizer of the discriminator", "game")
    updates_per_step: int = setting(
        1, "Optimizer steps of the discriminator in a step that it learns in", "game", ge=1,
        advanced=True,
    )  # fmt: skip
    learn_every: int = setting(
        1, "The discriminator learns in every so many steps of the policy", "game", ge=1,
        unit="steps", advanced=True,
    )  # fmt: skip
    tokens_per_pass: int = setting(
        16_384, "So many tokens go through the discriminator at a time; where a step has more, "
        "activations are computed again to learn from", "game", ge=1, unit="tokens",
        advanced=True,
    )  # fmt: skip
    score_clip: float = setting(
        10.0, "Scores stay within ± this, without a hard edge", "game", gt=0, advanced=True
    )
    score_penalty: float = setting(
        0.001, "Weight of the squared scores in the loss", "game", ge=0, advanced=True
    )
    label_smoothing: float = setting(
        0.0, "Share of pairs that are taken to be the other way round", "game",
        ge=0, lt=0.5, advanced=True,
    )  # fmt: skip
    load_balance: float = setting(
        0.01, "Weight of the router's load-balance loss", "game", ge=0, advanced=True
    )
    replay_share: float = setting(
        0.0, "Share of the prompts learned from that come back from earlier steps, with the "
        "rollouts that were drawn for them then", "game", ge=0, lt=1, advanced=True,
    )  # fmt: skip
    replay_size: int = setting(
        128, "Earlier prompts whose rollouts are kept", "game", ge=1, unit="prompts", advanced=True
    )


class Audit(Settings):
    """How the game is looked at on pairs that the discriminator never learns from."""

    every: int = setting(25, "Steps between audits", "game", ge=1, unit="steps")
    prompts: int = setting(
        16, "Last rows of the data set, held out for audits; 0 for none", "game",
        ge=0, unit="prompts",
    )  # fmt: skip
