"""How a policy fails at problems that are composed of others it was asked too (We-Math).

Every group has one-step problems and one that needs them all (Qiao et al., arXiv 2407.01284). By
whether the steps and the composed problem are answered rightly, a group shows

    insufficient knowledge (IK)      a step wrong, the composed problem wrong
    inadequate generalisation (IG)   all steps right, the composed problem wrong
    complete mastery (CM)            strict: all steps right, and the composed problem;
                                     loose: any step right, and the composed problem
    rote memorisation (RM)           strict: a step wrong, but the composed problem right;
                                     loose: all steps wrong, but the composed problem right

and the score of N groups is (N - IG/2 - RM - IK) / N. The first two are the same, strict or loose.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from prism_engine.benchmarks.benchmark import Outcome
from prism_engine.benchmarks.statistics import ratio
from prism_engine.contract.events import Estimate


@dataclass(frozen=True)
class Group:
    """What of a group was answered rightly."""

    steps: tuple[bool, ...]
    composed: bool

    @property
    def insufficient_knowledge(self) -> bool:
        return not all(self.steps) and not self.composed

    @property
    def inadequate_generalisation(self) -> bool:
        return all(self.steps) and not self.composed

    @property
    def mastery_strict(self) -> bool:
        return all(self.steps) and self.composed

    @property
    def mastery_loose(self) -> bool:
        return any(self.steps) and self.composed

    @property
    def memorisation_strict(self) -> bool:
        return not all(self.steps) and self.composed

    @property
    def memorisation_loose(self) -> bool:
        return not any(self.steps) and self.composed


def complete_groups(outcomes: Sequence[Outcome]) -> list[Group]:
    """The groups of which every problem was asked.

    Metadata say the `group` of a record, and in `key` how many steps its group has and which one it
    is: `3steps_1` to `3steps_3`, and `3steps_multi`.
    """
    found = defaultdict[str, dict[str, bool]](dict)
    for outcome in outcomes:
        said = outcome.record.metadata
        found[said["group"]][said["key"]] = outcome.right
    return [group for answered in found.values() if (group := _group(answered)) is not None]


def four_dimensions(groups: Sequence[Group]) -> dict[str, Estimate]:
    """All that the authors report of groups; a share of nothing is left out."""
    everything = [1.0] * len(groups)

    def share(of: Callable[[Group], float]) -> Estimate | None:
        return ratio([of(group) for group in groups], everything)

    def memorised(
        of: Callable[[Group], bool], mastered: Callable[[Group], bool]
    ) -> Estimate | None:
        """Among the composed problems that were answered rightly."""
        rote = [of(group) for group in groups]
        return ratio(rote, [of(group) or mastered(group) for group in groups])

    found = {
        "wemath_score_strict": share(lambda g: score(g, g.memorisation_strict)),
        "wemath_score_loose": share(lambda g: score(g, g.memorisation_loose)),
        "wemath_insufficient_knowledge": share(lambda g: g.insufficient_knowledge),
        "wemath_inadequate_generalisation": share(lambda g: g.inadequate_generalisation),
        "wemath_complete_mastery_strict": share(lambda g: g.mastery_strict),
        "wemath_complete_mastery_loose": share(lambda g: g.mastery_loose),
        "wemath_rote_memorisation_strict": memorised(
            lambda g: g.memorisation_strict, lambda g: g.mastery_strict
        ),
        "wemath_rote_memorisation_loose": memorised(
            lambda g: g.memorisation_loose, lambda g: g.mastery_loose
        ),
    }
    return {name: estimate for name, estimate in found.items() if estimate is not None}


def score(group: Group, memorised: bool) -> float:
    """What one group adds to the score: 1 - IG/2 - RM - IK."""
    return (
        1.0
        - 0.5 * group.inadequate_generalisation
        - float(memorised)
        - float(group.insufficient_knowledge)
    )


def _group(answered: dict[str, bool]) -> Group | None:
    count = int(next(iter(answered)).partition("steps_")[0])
    names = [f"{count}steps_{number}" for number in range(1, count + 1)]
    composed = f"{count}steps_multi"
    if {*names, composed} != answered.keys():
        return None
    return Group(tuple(answered[name] for name in names), answered[composed])
