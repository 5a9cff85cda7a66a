"""Looking at the game every so many steps, on prompts that it is never trained on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from prism_engine.batch import Drawn
from prism_engine.contract.config import Align, Problem, Warmup
from prism_engine.contract.events import Audited, EventLog, ExpertAudit, Sample, SamplesDrawn
from prism_engine.data.records import DataSet
from prism_engine.data.response import Sections
from prism_engine.discriminators.audit import HeldOut, examine, looks_saturated, rule
from prism_engine.discriminators.discriminator import Discriminator, Rules, Scores
from prism_engine.discriminators.pairwise import saturation_gap
from prism_engine.discriminators.sections import encode_section
from prism_engine.errors import InvalidData
from prism_engine.policy.processor import Processor
from prism_engine.randomness import Randomness
from prism_engine.stages.rollouts import Collector
from prism_engine.stages.samples import Gallery, show_drawn


class Auditor:
    """Scores held-out prompts as they are scored in training, and writes down what that shows.

    Its rollouts come from a generator of their own and nothing learns from them: a run with audits
    and one without are the same run.

    Args:
        settings: the run's.
        rules: how the game is played.
        held_out: the records that training never draws.
        demonstrations: what each record demonstrates, by its id.
        collector: has the policy respond.
        discriminator: scores both sides.
        processor: counts the tokens of sections.
        randomness: of the run.
        gallery: keeps what is shown.
        events: where the audit is written.
    """

    def __init__(
        self,
        settings: Warmup | Align,
        rules: Rules,
        held_out: DataSet,
        demonstrations: Mapping[str, Sections],
        collector: Collector,
        discriminator: Discriminator,
        processor: Processor,
        randomness: Randomness,
        gallery: Gallery,
        events: EventLog,
    ) -> None:
        self._settings = settings
        self._rules = rules
        self._held_out = held_out.records
        self._demonstrations = demonstrations
        self._collector = collector
        self._discriminator = discriminator
        self._processor = processor
        self._randomness = randomness
        self._gallery = gallery
        self._events = events
        self._saturated_audits: Counter[str] = Counter()

    def due(self, step: int) -> bool:
        """Whether this step ends with an audit."""
        at_last = step == self._settings.steps
        return bool(self._held_out) and (at_last or step % self._settings.audit.every == 0)

    def audit(self, step: int) -> dict[str, ExpertAudit]:
        """Look at the game as it is after this step, write down the verdict, return the figures."""
        parts, shown = self._look(step)
        pairs = {
            name: HeldOut.joined([part[name] for part in parts])
            for name in self._discriminator.channels
        }
        drawn = next(iter(pairs.values())).rollouts.numel()
        channels = self._discriminator.channels
        settled = saturation_gap(self._rules.game, len(channels))
        valid = int(next(iter(pairs.values())).valid.sum())
        experts = {name: examine(pairs[name], settled) for name in channels} if valid else {}
        self._count_saturated(experts)
        ruling = rule(experts, valid, drawn, self._saturated_audits)
        self._events.write(SamplesDrawn, step=step, samples=shown)
        self._events.write(
            Audited,
            step=step,
            pairs=valid,
            verdict=ruling.verdict,
            reason=ruling.reason,
            valid_share=valid / drawn,
            experts=experts,
        )
        return experts

    @torch.no_grad()
    def _look(self, step: int) -> tuple[list[dict[str, HeldOut]], list[Sample]]:
        """The held-out pairs of every channel, in parts, and the first few of them to look at."""
        generator = self._randomness.generator("audit", step)
        at_once = self._settings.prompts_per_step
        parts: list[dict[str, HeldOut]] = []
        shown: list[Sample] = []
        for first in range(0, len(self._held_out), at_once):
            drawn = self._collector.respond(self._held_out[first : first + at_once], generator)
            demonstrations = [self._demonstrations[record.id] for record in drawn.records]
            scores = self._discriminator.score(drawn, demonstrations)
            parts.append(self._pairs(drawn, demonstrations, scores))
            # The same at every audit, so that one can follow what becomes of an item.
            shown = shown or self._show(drawn, scores)
        return parts, shown

    def _show(self, drawn: Drawn, scores: Scores) -> list[Sample]:
        channels = scores.channels.items()
        return show_drawn(
            drawn,
            self._gallery,
            {name: both.rollouts.flatten() for name, both in channels},
            {name: both.demonstrations for name, both in channels},
        )

    def _pairs(
        self, drawn: Drawn, demonstrations: Sequence[Sections], scores: Scores
    ) -> dict[str, HeldOut]:
        valid = scores.valid.cpu()
        return {
            name: HeldOut(
                demonstrations=scores.channels[name].demonstrations.cpu(),
                rollouts=scores.channels[name].rollouts.cpu(),
                demonstration_lengths=self._lengths(name, demonstrations),
                rollout_lengths=self._lengths(name, drawn.sections).view(valid.shape),
                valid=valid,
            )
            for name in self._discriminator.channels
        }

    def _lengths(self, channel: str, responses: Sequence[Sections | None]) -> Tensor:
        """Tokens that a channel reads of each response, 0 where it is malformed."""
        read = self._discriminator.channels[channel]
        longest = self._rules.longest_section
        return torch.tensor(
            [
                len(encode_section(read(sections), self._processor, longest)) if sections else 0
                for sections in responses
            ]
        )

    def _count_saturated(self, experts: Mapping[str, ExpertAudit]) -> None:
        running = {
            n: self._saturated_audits[n] + 1 for n, e in experts.items() if looks_saturated(e)
        }
        self._saturated_audits = Counter(running)

    def state(self) -> dict[str, Tensor]:
        """How many audits running have found each expert saturated."""
        return {
            name: torch.tensor(self._saturated_audits[name])
            for name in self._discriminator.channels
        }

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        self._saturated_audits = Counter({name: int(count) for name, count in state.items()})


def hold_out(data: DataSet, settings: Warmup | Align) -> tuple[DataSet, DataSet]:
    """What training draws from, and the last rows, which only audits see.

    Raises:
        InvalidData: there are not enough rows for both.
    """
    held, needed = settings.audit.prompts, settings.prompts_per_step
    kept = len(data) - held
    if kept < needed:
        message = (
            f"the data set has {len(data)} rows, {held} are held out for audits and a step draws "
            f"{needed}; lower audit.prompts or prompts_per_step, or add rows"
        )
        raise InvalidData([Problem(field="audit.prompts", message=message)])
    records = data.records
    return DataSet(data.folder, records[:kept]), DataSet(data.folder, records[kept:])
