"""Which prompts are worth learning from: those that the policy gets right sometimes."""

from __future__ import annotations

from collections import Counter

from prism_engine.contract.config import PassRate, Problem
from prism_engine.contract.events import EventLog, Log
from prism_engine.data.records import DataSet
from prism_engine.errors import InvalidData
from prism_engine.randomness import Randomness
from prism_engine.stages.rollouts import Collector, accuracy_of

PROMPTS_AT_A_TIME = 32


class PassRateSelection:
    """Measures every prompt once with the policy that the run starts from.

    Args:
        settings: the band.
        data: whose prompts are measured.
        collector: draws as many rollouts to a prompt as the settings say.
        randomness: of the run.
        events: where the counts are reported.
    """

    def __init__(
        self,
        settings: PassRate,
        data: DataSet,
        collector: Collector,
        randomness: Randomness,
        events: EventLog,
    ) -> None:
        self._settings = settings
        self._data = data
        self._collector = collector
        self._randomness = randomness
        self._events = events

    def choose(self) -> list[int]:
        """The items whose pass rate lies strictly inside the band.

        Raises:
            InvalidData: there is none.
        """
        rates = self._rates()
        low, high = self._settings.low, self._settings.high
        chosen = [item for item, rate in enumerate(rates) if low < rate < high]
        counted = (
            f"of {len(rates)} prompts {sum(rate <= low for rate in rates)} have a pass rate up to "
            f"{low:g}, {len(chosen)} between, and {sum(rate >= high for rate in rates)} from "
            f"{high:g} on"
        )
        if not chosen:
            raise InvalidData([Problem(field="pass_rate", message=_remedy(counted, rates))])
        message = f"{counted}, by {self._settings.samples} samples each; those between are kept"
        self._events.write(Log, level="info", message=message)
        return chosen

    def _rates(self) -> list[float]:
        """The share of right answers of every item."""
        rates: list[float] = []
        for number, first in enumerate(range(0, len(self._data), PROMPTS_AT_A_TIME), start=1):
            records = self._data.records[first : first + PROMPTS_AT_A_TIME]
            drawn = self._collector.respond(
                records, self._randomness.generator("pass rate", number)
            )
            rates += accuracy_of(drawn).mean(1).tolist()
        return rates


def _remedy(counted: str, rates: list[float]) -> str:
    found = ", ".join(f"{rate:g} ({count}×)" for rate, count in sorted(Counter(rates).items()))
    return (
        f"{counted}; the rates found were {found}; widen the band, measure with more samples, or "
        "start from a policy for which the data is neither too hard nor too easy"
    )
