"""The paper's ablation of sight: the sparse network judges text that it cannot check.

The paper's own grows from a language model without vision, and its prompts keep the placeholders
of the image without anything in them. This one grows from the same policy as the others, so that
nothing but sight differs, and everything that stands for an image is taken out of its prompts.
"""

from __future__ import annotations

import torch

from prism_engine.batch import Prompt, PromptBatch
from prism_engine.discriminators.network import NetworkDiscriminator
from prism_engine.discriminators.sections import EXPERTS
from prism_engine.discriminators.sparse import SparseScorer
from prism_engine.policy.processor import Processor


class TextOnlyDiscriminator(NetworkDiscriminator):
    """A sparse-upcycled copy of the policy that never sees an image."""

    channels = EXPERTS
    scorer_class = SparseScorer

    def seen(self, prompts: PromptBatch) -> PromptBatch:
        return without_images(prompts, self.processor)


def without_images(prompts: PromptBatch, processor: Processor) -> PromptBatch:
    """The text of prompts alone, at the positions that it would have if nothing else was asked."""
    reserved = torch.tensor(processor.banned_ids)
    kept = prompts.attention_mask & ~torch.isin(prompts.input_ids, reserved)
    texts = [ids[place] for ids, place in zip(prompts.input_ids, kept, strict=True)]
    return processor.pad(
        [
            Prompt(
                input_ids=text,
                token_types=torch.zeros_like(text),
                position_ids=torch.arange(len(text)).expand(3, -1),
                images=(),
            )
            for text in texts
        ]
    )
