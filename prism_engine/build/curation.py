"""Runs that make a corpus: the gates and their order."""

from __future__ import annotations

from pathlib import Path

from prism_engine.build.workplace import Job, Workplace
from prism_engine.contract.config import (
    Curate,
)
from prism_engine.contract.endpoints import FromEndpoint
from prism_engine.curation.asking import Crew
from prism_engine.curation.blind import Blind
from prism_engine.curation.candidate import Gate
from prism_engine.curation.choice import Choose
from prism_engine.curation.contamination import Decontaminate
from prism_engine.curation.duplicates import Duplicates
from prism_engine.curation.gold import TypeGold
from prism_engine.curation.ingest import Ingest
from prism_engine.curation.panel import Panel
from prism_engine.curation.parting import part
from prism_engine.curation.pass_rate import EndpointPassRates, PassRates
from prism_engine.curation.policy_pass_rate import PolicyPassRates
from prism_engine.curation.run import LEDGER, Course, Curation, Desk
from prism_engine.curation.teaching import Teaching
from prism_engine.curation.verification import Verify
from prism_engine.data.records import read_data
from prism_engine.endpoints.session import Session


def build_curate(settings: Curate, workplace: Workplace) -> Job:
    """Make a corpus of demonstrations."""
    data = read_data(Path(settings.data))
    benchmarks = {name: read_data(Path(path)) for name, path in settings.benchmarks.items()}
    crew = Crew(workplace.interruption)

    def course(session: Session) -> Course:
        gates: list[Gate] = [
            Ingest(),
            TypeGold(),
            Duplicates(settings.similarity),
            Decontaminate(benchmarks, settings.similarity),
        ]
        if settings.panel is not None:
            clients = [session.client(endpoint) for endpoint in settings.panel.endpoints]
            gates.append(Panel(settings.panel, clients, crew))
        if settings.blind is not None:
            gates.append(Blind(settings.blind, session.client(settings.blind.endpoint), crew))
        gates += [
            Teaching(settings.teacher, session.client(settings.teacher.endpoint), crew),
            Verify(crew),
            Choose(settings.teacher.caption_items),
        ]
        rates = _pass_rates(settings, workplace, session, crew)
        return Course(
            gates, lambda kept: part(kept, settings.alignment_items, settings.rlvr, rates)
        )

    ledger = workplace.ledger or workplace.folder / LEDGER
    desk = Desk(workplace.folder, ledger, workplace.keys, workplace.events)
    return Curation(settings, data, desk, course)


def _pass_rates(
    settings: Curate, workplace: Workplace, session: Session, crew: Crew
) -> PassRates | None:
    """Who measures how often the policy gets items right; nobody where none is named."""
    if settings.policy is None:
        return None
    sampling = settings.sampling
    if isinstance(settings.policy, FromEndpoint):
        client = session.client(settings.policy.endpoint)
        return EndpointPassRates(client, sampling.temperature, sampling.max_new_tokens, crew)
    policy = workplace.policy(settings)
    return PolicyPassRates(
        workplace.sampler(settings, policy),
        policy.processor,
        sampling,
        workplace.randomness,
    )
