"""Runs that score a policy, our own or a served one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from prism_engine.benchmarks import benchmark_of
from prism_engine.benchmarks.endpoint_judge import EndpointJudge
from prism_engine.benchmarks.judge import Judge
from prism_engine.benchmarks.responses import ResponseLog
from prism_engine.benchmarks.scoring import Judged, PaperCompat, Scoring, Strict
from prism_engine.build.workplace import Job, Workplace
from prism_engine.checkpoint import Checkpoints
from prism_engine.contract.config import (
    Evaluate,
)
from prism_engine.contract.endpoints import FromEndpoint
from prism_engine.contract.settings import FromRun
from prism_engine.curation.run import LEDGER
from prism_engine.data.records import DataSet, read_data
from prism_engine.endpoints.blocking import BlockingSession
from prism_engine.loop import Loop, Schedule
from prism_engine.policy.learner import Spectator
from prism_engine.stages import evaluate
from prism_engine.stages.respondents import EndpointRespondent, PolicyRespondent, Respondent
from prism_engine.stages.samples import Gallery

SCORINGS: dict[str, Callable[[Judge | None], Scoring]] = {
    "strict": lambda judge: Strict(),
    "judge": lambda judge: Judged(_named(judge)),
    "paper_compat": PaperCompat,
}


def _named(judge: Judge | None) -> Judge:
    assert judge is not None, "the contract lets nobody score by a judge without naming one"
    return judge


@dataclass(frozen=True)
class Connected:
    """A run that asks endpoints while it goes on."""

    job: Job
    session: BlockingSession

    def resume(self, checkpoint: Path) -> None:
        """Go on after a resumable checkpoint."""
        self.job.resume(checkpoint)

    def run(self) -> bool:
        """Carry it out with the session open."""
        with self.session:
            return self.job.run()


def _respondent(
    settings: Evaluate, workplace: Workplace, data: DataSet, session: BlockingSession
) -> tuple[Respondent, Gallery]:
    """Who responds, and who shows what was said."""
    longest = settings.sampling.max_new_tokens
    if isinstance(settings.policy, FromEndpoint):
        endpoint, seed = settings.policy.endpoint, workplace.seed
        respondent = EndpointRespondent(endpoint, session.ask, data.folder, seed, longest)
        return respondent, Gallery(data, None, workplace.folder / "images")
    policy = workplace.policy(settings)
    sampler = workplace.sampler(settings, policy)
    return (
        PolicyRespondent(data, policy.processor, sampler, workplace.randomness, longest),
        workplace.gallery(data, policy),
    )


def build_evaluate(settings: Evaluate, workplace: Workplace) -> Job:
    """Score a policy on held-out items."""
    data = read_data(Path(settings.data))
    session = BlockingSession(
        workplace.ledger or workplace.folder / LEDGER, workplace.keys, settings.cap
    )
    respondent, gallery = _respondent(settings, workplace, data, session)
    judge = None if settings.judge is None else EndpointJudge(settings.judge, session.ask)
    parent = settings.policy.run if isinstance(settings.policy, FromRun) else workplace.name
    stage = evaluate.Evaluate(
        settings,
        settings.arm or parent,
        data,
        benchmark_of(data.records),
        SCORINGS[settings.scoring](judge),
        respondent,
        workplace.seed,
        gallery,
        workplace.events,
        ResponseLog(workplace.folder / "responses.jsonl"),
    )
    schedule = Schedule(
        settings.kind, stage.steps, settings.checkpoint_every, samples_every=stage.steps
    )
    checkpoints = Checkpoints(workplace.checkpoints, {"grades": stage}, kept=1, best_by=None)
    loop = Loop(
        schedule,
        stage,
        Spectator(),
        checkpoints,
        exports=[],
        events=workplace.events,
        folder=workplace.folder,
        interruption=workplace.interruption,
    )
    asks = isinstance(settings.policy, FromEndpoint) or settings.judge is not None
    return Connected(loop, session) if asks else loop
