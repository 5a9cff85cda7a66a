"""Who responds to the items of an evaluation: the engine's own sampler, or a served model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import torch

from prism_engine.contract.endpoints import Endpoint
from prism_engine.contract.events import Response
from prism_engine.data.collate import Collator
from prism_engine.data.records import DataSet, Record
from prism_engine.endpoints.reply import Reply, Unanswered
from prism_engine.endpoints.request import ChatRequest, question_alone
from prism_engine.errors import InvalidModel
from prism_engine.memory import spent_on
from prism_engine.policy.processor import Processor
from prism_engine.policy.sampler.sampler import Sampler
from prism_engine.randomness import Randomness
from prism_engine.stages.samples import shown_response


class Respondent(Protocol):
    """Responds to records."""

    def respond(
        self, records: Sequence[Record], count: int, step: int, temperature: float
    ) -> list[list[Response]]:
        """`count` responses to each record, as they are before a benchmark scores them."""
        ...


class PolicyRespondent:
    """The engine's own sampler."""

    def __init__(
        self,
        data: DataSet,
        processor: Processor,
        sampler: Sampler,
        randomness: Randomness,
        max_new_tokens: int,
    ) -> None:
        self._collator = Collator(data, processor)
        self._processor = processor
        self._sampler = sampler
        self._randomness = randomness
        self._max_new_tokens = max_new_tokens

    def respond(
        self, records: Sequence[Record], count: int, step: int, temperature: float
    ) -> list[list[Response]]:
        with spent_on("sampling"):
            rollouts = self._sampler.sample(
                self._collator.prompts(records),
                count,
                temperature=temperature,
                max_new_tokens=self._max_new_tokens,
                generator=self._randomness.generator("evaluation", step),
            ).to(torch.device("cpu"))
        texts = [
            self._processor.decode(ids[mask].tolist())
            for ids, mask in zip(rollouts.ids, rollouts.mask, strict=True)
        ]
        lengths, finished = rollouts.mask.sum(1).tolist(), rollouts.finished.tolist()
        asked = [record for record in records for _ in range(count)]
        said = [
            shown_response(record, text, length, finished=whole)
            for record, text, length, whole in zip(asked, texts, lengths, finished, strict=True)
        ]
        return _by_record(said, count)


class EndpointRespondent:
    """A served model. It is asked the question with its images, as a policy of our own is.

    Args:
        endpoint: whom.
        ask: asks it.
        folder: that images are named from.
        seed: of the run.
        max_new_tokens: longest response.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        ask: Callable[[Endpoint, Sequence[ChatRequest]], list[Reply | Unanswered]],
        folder: Path,
        seed: int,
        max_new_tokens: int,
    ) -> None:
        self._endpoint = endpoint
        self._ask = ask
        self._folder = folder
        self._seed = seed
        self._max_new_tokens = max_new_tokens

    def respond(
        self, records: Sequence[Record], count: int, step: int, temperature: float
    ) -> list[list[Response]]:
        asked = [record for record in records for _ in range(count)]
        requests = [
            self._request(record, temperature, self._seed + number % count)
            for number, record in enumerate(asked)
        ]
        replies = self._ask(self._endpoint, requests)
        said = [self._response(*one) for one in zip(asked, replies, strict=True)]
        return _by_record(said, count)

    def _request(self, record: Record, temperature: float, sample: int) -> ChatRequest:
        images = tuple(self._folder / image for image in record.images)
        return question_alone(record.question, images, self._max_new_tokens, temperature, sample)

    def _response(self, record: Record, reply: Reply | Unanswered) -> Response:
        """What was said. A refusal is a response, and no reply at all cannot be scored.

        Raises:
            InvalidModel: the server does not answer, or does not count its tokens.
        """
        if isinstance(reply, Unanswered):
            raise InvalidModel(f"{self._endpoint.url} did not answer {record.id}: {reply.reason}")
        if reply.usage is None:
            raise InvalidModel(
                f"{self._endpoint.url} does not say how many tokens it generated for {record.id}; "
                "have the server report its usage"
            )
        return shown_response(
            record, reply.text, reply.usage.generated, finished=reply.finish != "cut"
        )


def _by_record(said: list[Response], count: int) -> list[list[Response]]:
    return [said[place : place + count] for place in range(0, len(said), count)]
