"""Demonstrations of mixed lengths, with one, two and no images, to be imitated."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from PIL import Image

from prism_engine.batch import Prompt, TrainingBatch
from prism_engine.policy.processor import Processor


def encoded(
    processor: Processor, pictures: Sequence[Image.Image]
) -> list[tuple[Prompt, list[int], list[bool]]]:
    """What is asked, the ids that follow, and which of them are learned."""
    asked = [
        ("How many circles are there?", pictures[:1], "three"),
        ("Which?", [pictures[1], pictures[3]], "the first one, and not the second"),
        ("And without an image?", [], "no"),
        ("?", [pictures[4]], "a much longer answer that goes on for quite a while, and then ends"),
        ("Where?", [pictures[5], pictures[2], pictures[0]], "left"),
    ]
    rows = []
    for number, (question, images, answer) in enumerate(asked):
        ids = processor.encode_response(answer)
        # A few tokens in the middle are only read, as the questions of a conversation are.
        learned = [number != 3 or not 4 <= place < 9 for place in range(len(ids))]
        rows.append((processor.encode_prompt(question, images), ids, learned))
    return rows


def demonstrations(processor: Processor, pictures: Sequence[Image.Image]) -> TrainingBatch:
    """The same as a padded batch."""
    rows = encoded(processor, pictures)
    ids, mask = processor.pad_responses([ids for _, ids, _ in rows])
    learned = torch.zeros_like(mask)
    for row, (_, _, spoken) in enumerate(rows):
        learned[row, : len(spoken)] = torch.tensor(spoken)
    return TrainingBatch(
        prompts=processor.pad([prompt for prompt, _, _ in rows]),
        prompt_index=torch.arange(len(rows)),
        response_ids=ids,
        response_mask=mask,
        learned_mask=learned,
        behaviour_logprobs=torch.zeros(ids.shape),
        advantages=torch.ones(ids.shape),
    )
