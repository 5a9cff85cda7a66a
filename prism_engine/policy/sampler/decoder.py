"""What a sampler decodes with, and the one place that chooses which."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from torch import Tensor
from transformers import PreTrainedModel

from prism_engine.policy.prefix import Prefix
from prism_engine.policy.sampler.layer import is_known
from prism_engine.policy.sampler.module_decoder import ModuleDecoder
from prism_engine.policy.sampler.shared_decoder import SharedDecoder


class Decoder(Protocol):
    """The model with all that it has read so far, for the rows that are still being written."""

    hidden: Tensor
    """(b, H) the states that predict the next tokens."""

    def remaining(self, going: Tensor) -> Tensor:
        """(b',) the rows that would stay if those that are not going (b,) were dropped.

        Some of them may have ended, but all that are going are among them.
        """
        ...

    def keep(self, rows: Tensor) -> None:
        """Drop all but the `remaining` ones."""
        ...

    def read(self, tokens: Tensor) -> None:
        """Read the tokens (b,) that were drawn last."""
        ...


Begin = Callable[[PreTrainedModel, Prefix, int, int], Decoder]
"""Of a model, P prompts that it has read, G rows for each, and tokens that a row may grow by."""


def decoder_for(model: PreTrainedModel) -> Begin:
    """The quicker one for towers that it knows; others decode through their own modules."""
    return SharedDecoder if is_known(model) else ModuleDecoder
