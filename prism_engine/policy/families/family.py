"""What has to be known of a family of models."""

from __future__ import annotations

from dataclasses import dataclass

from transformers import PreTrainedModel


@dataclass(frozen=True)
class Family:
    """The classes of transformers that make up its models."""

    policy: type[PreTrainedModel]
    """The whole model, with its language head."""

    body: type[PreTrainedModel]
    """Vision tower and language tower, without a head."""
