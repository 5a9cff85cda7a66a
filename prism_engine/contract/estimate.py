"""How much memory a run takes on one device, before it is launched.

Weights are kept in float32, and so are their gradients and both of AdamW's moments: 16 bytes for
each that learns. What a forward pass keeps for the backward pass is counted in `activations.py`.
Only what grows with the model or the batch is counted, as if every response were as long as it may
become. Code, kernels and the allocator's waste come on top. Of several processes it is what one of
them takes: its part of the batch, and what `sharding.py` says of the model.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from prism_engine.contract.activations import (
    FORMATS,
    FUSED,
    PLAIN,
    Batch,
    Format,
    Layers,
    Network,
)
from prism_engine.contract.config import (
    Align,
    Ask,
    Curate,
    Evaluate,
    GroupedRun,
    Pipeline,
    Rlvr,
    Run,
    Sft,
    TrainingRun,
    Warmup,
)
from prism_engine.contract.discriminators import Dense, Discriminator, Sparse, TextOnly
from prism_engine.contract.distribution import OFFLOADED_PART, Offloaded
from prism_engine.contract.samplers import Vllm, VllmServer
from prism_engine.contract.settings import FromModel, FromRun, Tuning
from prism_engine.contract.shape import Language, Shape
from prism_engine.contract.sharding import Sharding, largest, sharding_of

Learning = Sft | Align | Rlvr
"""The runs whose policy learns."""


class Device(NamedTuple):
    """What depends on where the policy learns."""

    layers: Mapping[str, Layers]
    logits_at_a_time: int
    logit: Mapping[str, int]  # bytes of all that is as large as the logits


CPU = Device(PLAIN, 2**26, {"float32": 20, "bfloat16": 20, "float64": 40})
"""Logits, log-probabilities and three steps of the entropy are there at once."""
GPU = Device(PLAIN | FUSED, 2**28, {"float32": 8, "bfloat16": 4, "float64": 16})
"""Logits and their gradient are."""

DRAWN_LOGIT_BYTES = 24
"""Logits and log-probabilities in float32; probabilities and their sums in float64."""


@dataclass(frozen=True)
class Lengths:
    """How long prompts and responses are, in tokens. A response is as long as it may be."""

    prompt: int = 2048
    image: int = 1024
    response: int | None = None

    def within(self, longest: int) -> Lengths:
        """Prompts no longer than a model can read."""
        prompt = min(self.prompt, longest)
        return replace(self, prompt=prompt, image=min(self.image, prompt))


class Memory(BaseModel):
    """What a run takes, in bytes by what takes it."""

    model_config = ConfigDict(frozen=True)

    prompt_tokens: int = Field(description="How long prompts are taken to be")
    processes: int = Field(description="That share the work, each of which takes so much")
    parameters: dict[str, int] = Field(description="Weights of every model, not in bytes")
    held: dict[str, int] = Field(description="What is there from the first step to the last")
    phases: dict[str, dict[str, int]] = Field(
        description="What comes and goes in every part of a step; one part at a time"
    )

    peak: str = Field(description="The part of a step that takes most")
    total: int = Field(description="What is held, and what that part takes")


def estimate_pipeline(
    pipeline: Pipeline, shapes: Mapping[str, Shape], lengths: Lengths
) -> dict[str, Memory | None]:
    """The memory of every run; None where a model is not among the `shapes` by its name."""
    return {name: _estimate(pipeline, name, shapes, lengths) for name in pipeline.in_order()}


def _estimate(
    pipeline: Pipeline, name: str, shapes: Mapping[str, Shape], lengths: Lengths
) -> Memory | None:
    run = pipeline.runs[name]
    if isinstance(run, Curate):
        return None
    policy = policy_shape(pipeline, name, shapes)
    if policy is None:
        return None
    if not isinstance(run, Warmup | Align | Ask) or run.discriminator is None:
        return estimate_run(run, policy, None, lengths)
    judge = _judge(pipeline, name, shapes)
    return estimate_run(run, policy, judge, lengths) if judge else None


def policy_shape(pipeline: Pipeline, name: str, shapes: Mapping[str, Shape]) -> Shape | None:
    """The shape of the model that a run's policy goes back to."""
    reference = pipeline.runs[name].policy
    if isinstance(reference, FromRun):
        return policy_shape(pipeline, reference.run, shapes)
    return shapes.get(reference.model) if isinstance(reference, FromModel) else None


@dataclass(frozen=True)
class Judge:
    """A discriminator: its settings, and the shape of the model that it was made from."""

    settings: Discriminator
    shape: Shape

    @property
    def experts(self) -> int:
        """In place of every feed-forward block; 0 for a control that has no weights."""
        if isinstance(self.settings, Sparse):
            return self.settings.experts
        return 1 if isinstance(self.settings, Dense) else 0

    @property
    def parameters(self) -> int:
        return self.shape.scored(self.experts) if self.experts else 0

    def network(self, dtype: str) -> Network:
        network = Network(self.shape, FORMATS[dtype], PLAIN[dtype], self.experts)
        if not isinstance(self.settings, Sparse):
            return network
        # The last layer's experts are asked where a score is read.
        unread = 1 if self.settings.pooling == "end" else 0
        return replace(network, experts_per_token=self.settings.experts_per_token, unread=unread)


def _judge(pipeline: Pipeline, name: str, shapes: Mapping[str, Shape]) -> Judge | None:
    """The discriminator of a run that has one; None if nothing is known of it."""
    run = pipeline.runs[name]
    if isinstance(run, Align | Ask):
        reference = run.discriminator
        return _judge(pipeline, reference.run, shapes) if isinstance(reference, FromRun) else None
    shape = policy_shape(pipeline, name, shapes)
    return Judge(run.discriminator, shape) if isinstance(run, Warmup) and shape else None


def estimate_run(run: Run, policy: Shape, judge: Judge | None, lengths: Lengths) -> Memory:
    """The memory of one run."""
    form = FORMATS[run.dtype]
    lengths = lengths.within(policy.language.longest)
    parameters = {"policy": policy.parameters}
    spared = isinstance(run, TrainingRun) and isinstance(run.distribution, Offloaded)
    read = not _reads_rollouts(run)
    spread = sharding_of(run)
    # Where only a discriminator learns the policy lies in every process.
    sharding = spread if isinstance(run, Learning) else Sharding(spread.ranks)
    held = _weights("policy", policy.parameters, form, sharding, read=read, spared=spared)
    phases = {}
    if isinstance(run, GroupedRun | Evaluate | Ask) and not _reads_rollouts(run):
        phases["sampling"] = _sampling(run, policy, form, lengths, sharding)
    if isinstance(run, Learning):
        if not spared:
            kept = sharding.optimizer(_learned(run.tuning, policy))
            held |= {name: numbers * form.weight for name, numbers in kept.items()}
        phases["learning"] = _learning(run, policy, form, lengths, sharding)
    # Adapters are switched off to have the policy as it was.
    if isinstance(run, Align | Rlvr) and run.kl_coefficient and run.tuning.lora is None:
        held |= _weights("reference policy", policy.parameters, form, Sharding(), spared=spared)
    if judge is not None and isinstance(run, Warmup | Align):
        parameters["discriminator"] = judge.parameters
        held |= _weights("discriminator", judge.parameters, form, spread, spared=spared)
        if not spared and judge.experts:
            held |= {
                f"discriminator's {name}": numbers * form.weight
                for name, numbers in spread.optimizer(judge.parameters).items()
            }
        phases["judging"], graph = _judging(run, judge, form, lengths, spread)
        if isinstance(run, Align):
            # Scores keep their graph until the discriminator learns, which is after the policy.
            phases["learning"] |= graph
    if judge is not None and isinstance(run, Ask):
        parameters["discriminator"] = judge.parameters
        held |= _weights("discriminator", judge.parameters, form, spread)
    if spared:
        phases["descending"] = _descending(run, policy, judge, form)
    peak = max(phases, key=lambda phase: _sum(phases[phase]))
    return Memory(
        prompt_tokens=lengths.prompt,
        processes=spread.ranks,
        parameters=parameters,
        held=held,
        phases=phases,
        peak=peak,
        total=_sum(held) + _sum(phases[peak]),
    )


def _weights(
    role: str,
    count: int,
    form: Format,
    sharding: Sharding,
    *,
    read: bool = True,
    spared: bool = False,
) -> dict[str, int]:
    """A model's weights, and their copies in the format of activations if it is read.

    What copies stand in for rests elsewhere if memory is to be spared.
    """
    weights = {role: sharding.resting(count) * form.weight}
    if not (read and form.copy):
        return weights
    copies = {f"{role} as it is read": count * form.copy}
    return copies if spared else {**weights, **copies}


def _descending(run: Run, policy: Shape, judge: Judge | None, form: Format) -> dict[str, int]:
    """The step of the optimizer that has more to do, weights and moments coming part by part."""
    learned = _learned(run.tuning, policy) if isinstance(run, Learning) else 0
    most = max(learned, judge.parameters if judge else 0)
    part = min(most, max(OFFLOADED_PART, policy.language.embedding))
    return {
        "gradients": most * form.weight,
        "a part of weights and moments": 3 * part * form.weight,
    }


def _reads_rollouts(run: Run) -> bool:
    """Whether rollouts come from the rows of the data set, so that none are drawn."""
    return isinstance(run, Warmup) and run.rollouts == "recorded"


def _learned(tuning: Tuning, policy: Shape) -> int:
    """Weights that learn."""
    if tuning.lora is not None:
        return policy.adapters(tuning.lora)
    return sum(count for tower, count in policy.towers.items() if tower not in tuning.frozen)


def _rows(
    run: Sft | GroupedRun | Evaluate | Ask, shape: Shape, lengths: Lengths, ranks: int
) -> Batch:
    """The rows of a step that fall to one process: those of whole prompts."""
    if isinstance(run, Sft):
        prompts, per_prompt, longest = run.batch_size, 1, run.max_tokens
    elif isinstance(run, Evaluate | Ask):
        prompts = run.batch_size if isinstance(run, Evaluate) else 1
        per_prompt = max(1, run.samples_per_item)
        longest = run.sampling.max_new_tokens
    else:
        prompts, per_prompt = run.prompts_per_step, run.rollouts_per_prompt
        longest = run.sampling.max_new_tokens
    prompts = -(-prompts // ranks)
    return Batch(
        prompts=prompts,
        rows=prompts * per_prompt,
        prompt_length=lengths.prompt,
        row_length=lengths.response or min(longest, shape.language.longest),
        image_tokens=lengths.image,
    )


def _sampling(
    run: Warmup | Align | Rlvr | Evaluate | Ask,
    policy: Shape,
    form: Format,
    lengths: Lengths,
    sharding: Sharding,
) -> dict[str, int]:
    """What whoever draws takes on this device; a server of vLLM has its own."""
    sampler = run.sampling.sampler
    if isinstance(sampler, Vllm):
        return _vllm(sampler, run.resources.gpu_memory, policy, form)
    if isinstance(sampler, VllmServer):
        return {}
    numbers = (sharding.fetched(policy.parameters), sharding.gathered(policy.parameters))
    fetched, gathered = (number * form.weight for number in numbers)
    drawing = _drawing(run, policy, form, _rows(run, policy, lengths, sharding.ranks))
    return largest({"gathered weights": fetched}, {"gathered weights": gathered, **drawing})


def _vllm(sampler: Vllm, gpu_memory: int | None, policy: Shape, form: Format) -> dict[str, int]:
    """The share that vLLM fills; of a GPU that nobody knows, the least that it can do with."""
    if gpu_memory is not None:
        return {"vLLM's share": int(sampler.memory_share * gpu_memory * 2**30)}
    text = policy.language
    return {
        "vLLM's weights": policy.parameters * form.number,
        "vLLM's cache, at least": text.layers * sampler.context * text.keys * form.cached_pair,
    }


def _drawing(
    run: Warmup | Align | Rlvr | Evaluate | Ask, policy: Shape, form: Format, batch: Batch
) -> dict[str, int]:
    """There is room for the longest response of every row that is drawn at a time.

    Of prompts there are keys and values, and keys once more as products take them. Behind adapters
    every row has a copy of its prompt.
    """
    text = policy.language
    answered = run.sampling.max_new_tokens
    longest = batch.prompt_length + answered
    rows = min(batch.rows, max(1, run.sampling.tokens_at_a_time // longest))
    read = batch.prompts * batch.prompt_length
    adapted = isinstance(run, Align | Rlvr) and run.tuning.lora is not None
    places = read + rows * longest if adapted else read + read // 2 + rows * answered
    return {
        "keys and values": text.layers * places * text.keys * form.cached_pair,
        "logits": rows * text.vocabulary * DRAWN_LOGIT_BYTES,
    }


def _learning(
    run: Learning, policy: Shape, form: Format, lengths: Lengths, sharding: Sharding
) -> dict[str, int]:
    whole = _rows(run, policy, lengths, sharding.ranks)
    part = whole.within(run.tuning.tokens_per_pass)
    device = CPU if run.resources.gpus == 0 else GPU
    network = Network(policy, form, device.layers[run.dtype])
    kept = network.activations(
        part,
        checkpointed=run.tuning.gradient_checkpointing,
        sighted="vision" not in run.tuning.frozen and run.tuning.lora is None,
    )
    # The backward pass is done with the logits before it comes to the first block.
    first = _logits(part.rows * part.row_length, policy.language, form, device, run.dtype)
    then = {"activations' gradients": network.passing(part)}
    taken = {"activations": kept} | (first if _sum(first) > _sum(then) else then)
    counts = (policy.parameters, _learned(run.tuning, policy))
    return _with_gradients("", counts, form, taken, sharding, alone=part == whole)


def _sum(taken: Mapping[str, int]) -> int:
    return sum(taken.values())


def _logits(
    tokens: int, text: Language, form: Format, device: Device, dtype: str
) -> dict[str, int]:
    """What the scores of so many tokens take, which are computed in chunks."""
    logits = tokens * text.vocabulary
    taken = {"logits": min(logits, device.logits_at_a_time) * device.logit[dtype]}
    if logits > device.logits_at_a_time:
        # What each chunk makes of it is added to what those before it have made.
        taken["head's gradient"] = 2 * text.embedding * form.number
    return taken


def _with_gradients(
    whose: str,
    counts: tuple[int, int],
    form: Format,
    taken: dict[str, int],
    sharding: Sharding,
    *,
    alone: bool,
) -> dict[str, int]:
    """What learning takes at its peak: as weights come, in a backward pass, or after the last one.

    Args:
        whose: stands before the names.
        counts: the weights of the model, and those of them that learn.
        form: of the weights.
        taken: by activations.
        sharding: of the model.
        alone: whether there is one pass.
    """
    weights, learned = counts
    gradients, gathered = f"{whose}gradients", f"{whose}gathered weights"
    # Before the backward pass there are the gradients of earlier ones.
    earlier = sharding.gradients(learned, learned, alone=alone)
    there = sharding.gradients(learned, _sum(taken) // form.weight, alone=alone)
    moments = [
        {gathered: 2 * sharding.gathered(weights), gradients: earlier},
        {gathered: sharding.gathered(weights), gradients: there},
        {gradients: sharding.reduction(learned)},
    ]
    coming, passing, reducing = (
        {name: numbers * form.weight for name, numbers in moment.items()} for moment in moments
    )
    return largest({**passing, **taken}, coming, reducing)


def _judging(
    run: Warmup | Align, judge: Judge, form: Format, lengths: Lengths, sharding: Sharding
) -> tuple[dict[str, int], dict[str, int]]:
    """What teaching the discriminator takes, and what of it is kept from the scoring on."""
    if not judge.experts:
        return {}, {}
    drawn, network = _rows(run, judge.shape, lengths, sharding.ranks), judge.network(run.dtype)
    # Each side of each pair is two rows, a caption and the rest of the response.
    rows = 2 * (drawn.rows + drawn.prompts)
    whole = replace(drawn, rows=rows, row_length=-(-drawn.row_length // 2))
    part = whole.within(run.game.tokens_per_pass)
    sighted = not isinstance(judge.settings, TextOnly)
    graph = {"discriminator's activations": network.activations(part, sighted=sighted)}
    alone = part == whole
    taken = {**graph, "activations' gradients": network.passing(part)}
    counts = (judge.parameters, judge.parameters)
    learning = _with_gradients("discriminator's ", counts, form, taken, sharding, alone=alone)
    remaining = sharding.remaining(judge.parameters) * form.weight
    kept = graph | ({"discriminator's gathered weights": remaining} if remaining else {})
    return learning, kept if alone else {}
