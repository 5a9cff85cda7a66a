"""What held-out pairs say of the game, as pure functions: figures, a verdict and its reason.

A discriminator can win by what no reader would call content, and a game can be over without any
curve saying so. The figures are of pairs that it never learned from; the verdict is about the
expert that is worst off:

collapsed  fewer than half of the rollouts are well-formed, or all scores are the same
leaking    length alone tells the sides apart, and explains four fifths of what the expert knows
saturated  the expert tells all pairs apart, or its gap is where the loss alone would hold it,
           in three audits running
healthy    the sides can be told apart, though not every time; or the policy is ahead
matched    they cannot, by experts whose scores still differ: the policy has caught up

Nothing is said of fewer than 200 pairs. Pairs of equal score are left out of every accuracy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Self

import torch
from torch import Tensor, sign

from prism_engine.benchmarks.statistics import share
from prism_engine.contract.events import Estimate, ExpertAudit, Verdict

FEWEST_PAIRS = 200
LEAST_VALID = 0.5
NO_SPREAD = 1e-3
MATCHED_SPREAD = 0.05
LENGTH_TELLS = 0.6
LENGTH_EXPLAINS = 0.8
ALL_TOLD_APART = 0.97
NEAR_SATURATION = 0.9
SATURATED_AUDITS = 3
"""One audit may find a lucky sample; three running do not."""


@dataclass(frozen=True)
class HeldOut:
    """What one expert says of held-out pairs. P prompts, G rollouts each."""

    demonstrations: Tensor  # (P,) float32 scores
    rollouts: Tensor  # (P, G) float32 scores; meaningless where the rollout is invalid
    demonstration_lengths: Tensor  # (P,) int64; tokens that the expert reads
    rollout_lengths: Tensor  # (P, G) int64; meaningless where the rollout is invalid
    valid: Tensor  # (P, G) bool; at least one of them True

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """The pairs of several batches of prompts, as one."""
        return cls(
            **{
                field.name: torch.cat([getattr(part, field.name) for part in parts])
                for field in fields(cls)
            }
        )


@dataclass(frozen=True)
class Ruling:
    """A verdict, None where there is too little to tell, and what it rests on."""

    verdict: Verdict | None
    reason: str


def examine(pairs: HeldOut, saturation_gap: float) -> ExpertAudit:
    """The figures of one expert.

    Intervals are Wilson's over pairs. Pairs of one prompt share a demonstration, so the intervals
    are somewhat narrower than prompts drawn anew would justify.

    Args:
        pairs: held-out scores and lengths.
        saturation_gap: the gap at which an expert that wins every pair settles.
    """
    difference = (pairs.demonstrations[:, None] - pairs.rollouts)[pairs.valid]
    told_apart = int((difference != 0).sum())
    both_sides = [*pairs.demonstrations.tolist(), *pairs.rollouts[pairs.valid].tolist()]
    return ExpertAudit(
        accuracy=share(int((difference > 0).sum()), told_apart) if told_apart else None,
        length_accuracy=length_accuracy(pairs),
        gap=difference.mean().item(),
        saturation_gap=saturation_gap,
        score_spread=difference.new_tensor(both_sides).std().item(),
        ties=len(difference) - told_apart,
    )


def length_accuracy(pairs: HeldOut) -> Estimate | None:
    """Share of pairs, ties left out, that a judge who sees lengths alone tells apart.

    Which side is the longer one must not be learned from the pairs that are judged: the better of
    two directions on its own pairs is above one half by luck alone. Each half of the prompts is
    therefore judged by the direction that the other half shows. Prompts are split, and not pairs,
    because the pairs of a prompt share a demonstration. Unlike a direction kept from training
    pairs, this one always belongs to the policy as it is now, and needs no memory.

    A half that shows no direction cannot judge the other, whose pairs are then left out.
    """
    longer = sign(pairs.demonstration_lengths[:, None] - pairs.rollout_lengths)
    longer = longer.masked_fill(~pairs.valid, 0)
    halves = longer[0::2], longer[1::2]
    directions = [int(sign(half.sum())) for half in halves]
    judged = [
        (half[half != 0] == direction).tolist()
        for half, direction in zip(halves, reversed(directions), strict=True)
        if direction
    ]
    right = [each for half in judged for each in half]
    return share(sum(right), len(right)) if right else None


def looks_saturated(expert: ExpertAudit) -> bool:
    """Whether an audit, taken alone, finds the expert saturated."""
    wins = expert.accuracy is not None and expert.accuracy.value >= ALL_TOLD_APART
    return wins or expert.gap >= NEAR_SATURATION * expert.saturation_gap


def rule(
    experts: Mapping[str, ExpertAudit],
    valid: int,
    rollouts: int,
    saturated_audits: Mapping[str, int],
) -> Ruling:
    """The verdict on the game.

    Args:
        experts: figures by channel; empty if no rollout was well-formed.
        valid: how many rollouts were well-formed: so many pairs there are.
        rollouts: how many were drawn.
        saturated_audits: by channel, how many audits running have found it saturated, this one
            included.
    """
    if rollouts >= FEWEST_PAIRS and valid < LEAST_VALID * rollouts:
        return Ruling("collapsed", _no_form(valid, rollouts))
    if valid < FEWEST_PAIRS:
        return Ruling(None, _too_few(valid))
    return _worst(
        [
            rule_on_expert(name, expert, valid, saturated_audits[name])
            for name, expert in experts.items()
        ]
    )


def rule_on_expert(name: str, expert: ExpertAudit, pairs: int, saturated_audits: int) -> Ruling:
    """The verdict on one expert of at least `FEWEST_PAIRS` pairs; see `rule`."""
    accuracy = expert.accuracy
    if expert.score_spread < NO_SPREAD:
        return Ruling("collapsed", _no_scores(name, expert))
    if accuracy is None or accuracy.n < FEWEST_PAIRS:
        return Ruling(None, _too_many_ties(name, expert, pairs))
    if _leaks(accuracy, expert.length_accuracy):
        return Ruling("leaking", _only_length(name, expert))
    if saturated_audits >= SATURATED_AUDITS:
        return Ruling("saturated", _nothing_left(name, expert, saturated_audits))
    if accuracy.low > 0.5:
        return Ruling("healthy", _still_apart(name, expert))
    if expert.score_spread <= MATCHED_SPREAD:
        return Ruling(None, _undecided(name, expert))
    if accuracy.high < 0.5:
        return Ruling("healthy", _ahead(name, expert))
    return Ruling("matched", _caught_up(name, expert))


def _leaks(accuracy: Estimate, length: Estimate | None) -> bool:
    """Whether length would do instead. An expert that tells nothing apart leaks nothing either."""
    return (
        length is not None
        and accuracy.low > 0.5
        and length.low > LENGTH_TELLS
        and length.value - 0.5 >= LENGTH_EXPLAINS * (accuracy.value - 0.5)
    )


_WORST_FIRST: Sequence[Verdict | None] = (
    "collapsed", "leaking", "saturated", "healthy", "matched", None,
)  # fmt: skip

_WHAT_TO_DO: Mapping[Verdict | None, str] = {
    "healthy": "Nothing needs doing.",
    "matched": "The run may end here.",
}


def _worst(rulings: Sequence[Ruling]) -> Ruling:
    """The worst verdict; an alarm is about those who raised it, all else about every expert."""
    worst = min((ruling.verdict for ruling in rulings), key=_WORST_FIRST.index)
    alarm = worst in ("collapsed", "leaking", "saturated")
    reasons = [r.reason for r in rulings if r.verdict == worst or not alarm]
    return Ruling(worst, " ".join([*reasons, _WHAT_TO_DO.get(worst, "")]).strip())


def _no_form(valid: int, rollouts: int) -> str:
    return (
        f"Only {valid / rollouts:.0%} of {rollouts} held-out rollouts have the caption, think, "
        "answer form, so there is little left to judge. Lower the policy's learning rate, or raise "
        "kl_coefficient or format_penalty."
    )


def _no_scores(name: str, expert: ExpertAudit) -> str:
    return (
        f"All {name} scores are the same to within {expert.score_spread:.1g}, so the reward is "
        "noise. Warm the discriminator up for longer, or raise its learning rate."
    )


def _only_length(name: str, expert: ExpertAudit) -> str:
    return (
        f"Length alone tells {_percent(expert.length_accuracy)} of held-out pairs apart, and the "
        f"{name} expert, with all that it reads, {_percent(expert.accuracy)}, so what it rewards "
        "may be length. If that is because rollouts leave things out, what they state of the "
        "demonstrations rises with the reward; if it does not, even out the lengths of both sides."
    )


def _nothing_left(name: str, expert: ExpertAudit, audits: int) -> str:
    return (
        f"The {name} expert tells {_percent(expert.accuracy)} of held-out pairs apart, with a gap "
        f"of {expert.gap:.2f} where {expert.saturation_gap:.2f} is all that its loss allows, in "
        f"{audits} audits running, so its reward hardly says anything any more. Lower the "
        "discriminator's learning rate or raise learn_every."
    )


def _still_apart(name: str, expert: ExpertAudit) -> str:
    return (
        f"The {name} expert tells {_percent(expert.accuracy)} of held-out pairs apart, with a gap "
        f"of {expert.gap:.2f} where {expert.saturation_gap:.2f} would be saturation."
    )


def _ahead(name: str, expert: ExpertAudit) -> str:
    return (
        f"The {name} expert prefers the demonstration in {_percent(expert.accuracy)} of held-out "
        "pairs only: the policy is ahead of it, and it has to catch up."
    )


def _caught_up(name: str, expert: ExpertAudit) -> str:
    return (
        f"The {name} expert tells {_percent(expert.accuracy)} of held-out pairs apart, no more "
        "than chance would, and its scores still differ: the policy has caught up there."
    )


def _undecided(name: str, expert: ExpertAudit) -> str:
    return (
        f"The {name} expert tells {_percent(expert.accuracy)} of held-out pairs apart, no more "
        f"than chance would, and its scores hardly differ ({expert.score_spread:.1g}), so it may "
        "not have learned to tell yet."
    )


def _too_few(pairs: int) -> str:
    return (
        f"{pairs} held-out pairs are too few to tell; {FEWEST_PAIRS} are needed. Raise "
        "audit.prompts or rollouts_per_prompt."
    )


def _too_many_ties(name: str, expert: ExpertAudit, pairs: int) -> str:
    return (
        f"{expert.ties} of {pairs} held-out pairs have equal {name} scores, which leaves too few "
        f"to tell; {FEWEST_PAIRS} are needed. Raise audit.prompts or rollouts_per_prompt."
    )


def _percent(estimate: Estimate | None) -> str:
    return "" if estimate is None else f"{estimate.value:.0%}"
