"""Runs that train: supervised, warm-up, alignment and reinforcement."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from prism_engine.algorithms import ALGORITHMS
from prism_engine.algorithms.advantages import ORDERS
from prism_engine.algorithms.algorithm import Algorithm
from prism_engine.algorithms.imitation import Imitation
from prism_engine.algorithms.mismatch import CORRECTIONS
from prism_engine.algorithms.objective import Objective
from prism_engine.build.workplace import Job, Workplace
from prism_engine.card import Card
from prism_engine.checkpoint import Checkpoints, Part
from prism_engine.contract.config import (
    Align,
    GroupedRun,
    ReinforcedRun,
    Rlvr,
    Sft,
    TrainingRun,
    Warmup,
)
from prism_engine.data.collate import Collator, PackingCollator
from prism_engine.data.mixture import JoinedData, part_of
from prism_engine.data.order import GroupedByLength, Mixed, Order, Shuffled
from prism_engine.data.records import DataSet, read_data
from prism_engine.discriminators import DISCRIMINATORS, load_discriminator
from prism_engine.discriminators.discriminator import Discriminator, Rules
from prism_engine.discriminators.network import NetworkDiscriminator
from prism_engine.distributed.discriminator import SharedDiscriminator
from prism_engine.distributed.ranks import Ranks
from prism_engine.distributed.strategy import Strategy
from prism_engine.export import Export, Exportable
from prism_engine.loop import Loop, Schedule
from prism_engine.policy.gap import GapWatch
from prism_engine.policy.learner import Learner, Passes, PolicyLearner, Spectator
from prism_engine.policy.policy import Policy
from prism_engine.policy.sampler.shared_prefill import SharedPrefillSampler
from prism_engine.policy.tuning import DroppingLearner, WithoutAdapters
from prism_engine.policy.utilisation import UtilisationMeter, matrix_rate
from prism_engine.randomness import Randomness
from prism_engine.rewards import load_reward
from prism_engine.stages import align, rlvr, sft, warmup
from prism_engine.stages.audit import Auditor, hold_out
from prism_engine.stages.credit import CREDITS
from prism_engine.stages.cursor import PromptCursor
from prism_engine.stages.form import FormWatch
from prism_engine.stages.game import Equipment, demonstrated_sections
from prism_engine.stages.pass_rate import PassRateSelection
from prism_engine.stages.recorded import RecordedCollector
from prism_engine.stages.replay import Replay
from prism_engine.stages.rollouts import Collector, RolloutCollector
from prism_engine.stages.stage import Stage


def build_sft(settings: Sft, workplace: Workplace) -> Job:
    """Imitate demonstrations."""
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


def build_warmup(settings: Warmup, workplace: Workplace) -> Job:
    """Teach a discriminator."""
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


def build_align(settings: Align, workplace: Workplace) -> Job:
    """Let the policy play against its discriminator."""
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


def build_rlvr(settings: Rlvr, workplace: Workplace) -> Job:
    """Reinforce what can be verified."""
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
