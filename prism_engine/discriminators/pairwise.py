"""The arithmetic of the game, as pure functions.

Letters in shapes: P prompts, G rollouts per prompt. Every rollout of a prompt is paired with the
prompt's one demonstration; a rollout without the caption, think, answer form has no sections and
therefore takes part in no pair.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, tanh
from torch.nn.functional import softplus

from prism_engine.contract.discriminators import Game
from prism_engine.discriminators.discriminator import Scores


def bounded(raw: Tensor, bound: float) -> Tensor:
    """bound · tanh(raw / bound): a score within ± bound.

    PRISM clamps, which leaves a score beyond the bound without any gradient to come back by.
    """
    return bound * tanh(raw / bound)


def bradley_terry(
    demonstrations: Tensor, rollouts: Tensor, valid: Tensor, label_smoothing: float = 0.0
) -> Tensor:
    """−log σ(d) with d = D(y⁺) − D(y⁻), the mean over valid pairs (PRISM, arXiv 2604.28123, eq. 2).

    With a label smoothing of ε it is −(1 − ε) · log σ(d) − ε · log σ(−d): as if a share of ε of
    the pairs were the other way round (conservative DPO has the same form, arXiv 2305.18290).

    Args:
        demonstrations: (P,) scores D(y⁺).
        rollouts: (P, G) scores D(y⁻); the values of invalid ones are not looked at.
        valid: (P, G) bool, at least one of them True.
        label_smoothing: ε, below one half.
    """
    d = differences(demonstrations, rollouts, valid)
    return ((1 - label_smoothing) * softplus(-d) + label_smoothing * softplus(d)).mean()


def score_penalty(demonstrations: Tensor, rollouts: Tensor, valid: Tensor) -> Tensor:
    """Mean square of each side's scores, averaged over the two sides.

    Bradley-Terry sees differences only; without the penalty the scores' level drifts and their
    scale grows without end.

    Args:
        demonstrations: (P,); rollouts: (P, G); valid: (P, G) bool, at least one of them True.
    """
    return (demonstrations.square().mean() + rollouts[valid].square().mean()) / 2


def differences(demonstrations: Tensor, rollouts: Tensor, valid: Tensor) -> Tensor:
    """(pairs,): demonstration minus rollout, for every valid pair."""
    return (demonstrations[:, None] - rollouts)[valid]


def game_loss(scores: Scores, game: Game) -> Tensor:
    """Σ_c BT_c + λ · mean_c penalty_c + β · load balance, over the channels c that are read.

    PRISM, arXiv 2604.28123, eq. 2; the means of the penalty are those of its released code.

    Args:
        scores: of both sides by channel, at least one rollout valid.
        game: ε, λ and β: `label_smoothing`, `score_penalty` and `load_balance`.
    """
    sides = [
        (both.demonstrations, both.rollouts, scores.valid) for both in scores.channels.values()
    ]
    told_apart = torch.stack([bradley_terry(*side, game.label_smoothing) for side in sides]).sum()
    penalty = torch.stack([score_penalty(*side) for side in sides]).mean()
    return told_apart + game.score_penalty * penalty + game.load_balance * scores.load_balance


def saturation_gap(game: Game, channels: int = 2) -> float:
    """The gap at which a channel that wins every pair comes to rest under `game_loss`.

    With scores of ± g/2 a channel's share of the loss is
    −(1 − ε) · log σ(g) − ε · log σ(−g) + λ · g² / (4C), C being the number of channels. Its
    derivative σ(g) − 1 + ε + λ · g / (2C) grows with g and vanishes where σ(−g) = ε + λ · g / (2C):
    for two channels and ε = 0 at 6.43 with λ = 0.001 and at 4.48 with λ = 0.01. Scores are bounded
    without a fold, so that a rest within the bounds is theirs too; where there is none, and without
    λ and ε in any case, the gap creeps towards twice the bound.
    """

    def pull(gap: float) -> float:
        back = game.label_smoothing + game.score_penalty * gap / (2 * channels)
        return 1 / (1 + math.exp(min(gap, 700))) - back

    low, high = 0.0, 2 * game.score_clip
    if pull(high) > 0:
        return high
    while high - low > 1e-9:
        middle = (low + high) / 2
        low, high = (middle, high) if pull(middle) > 0 else (low, middle)
    return low


def measure_scores(scores: Scores) -> dict[str, float]:
    """What the scores of all channels say about the game."""
    measured = {}
    for channel, both in scores.channels.items():
        measured |= readings(
            channel, both.demonstrations.detach(), both.rollouts.detach(), scores.valid
        )
    return measured


def readings(channel: str, demonstrations: Tensor, rollouts: Tensor, valid: Tensor) -> dict:
    """What the scores of one channel say about the game: gap, accuracy, ties, spread.

    The gap is the mean over valid pairs of demonstration minus rollout. Pairs of equal score,
    which identical sections always are, are counted apart and left out of the accuracy. What
    cannot be computed is left out.

    Args:
        channel: what the metrics are named after.
        demonstrations: (P,); rollouts: (P, G); valid: (P, G) bool.
    """
    if not valid.any():
        return {}
    difference = differences(demonstrations, rollouts, valid)
    told_apart = difference != 0
    both_sides = [*demonstrations.tolist(), *rollouts[valid].tolist()]
    measured = {
        f"gap_{channel}": difference.mean().item(),
        f"tie_share_{channel}": 1 - told_apart.double().mean().item(),
        f"score_spread_{channel}": demonstrations.new_tensor(both_sides).std().item(),
    }
    if told_apart.any():
        right = (difference[told_apart] > 0).double().mean().item()
        measured[f"discriminator_accuracy_{channel}"] = right
    return measured
