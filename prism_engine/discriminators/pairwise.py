"""The arithmetic of the game, as pure functions.

Letters in shapes: P prompts, G rollouts per prompt. Every rollout of a prompt is paired with the
prompt's one demonstration; a rollout without the caption, think, answer form has no sections and
therefore takes part in no pair.
"""

from __future__ import annotations

from torch import Tensor, tanh
from torch.nn.functional import softplus


def bounded(raw: Tensor, bound: float) -> Tensor:
    """bound · tanh(raw / bound): a score within ± bound.

    PRISM clamps, which leaves a score beyond the bound without any gradient to come back by.
    """
    return bound * tanh(raw / bound)


def bradley_terry(demonstrations: Tensor, rollouts: Tensor, valid: Tensor) -> Tensor:
    """−log σ(D(y⁺) − D(y⁻)), the mean over valid pairs (PRISM, arXiv 2604.28123, eq. 2).

    Args:
        demonstrations: (P,) scores D(y⁺).
        rollouts: (P, G) scores D(y⁻); the values of invalid ones are not looked at.
        valid: (P, G) bool, at least one of them True.
    """
    return softplus(-differences(demonstrations, rollouts, valid)).mean()


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


def readings(channel: str, demonstrations: Tensor, rollouts: Tensor, valid: Tensor) -> dict:
    """What the scores of one channel say about the game: gap, accuracy, ties, spread.

    The gap is the mean over valid pairs of demonstration minus rollout. Pairs of equal score,
    which identical sections always are, are counted apart and left out of the accuracy. What
    cannot be computed is left out.

    Args:
        channel: perception or reasoning.
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
