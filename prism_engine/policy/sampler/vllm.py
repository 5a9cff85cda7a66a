"""A sampler that has vLLM draw, in this process or on a server."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from PIL import Image
from torch import Tensor
from transformers.core_model_loading import revert_weight_conversion

from prism_engine.batch import PromptBatch, Rollouts
from prism_engine.errors import InvalidSampler
from prism_engine.policy.adapters import plain_weights
from prism_engine.policy.policy import Policy
from prism_engine.policy.precision import weight_format


@dataclass(frozen=True)
class Question:
    """A prompt with one placeholder for each image, and the seed of the responses to it."""

    ids: list[int]
    images: list[Image.Image]
    seed: int


@dataclass(frozen=True)
class Drawing:
    """How responses are drawn."""

    responses: int  # to each question
    temperature: float
    longest: int
    end: int  # the id that ends a response
    banned: Sequence[int]  # ids that have no probability


@dataclass(frozen=True)
class Answer:
    """What was read of a question, and all responses to it with their tokens' log-probabilities."""

    read: list[int]
    said: list[list[int]]
    logprobs: list[list[float]]


class Engine(Protocol):
    """What this sampler needs of vLLM."""

    @property
    def remembers(self) -> bool:
        """Whether it still has the weights that it took."""
        ...

    def take(self, weights: Iterable[tuple[str, Tensor]]) -> None:
        """Draw with these weights from here on, and forget all that was computed with others."""
        ...

    def answer(self, questions: Sequence[Question], drawing: Drawing) -> list[Answer]:
        """Respond to every question, in order."""
        ...


class VllmSampler:
    """Hands the policy's weights over whenever they have changed, and lets vLLM draw.

    Args:
        policy: that responses are drawn from.
        engine: draws them.
    """

    def __init__(self, policy: Policy, engine: Engine) -> None:
        self._policy = policy
        self._engine = engine
        self._taken: list[int] | None = None

    def sample(
        self,
        prompts: PromptBatch,
        rollouts_per_prompt: int,
        *,
        temperature: float,
        max_new_tokens: int,
        generator: torch.Generator,
    ) -> Rollouts:
        """Draw a group of responses to every prompt; see `Sampler.sample`.

        Raises:
            InvalidSampler: vLLM read a prompt as other tokens than the policy does.
        """
        self._hand_over_weights()
        processor = self._policy.processor
        seeds = torch.randint(2**62, (len(prompts.input_ids),), generator=generator).tolist()
        questions = [
            Question(ids, images, seed)
            for (ids, images), seed in zip(processor.unfold(prompts), seeds, strict=True)
        ]
        drawing = Drawing(
            # The likeliest response is always the same.
            responses=rollouts_per_prompt if temperature else 1,
            temperature=temperature,
            longest=max_new_tokens,
            end=processor.end_id,
            banned=processor.banned_ids,
        )
        answers = self._engine.answer(questions, drawing)
        refuse_misread(prompts, answers)
        copies = rollouts_per_prompt // drawing.responses
        said = [row for answer in answers for row in answer.said * copies]
        logprobs = [row for answer in answers for row in answer.logprobs * copies]
        return self._rollouts(said, logprobs)

    def _hand_over_weights(self) -> None:
        versions = [weight._version for weight in self._policy.model.parameters()]
        if versions != self._taken or not self._engine.remembers:
            with self._policy.whole():
                self._engine.take(checkpoint_weights(self._policy).items())
            self._taken = versions

    def _rollouts(self, said: list[list[int]], logprobs: list[list[float]]) -> Rollouts:
        processor = self._policy.processor
        ids, mask = processor.pad_responses(said)
        padded = torch.zeros(ids.shape, dtype=weight_format(self._policy.dtype))
        padded[mask] = padded.new_tensor([number for row in logprobs for number in row])
        finished = torch.tensor([row[-1] == processor.end_id for row in said])
        return Rollouts(ids, mask, padded, finished).to(self._policy.device)


def checkpoint_weights(policy: Policy) -> Mapping[str, Tensor]:
    """The weights by the names that they have in a checkpoint, adapters added to their own.

    What is tied to another weight stands in no checkpoint.
    """
    weights = dict(plain_weights(policy.model))
    if policy.model.config.tie_word_embeddings:
        del weights["lm_head.weight"]
    return revert_weight_conversion(policy.model, weights)


def refuse_misread(prompts: PromptBatch, answers: Sequence[Answer]) -> None:
    """Raises `InvalidSampler` if a prompt was not read as the very tokens that the policy reads."""
    for row, answer in enumerate(answers):
        meant = prompts.input_ids[row][prompts.attention_mask[row]].tolist()
        if answer.read != meant:
            pairs = zip(meant, answer.read, strict=False)
            place = next((n for n, (a, b) in enumerate(pairs) if a != b), len(answer.read))
            raise InvalidSampler(
                f"vLLM read prompt {row} of the batch as {len(answer.read)} tokens, the policy as "
                f"{len(meant)}, and they differ from token {place} on; have both read the same "
                "tokenizer.json and preprocessor_config.json"
            )
