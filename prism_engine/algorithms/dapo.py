"""Decoupled clipping and dynamic sampling (DAPO, arXiv 2503.14476)."""

from __future__ import annotations

from torch import Tensor

from prism_engine.algorithms.advantages import Order, normalise_then_sum
from prism_engine.algorithms.averages import over_tokens
from prism_engine.algorithms.group_relative import ClippedGroupRelative
from prism_engine.contract.algorithms import Dapo as DapoSettings


class Dapo(ClippedGroupRelative):
    """GRPO with a higher upper bound, averaged over tokens, on groups that have something to teach.

    The punishment of overlong responses is a reward of its own channel: it shapes what is learned,
    and never decides which groups are kept.
    """

    def __init__(
        self, settings: DapoSettings, longest_response: int, order: Order = normalise_then_sum
    ) -> None:
        super().__init__(settings, longest_response, order)
        self.reads_accuracy = settings.dynamic_sampling
        self.most_draws = settings.most_draws if settings.dynamic_sampling else 1
        self.shaping = {"overlong": settings.overlong_penalty} if settings.overlong_buffer else {}
        self._overlong_filter = settings.overlong_filter
        self._buffer, self._longest = settings.overlong_buffer, longest_response

    def token_weights(self, lengths: Tensor) -> Tensor:
        return over_tokens(lengths)

    def keep_group(self, accuracy: Tensor) -> Tensor:
        """(P,): 0 < mean accuracy < 1 (eq. 8): where all are right or all wrong, A is zero."""
        return mixed(accuracy) if self.reads_accuracy else super().keep_group(accuracy)

    def keep_response(self, finished: Tensor) -> Tensor:
        """(B,): overlong filtering leaves out what was cut, for it may have been right."""
        return finished if self._overlong_filter else super().keep_response(finished)

    def shape(self, lengths: Tensor) -> dict[str, Tensor]:
        return {
            channel: overlong_punishment(lengths, self._longest, self._buffer)
            for channel in self.shaping
        }


def mixed(accuracy: Tensor) -> Tensor:
    """(P,) bool: which groups (P, G) hold both right and wrong responses."""
    return (accuracy.mean(1) > 0) & (accuracy.mean(1) < 1)


def overlong_punishment(lengths: Tensor, longest: int, buffer: int) -> Tensor:
    """From 0 at `longest - buffer` down to -1 at `longest` tokens (eq. 13), in the lengths' shape.

    Args:
        lengths: of responses, in tokens.
        longest: L_max, the length at which a response is cut.
        buffer: L_cache, above which length before that the punishment sets in.
    """
    return ((longest - buffer - lengths) / buffer).clamp(-1, 0)
