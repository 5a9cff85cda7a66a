"""The pass rates of a policy that this engine samples itself."""

from __future__ import annotations

from collections.abc import Sequence

from prism_engine.contract.samplers import Sampling
from prism_engine.curation.candidate import Candidate
from prism_engine.data.collate import Collator
from prism_engine.data.records import DataSet
from prism_engine.policy.processor import Processor
from prism_engine.policy.sampler.sampler import Sampler
from prism_engine.randomness import Randomness
from prism_engine.stages.rollouts import accuracy_of, take_apart

PROMPTS_AT_A_TIME = 32


class PolicyPassRates:
    """Draws responses as reinforcement learning would, and verifies them.

    Args:
        sampler: of the policy.
        processor: of the policy.
        sampling: how responses are drawn.
        randomness: of the run.
    """

    def __init__(
        self, sampler: Sampler, processor: Processor, sampling: Sampling, randomness: Randomness
    ) -> None:
        self._sampler = sampler
        self._processor = processor
        self._sampling = sampling
        self._randomness = randomness

    async def of(self, candidates: Sequence[Candidate], samples: int) -> list[float]:
        rates: list[float] = []
        for number, first in enumerate(range(0, len(candidates), PROMPTS_AT_A_TIME), start=1):
            rates += self._rates(candidates[first : first + PROMPTS_AT_A_TIME], samples, number)
        return rates

    def _rates(self, candidates: Sequence[Candidate], samples: int, number: int) -> list[float]:
        records = [candidate.record for candidate in candidates]
        prompts = Collator(DataSet(candidates[0].folder, records), self._processor).prompts(records)
        rollouts = self._sampler.sample(
            prompts,
            samples,
            temperature=self._sampling.temperature,
            max_new_tokens=self._sampling.max_new_tokens,
            generator=self._randomness.generator("pass rate", number),
        )
        drawn = take_apart(records, prompts, rollouts, self._processor, began=0.0)
        return accuracy_of(drawn).mean(1).tolist()
