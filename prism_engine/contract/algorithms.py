"""Settings of the algorithms. The classes that carry them out are `prism_engine.algorithms`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from prism_engine.contract.settings import Settings, setting


class PolicyGradient(Settings):
    """What all algorithms share: the way from rewards by channel to advantages."""

    scale_rewards: Literal["group", "batch", "none"] = setting(
        "group", "Over what the deviation is taken that rewards are divided by", "optimisation"
    )
    deviation_floor: float = setting(
        0.0, "Smallest deviation that rewards are divided by", "optimisation",
        ge=0, advanced=True,
    )  # fmt: skip
    deviation_epsilon: float = setting(
        1e-6, "Added to the deviation; TRL adds 1e-4", "optimisation", ge=0, advanced=True
    )


class Clipped(PolicyGradient):
    """An algorithm that clips the probability ratio to [1 - clip_low, 1 + clip_high]."""

    clip_low: float = setting(
        0.2, "How far the probability ratio may fall below 1", "optimisation", gt=0, lt=1
    )
    clip_high: float = setting(
        0.2, "How far the probability ratio may rise above 1", "optimisation", gt=0
    )


class Grpo(Clipped):
    """Group relative policy optimisation (arXiv 2402.03300)."""

    kind: Literal["grpo"] = "grpo"
    average: Literal["token", "response"] = setting(
        "token",
        "Mean over all tokens of a step, as PRISM's code takes it, or of the means of responses, "
        "as the paper of GRPO does",
        "optimisation", advanced=True,
    )  # fmt: skip


class Dapo(Clipped):
    """Decoupled clipping and dynamic sampling (arXiv 2503.14476)."""

    kind: Literal["dapo"] = "dapo"
    clip_high: float = setting(
        0.28, "How far the probability ratio may rise above 1", "optimisation", gt=0
    )
    dynamic_sampling: bool = setting(
        True,
        "Draw again in place of groups that are all right or all wrong; alignment, which verifies "
        "no answers, draws once",
        "sampling",
    )
    most_draws: int = setting(
        10, "Draws of a step before it goes on with the groups that it has", "sampling",
        ge=1, advanced=True,
    )  # fmt: skip
    overlong_filter: bool = setting(
        False, "In rlvr: learn nothing from responses that were cut", "reward", advanced=True
    )
    overlong_buffer: int = setting(
        0,
        "In rlvr: tokens before the longest response in which the punishment rises; 0 for none",
        "reward", ge=0, unit="tokens", advanced=True,
    )  # fmt: skip
    overlong_penalty: float = setting(
        1.0, "Punishment of a response of the longest length", "reward", ge=0, advanced=True
    )


class Gspo(Clipped):
    """Group sequence policy optimisation: one ratio a response (arXiv 2507.18071)."""

    kind: Literal["gspo"] = "gspo"
    clip_low: float = setting(
        3e-4, "How far the response's ratio may fall below 1", "optimisation", gt=0, lt=1
    )
    clip_high: float = setting(
        4e-4, "How far the response's ratio may rise above 1", "optimisation", gt=0
    )


class DrGrpo(Clipped):
    """GRPO without its biases: no deviation, one constant length (arXiv 2503.20783)."""

    kind: Literal["dr_grpo"] = "dr_grpo"
    scale_rewards: Literal["group", "batch", "none"] = setting(
        "none", "Over what the deviation is taken that rewards are divided by", "optimisation"
    )


class Cispo(PolicyGradient):
    """Clips the weight of a token in place of its gradient (arXiv 2506.13585)."""

    kind: Literal["cispo"] = "cispo"
    weight_cap: float = setting(5.0, "Largest weight of a token", "optimisation", gt=0)


class Rloo(Clipped):
    """REINFORCE with the mean of the other rollouts as the baseline (arXiv 2402.14740)."""

    kind: Literal["rloo"] = "rloo"
    scale_rewards: Literal["group", "batch", "none"] = setting(
        "none", "Over what the deviation is taken that rewards are divided by", "optimisation"
    )


Algorithm = Annotated[Grpo | Dapo | Gspo | DrGrpo | Cispo | Rloo, Field(discriminator="kind")]
