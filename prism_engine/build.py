"""The composition root: from a run's settings to the objects that carry it out.

This is the only file that knows every concrete class. A new kind of run gets a function here and
a line in `BUILDERS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import torch

from prism_engine.algorithms import ALGORITHMS
from prism_engine.algorithms.advantages import ORDERS
from prism_engine.algorithms.algorithm import Algorithm
from prism_engine.algorithms.imitation import Imitation
from prism_engine.algorithms.mismatch import CORRECTIONS
from prism_engine.algorithms.objective import Objective
from prism_engine.benchmarks import benchmark_of
from prism_engine.benchmarks.endpoint_judge import EndpointJudge
from prism_engine.benchmarks.judge import Judge
from prism_engine.benchmarks.responses import ResponseLog
from prism_engine.benchmarks.scoring import Judged, PaperCompat, Scoring, Strict
from prism_engine.card import Card
from prism_engine.checkpoint import Checkpoints, Part
from prism_engine.contract.config import (
    Align,
    Curate,
    Evaluate,
    GroupedRun,
    PolicyRun,
    ReinforcedRun,
    Rlvr,
    Run,
    Sft,
    TrainingRun,
    Warmup,
)
from prism_engine.contract.endpoints import FromEndpoint
from prism_engine.contract.events import EventLog
from prism_engine.contract.samplers import Vllm, VllmServer
from prism_engine.contract.settings import FromModel, FromRun, Reference
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
from prism_engine.data.collate import Collator, PackingCollator
from prism_engine.data.mixture import JoinedData, part_of
from prism_engine.data.order import GroupedByLength, Mixed, Order, Shuffled
from prism_engine.data.records import DataSet, read_data
from prism_engine.discriminators import DISCRIMINATORS, load_discriminator
from prism_engine.discriminators.discriminator import Discriminator, Rules
from prism_engine.discriminators.network import NetworkDiscriminator
from prism_engine.distributed import STRATEGIES
from prism_engine.distributed.discriminator import SharedDiscriminator
from prism_engine.distributed.ranks import Ranks
from prism_engine.distributed.sampler import SharedSampler
from prism_engine.distributed.strategy import Strategy
from prism_engine.endpoints.blocking import BlockingSession
from prism_engine.endpoints.keys import Keys
from prism_engine.endpoints.session import Session
from prism_engine.errors import InvalidModel
from prism_engine.export import Export, Exportable
from prism_engine.interruption import Interruption
from prism_engine.loop import Loop, Schedule
from prism_engine.policy.attention import refuse_missing_kernel
from prism_engine.policy.gap import GapWatch
from prism_engine.policy.learner import Learner, Passes, PolicyLearner, Spectator
from prism_engine.policy.policy import Policy
from prism_engine.policy.sampler.sampler import Sampler
from prism_engine.policy.sampler.shared_prefill import SharedPrefillSampler
from prism_engine.policy.sampler.vllm import VllmSampler
from prism_engine.policy.sampler.vllm_release import ColocatedEngine, ServedEngine
from prism_engine.policy.tuning import DroppingLearner, WithoutAdapters, tune
from prism_engine.policy.utilisation import UtilisationMeter, matrix_rate
from prism_engine.randomness import Randomness
from prism_engine.rewards import load_reward
from prism_engine.stages import align, evaluate, rlvr, sft, warmup
from prism_engine.stages.audit import Auditor, hold_out
from prism_engine.stages.credit import CREDITS
from prism_engine.stages.cursor import PromptCursor
from prism_engine.stages.form import FormWatch
from prism_engine.stages.game import Equipment, demonstrated_sections
from prism_engine.stages.pass_rate import PassRateSelection
from prism_engine.stages.recorded import RecordedCollector
from prism_engine.stages.replay import Replay
from prism_engine.stages.respondents import EndpointRespondent, PolicyRespondent, Respondent
from prism_engine.stages.rollouts import Collector, RolloutCollector
from prism_engine.stages.samples import Gallery
from prism_engine.stages.stage import Stage

DrawingRun = GroupedRun | Evaluate | Curate
"""A run that draws responses."""

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float64": torch.float64}


class Job(Protocol):
    """A run that is ready to go."""

    def resume(self, checkpoint: Path) -> None:
        """Go on after a resumable checkpoint."""
        ...

    def run(self) -> bool:
        """Carry it out; returns whether it was cut short by a request to stop."""
        ...


@dataclass(frozen=True)
class Workplace:
    """Where a run takes place. `out` holds the folders of all runs of its pipeline.

    `keys` are the secrets of endpoints; `ledger` is where it keeps what it asked them, if that is
    to outlive the run's folder. `ranks` are the processes that carry it out together.
    """

    pipeline: str
    name: str
    out: Path
    seed: int
    events: EventLog
    interruption: Interruption
    keys: Keys = field(default_factory=lambda: Keys({}))
    ledger: Path | None = None
    ranks: Ranks = field(default_factory=Ranks)
    samplers: dict[Policy, Sampler] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        return self.out / self.name

    @property
    def checkpoints(self) -> Path:
        return self.folder / "checkpoints"

    @property
    def device(self) -> torch.device:
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")

    @property
    def randomness(self) -> Randomness:
        return Randomness(self.seed)

    def model(self, reference: Reference, role: str) -> Path:
        """The folder of what a run starts from; a hub id is downloaded."""
        if isinstance(reference, FromRun):
            return self.out / reference.run / "export" / role
        if Path(reference.model).is_dir():
            return Path(reference.model)
        from huggingface_hub import snapshot_download

        try:
            return Path(snapshot_download(reference.model))
        except (OSError, ValueError) as error:
            message = f"{reference.model} is no folder and could not be downloaded: {error}"
            raise InvalidModel(message) from error

    def policy(self, settings: PolicyRun | Evaluate | Curate) -> Policy:
        """The policy that a run starts from; every call gives another copy.

        Raises:
            UnsuitableMachine: it cannot be built here with the attention that it is to have.
        """
        assert isinstance(settings.policy, FromModel | FromRun)
        refuse_missing_kernel(settings.attention)
        folder = self.model(settings.policy, "policy")
        return Policy.load(folder, DTYPES[settings.dtype], self.device, settings.attention)

    def learning_policy(self, settings: Sft | ReinforcedRun) -> Policy:
        """The policy that a run teaches, prepared for that."""
        policy = self.policy(settings)
        tune(policy, settings.tuning, self.randomness)
        return policy

    def sampler(self, settings: DrawingRun, policy: Policy) -> Sampler:
        """Who draws from a policy: one for all who want to draw, since it may fill a GPU."""
        if policy not in self.samplers:
            sampler = SAMPLERS[settings.sampling.sampler.kind](settings, self, policy)
            self.samplers[policy] = self.on_all_ranks(sampler, policy)
        return self.samplers[policy]

    def gallery(self, data: DataSet, policy: Policy) -> Gallery:
        return Gallery(data, policy.processor, self.folder / "images", self.ranks)

    def on_all_ranks(self, sampler: Sampler, policy: Policy) -> Sampler:
        """The sampler itself, or one by which all ranks draw together."""
        return sampler if self.ranks.alone else SharedSampler(sampler, self.ranks, policy.whole)

    def strategy(self, settings: TrainingRun) -> Strategy:
        """How the ranks share what the run learns."""
        return STRATEGIES[settings.distribution.kind](settings.distribution, self.ranks)


def build(settings: Run, workplace: Workplace) -> Job:
    """Put together what a run needs.

    Raises:
        InvalidData: the data set cannot be used.
        InvalidModel: the policy or the discriminator cannot be loaded.
    """
    return BUILDERS[settings.kind](settings, workplace)


def _sft(settings: Sft, workplace: Workplace) -> Job:
    sets, policy = _sets(settings, workplace), workplace.learning_policy(settings)
    data = JoinedData(sets) if settings.mixed_with else sets[0]
    learner = Learner(
        policy,
        Imitation(),
        settings.optimizer,
        settings.steps,
        Passes(settings.tuning.tokens_per_pass),
        strategy=workplace.strategy(settings),
    )
    collator = (PackingCollator if settings.packing else Collator)(data, policy.processor)
    stage = sft.Sft(
        settings,
        data,
        _order(
            settings,
            workplace.randomness,
            [len(one) for one in sets],
            lambda item: collator.length(data.records[item]),
        ),
        collator,
        policy.processor,
        workplace.on_all_ranks(SharedPrefillSampler(policy), policy),
        workplace.gallery(data, policy),
    )
    dropping = _dropping(settings, workplace, policy, learner)
    teaching = _measured(settings, workplace, policy, dropping)
    return _loop(settings, workplace, stage, teaching, {"policy": learner}, {"policy": policy})


def _warmup(settings: Warmup, workplace: Workplace) -> Job:
    data, policy = read_data(Path(settings.data)), workplace.policy(settings)
    strategy = workplace.strategy(settings)
    discriminator = _shared(
        DISCRIMINATORS[settings.discriminator.kind].fresh(
            policy,
            settings.discriminator,
            _rules(settings, strategy),
            workplace.randomness.generator("discriminator", 0),
        ),
        workplace.ranks,
    )
    policy.rest_in(strategy.memory)
    collect = COLLECTORS[settings.rollouts]
    equipment = _equipment(settings, workplace, data, policy, discriminator, collect)
    stage = warmup.Warmup(settings, equipment)
    parts = {**equipment.parts(), "gate": stage}
    exports = {"discriminator": discriminator}
    return _loop(settings, workplace, stage, Spectator(), parts, exports)


def _align(settings: Align, workplace: Workplace) -> Job:
    data, policy = read_data(Path(settings.data)), workplace.learning_policy(settings)
    strategy, algorithm = workplace.strategy(settings), _algorithm(settings)
    learner = _reinforced(settings, workplace, policy, algorithm, strategy)
    folder = workplace.model(settings.discriminator, "discriminator")
    discriminator = _shared(
        load_discriminator(folder, policy, _rules(settings, strategy)), workplace.ranks
    )
    equipment = _equipment(settings, workplace, data, policy, discriminator, _collector)
    credit = CREDITS[settings.credit](policy.processor, discriminator.channels)
    stage = align.Align(settings, equipment, algorithm, credit)
    teaching = _watched(settings, workplace, policy, learner)
    parts = {"policy": learner, "gap": teaching, **equipment.parts()}
    exports = {"policy": policy, "discriminator": discriminator}
    return _loop(settings, workplace, stage, teaching, parts, exports)


def _rlvr(settings: Rlvr, workplace: Workplace) -> Job:
    data, policy = read_data(Path(settings.data)), workplace.learning_policy(settings)
    algorithm = _algorithm(settings)
    learner = _reinforced(settings, workplace, policy, algorithm, workplace.strategy(settings))
    cursor = PromptCursor(len(data), workplace.randomness)
    form = FormWatch(workplace.events, "rewards.format")
    stage = rlvr.Rlvr(
        settings,
        data,
        cursor,
        _collector(settings, workplace, data, policy),
        algorithm,
        {name: load_reward(name) for name in settings.rewards},
        workplace.randomness,
        workplace.gallery(data, policy),
        form,
        _selection(settings, workplace, data, policy),
        workplace.ranks,
    )
    teaching = _watched(settings, workplace, policy, learner)
    parts = {"policy": learner, "gap": teaching, "data": cursor, "form": form}
    return _loop(settings, workplace, stage, teaching, parts, {"policy": policy})


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


def _evaluate(settings: Evaluate, workplace: Workplace) -> Job:
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


def _curate(settings: Curate, workplace: Workplace) -> Job:
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


def _shared_prefill(settings: DrawingRun, workplace: Workplace, policy: Policy) -> Sampler:
    return SharedPrefillSampler(policy, settings.sampling.tokens_at_a_time)


def _vllm(settings: DrawingRun, workplace: Workplace, policy: Policy) -> Sampler:
    sampler, folder = settings.sampling.sampler, workplace.model(settings.policy, "policy")
    assert isinstance(sampler, Vllm)
    # Where nothing learns nobody else wants the memory, and the weights stay as they are.
    sleeps = isinstance(settings, GroupedRun) and workplace.device.type == "cuda"
    return VllmSampler(policy, ColocatedEngine(folder, policy.dtype, sampler, sleeps=sleeps))


def _vllm_server(settings: DrawingRun, workplace: Workplace, policy: Policy) -> Sampler:
    sampler = settings.sampling.sampler
    assert isinstance(sampler, VllmServer)
    secret = workplace.keys.secret(sampler.key)
    folder = workplace.folder / "weights"
    return VllmSampler(policy, ServedEngine(sampler, secret, folder, policy.dtype))


SAMPLERS: dict[str, Callable[[DrawingRun, Workplace, Policy], Sampler]] = {
    "shared_prefill": _shared_prefill,
    "vllm": _vllm,
    "vllm_server": _vllm_server,
}


def _algorithm(settings: ReinforcedRun) -> Algorithm:
    return ALGORITHMS[settings.algorithm.kind](
        settings.algorithm, settings.sampling.max_new_tokens, ORDERS[settings.channels]
    )


def _shared(discriminator: Discriminator, ranks: Ranks) -> Discriminator:
    """The discriminator, or where there are ranks one that they ask together.

    Controls that are no networks cost next to nothing, so that every rank has its own.
    """
    if ranks.alone or not isinstance(discriminator, NetworkDiscriminator):
        return discriminator
    return SharedDiscriminator(discriminator, ranks)


def _reinforced(
    settings: ReinforcedRun,
    workplace: Workplace,
    policy: Policy,
    algorithm: Algorithm,
    strategy: Strategy,
) -> Learner:
    """A learner from rollouts, with the policy that the run starts from where it stays near it."""
    return Learner(
        policy,
        Objective(
            algorithm,
            CORRECTIONS[settings.mismatch_correction],
            settings.mismatch_cap,
            settings.kl_coefficient,
            settings.kl_bias_correction,
        ),
        settings.optimizer,
        settings.steps,
        Passes(settings.tuning.tokens_per_pass, settings.iterations, settings.mini_batches),
        temperature=settings.sampling.temperature,
        reference=_start(settings, workplace, policy, strategy)
        if settings.kl_coefficient
        else None,
        strategy=strategy,
    )


def _selection(
    settings: Rlvr, workplace: Workplace, data: DataSet, policy: Policy
) -> PassRateSelection | None:
    if settings.pass_rate is None:
        return None
    measured = settings.model_copy(update={"rollouts_per_prompt": settings.pass_rate.samples})
    return PassRateSelection(
        settings.pass_rate,
        data,
        _collector(measured, workplace, data, policy),
        workplace.randomness,
        workplace.events,
    )


def _sets(settings: Sft, workplace: Workplace) -> list[DataSet]:
    """The data set, or a part of it, and those that it is mixed with."""
    first, *others = (read_data(Path(name)) for name in (settings.data, *settings.mixed_with))
    if settings.items is not None:
        first = part_of(first, settings.items, workplace.randomness.generator("items", 0))
    return [first, *others]


def _order(
    settings: Sft, randomness: Randomness, sizes: Sequence[int], length: Callable[[int], int]
) -> Order:
    """Which demonstrations come when, of data sets of these sizes."""
    order: Order = Shuffled(sizes[0], randomness)
    if settings.mixed_with:
        others = [
            Shuffled(size, randomness, f"order of data set {number}")
            for number, size in enumerate(sizes[1:], start=1)
        ]
        order = Mixed([order, *others], [1.0, *settings.mixed_with.values()], randomness)
    if settings.group_by_length:
        order = GroupedByLength(order, settings.batch_size, length, randomness)
    return order


def _dropping(
    settings: Sft | ReinforcedRun, workplace: Workplace, policy: Policy, learner: Learner
) -> PolicyLearner:
    """The learner itself, or one whose adapters drop inputs."""
    lora = settings.tuning.lora
    if lora is None or lora.dropout == 0:
        return learner
    return DroppingLearner(learner, policy, workplace.randomness, workplace.ranks.rank)


def _measured(
    settings: Sft | ReinforcedRun, workplace: Workplace, policy: Policy, learner: PolicyLearner
) -> PolicyLearner:
    """The learner itself, or on a GPU one that says what share of its rate an update uses."""
    if workplace.device.type != "cuda":
        return learner
    rate = matrix_rate(workplace.device, policy.dtype) * workplace.ranks.count
    iterations = settings.iterations if isinstance(settings, ReinforcedRun) else 1
    return UtilisationMeter(learner, policy, rate, iterations)


def _watched(
    settings: ReinforcedRun, workplace: Workplace, policy: Policy, learner: Learner
) -> GapWatch:
    """The learner, which says where the sampler draws from another policy than it teaches."""
    dropping = _dropping(settings, workplace, policy, learner)
    learning = _measured(settings, workplace, policy, dropping)
    return GapWatch(learning, workplace.events, settings.gap_alarm)


def _start(
    settings: ReinforcedRun, workplace: Workplace, policy: Policy, strategy: Strategy
) -> Policy | WithoutAdapters:
    """The policy that the run starts from, as it was."""
    if settings.tuning.lora:
        return WithoutAdapters(policy)
    start = workplace.policy(settings)
    start.rest_in(strategy.memory)
    return start


def _equipment(
    settings: Warmup | Align,
    workplace: Workplace,
    data: DataSet,
    policy: Policy,
    discriminator: Discriminator,
    collect: Callable[..., Collector],
) -> Equipment:
    """What a game is played with. The last rows of the data set are held out for audits."""
    trained, held_out = hold_out(data, settings)
    demonstrations = demonstrated_sections(data)
    collector = collect(settings, workplace, trained, policy)
    gallery = workplace.gallery(data, policy)
    auditor = Auditor(
        settings,
        _rules(settings, workplace.strategy(settings)),
        held_out,
        demonstrations,
        collect(settings, workplace, held_out, policy),
        discriminator,
        policy.processor,
        workplace.randomness,
        gallery,
        workplace.events,
    )
    replay = Replay(
        settings.game.replay_share,
        settings.game.replay_size,
        trained.records,
        Collator(trained, policy.processor).prompts,
        policy.processor,
        workplace.randomness,
    )
    return Equipment(
        rules=settings.game,
        collector=collector,
        discriminator=discriminator,
        demonstrations=demonstrations,
        replay=replay,
        auditor=auditor,
        form=FormWatch(workplace.events, "format_penalty"),
        gallery=gallery,
    )


def _collector(
    settings: GroupedRun, workplace: Workplace, data: DataSet, policy: Policy
) -> RolloutCollector:
    sampler = workplace.sampler(settings, policy)
    return RolloutCollector(settings, data, policy.processor, sampler, workplace.randomness)


def _recorded(
    settings: GroupedRun, workplace: Workplace, data: DataSet, policy: Policy
) -> RecordedCollector:
    return RecordedCollector(settings, data, policy.processor, workplace.randomness)


def _rules(settings: Warmup | Align, strategy: Strategy) -> Rules:
    """No section of a rollout is longer than a rollout, and so none of a demonstration's is."""
    longest = settings.sampling.max_new_tokens
    return Rules(settings.game, settings.steps, longest_section=longest, strategy=strategy)


def _loop(
    settings: TrainingRun,
    workplace: Workplace,
    stage: Stage,
    learner: PolicyLearner,
    parts: Mapping[str, Part],
    exports: Mapping[str, Exportable],
) -> Loop:
    base = workplace.model(settings.policy, "policy")
    card = Card(workplace.pipeline, workplace.name, workplace.seed, settings, base)
    checkpoints = Checkpoints(
        workplace.checkpoints, parts, settings.checkpoints_kept, settings.best_by, workplace.ranks
    )
    return Loop(
        Schedule(settings.kind, settings.steps, settings.checkpoint_every, settings.samples_every),
        stage,
        learner,
        checkpoints,
        [Export(model, role, card) for role, model in exports.items()],
        events=workplace.events,
        folder=workplace.folder,
        interruption=workplace.interruption,
        ranks=workplace.ranks,
    )


COLLECTORS: dict[str, Callable[..., Collector]] = {"drawn": _collector, "recorded": _recorded}
"""Where the rollouts of a warm-up come from."""

BUILDERS: dict[str, Callable[..., Job]] = {
    "sft": _sft,
    "warmup": _warmup,
    "align": _align,
    "rlvr": _rlvr,
    "evaluate": _evaluate,
    "curate": _curate,
}
