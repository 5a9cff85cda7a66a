"""How much memory a run takes on one device, before it is launched.

Weights are kept in float32, and so are their gradients and both of AdamW's moments: 16 bytes for
each that learns. What a forward pass keeps for the backward pass is counted tensor by tensor for
one layer of the model; see `Format`. Only what grows with the model or the batch is counted, as if
every response were as long as it may become. Code, kernels and the allocator's waste come on top.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from prism_engine.contract.config import (
    Align,
    Curate,
    Evaluate,
    GroupedRun,
    Pipeline,
    Rlvr,
    Run,
    Sft,
    Warmup,
)
from prism_engine.contract.discriminators import Dense, Discriminator, Sparse, TextOnly
from prism_engine.contract.settings import FromModel, FromRun, Tuning
from prism_engine.contract.shape import Shape

Learning = Sft | Align | Rlvr
"""The runs whose policy learns."""

LOGITS_AT_A_TIME = 2**26
"""Log-probabilities are computed for so many logits at a time."""
LOGIT_COPIES = 5
"""Logits, log-probabilities and three steps of the entropy, at once."""
DRAWN_LOGIT_BYTES = 24
"""Logits and log-probabilities in float32; probabilities and their sums in float64."""
DISCRIMINATOR_TOKENS = 16_384
"""So many tokens go through the discriminator at a time."""


class Format(NamedTuple):
    """Bytes by the number format of activations.

    The middle ones say what a layer keeps of every token for the backward pass, by the width of
    what it is multiplied with. In float32 these are, four bytes each, inputs, normalised inputs
    and outputs of both norms (6 · width); queries before, in and after their norm and the
    attended values (4 · queries); keys before and in their norm (2 · keys); gate, its activation,
    up and their product (4 · feed_forward). In bfloat16 all of it is half as wide, but norms
    compute in float32 and keep a copy of what they read in it.
    """

    weight: int
    copy: int  # of each weight, in the format of activations; 0 where it is the weights' own
    number: int
    width: int
    queries: int
    keys: int
    feed_forward: int
    cached_pair: int  # a number of a key and one of a value
    vision_width: int
    vision_feed_forward: int


FORMATS = {
    "float32": Format(4, 0, 4, 24, 16, 8, 16, 8, 40, 8),
    "bfloat16": Format(4, 2, 2, 16, 12, 6, 8, 4, 18, 4),
    "float64": Format(8, 0, 8, 48, 32, 16, 32, 16, 80, 16),
}


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


@dataclass(frozen=True)
class Batch:
    """Rows that continue prompts, each prompt read once."""

    prompts: int
    rows: int
    prompt_length: int
    row_length: int
    image_tokens: int

    @property
    def tokens(self) -> int:
        return self.prompts * self.prompt_length + self.rows * self.row_length

    @property
    def context(self) -> int:
        """Tokens that rows attend to, each row's own counted."""
        return self.rows * (self.prompt_length + self.row_length)

    @property
    def scores(self) -> int:
        """Pairs of a token and one that it may attend to: the size of the attention mask."""
        return self.context * self.row_length

    def within(self, most_tokens: int) -> Batch:
        """The largest part that goes through the model at a time: at least one row."""
        per_prompt = self.rows // self.prompts
        rows = 1
        while rows < self.rows and self._cost(rows + 1, per_prompt) <= most_tokens:
            rows += 1
        return replace(self, rows=rows, prompts=-(-rows // per_prompt))

    def _cost(self, rows: int, per_prompt: int) -> int:
        return rows * self.row_length + -(-rows // per_prompt) * self.prompt_length


@dataclass(frozen=True)
class Network:
    """A model that learns or is only read."""

    shape: Shape
    experts: int = 1
    experts_per_token: int = 1

    def activations(
        self, batch: Batch, form: Format, *, checkpointed: bool = False, sighted: bool = True
    ) -> int:
        """Bytes that a forward pass keeps for the backward pass."""
        text = self.shape.language
        layer = (
            batch.tokens * (text.width * form.width + text.queries * form.queries)
            + batch.tokens * (text.keys * form.keys + self._block(form))
            + batch.context * 2 * text.queries * form.number
            + batch.scores * form.number
        )
        ends = 3 * batch.tokens * text.width * form.number
        seen = self._vision(batch, form, checkpointed) if sighted else 0
        if checkpointed:
            return text.layers * batch.tokens * text.width * form.number + layer + ends + seen
        return text.layers * layer + ends + seen

    def _block(self, form: Format) -> int:
        """Bytes that a feed-forward block keeps of a token, routed copies of it included."""
        text = self.shape.language
        inner = text.feed_forward * form.feed_forward
        if self.experts == 1:
            return inner
        return self.experts_per_token * (inner + 2 * text.width * form.number)

    def copied(self, form: Format) -> int:
        """Bytes of weights in the format of activations, if the model is a discriminator."""
        return self.shape.scored(self.experts) * form.copy

    def _vision(self, batch: Batch, form: Format, checkpointed: bool) -> int:
        vision = self.shape.vision
        patches = batch.prompts * batch.image_tokens * vision.merged
        layer = vision.width * form.vision_width + vision.feed_forward * form.vision_feed_forward
        mergers = (1 + vision.deepstack) * 4 * vision.width * form.number
        if checkpointed:
            return patches * (vision.layers * vision.width * form.number + layer + mergers)
        return patches * (vision.layers * layer + mergers)


class Memory(BaseModel):
    """What a run takes, in bytes by what takes it."""

    model_config = ConfigDict(frozen=True)

    prompt_tokens: int = Field(description="How long prompts are taken to be")
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
    if not isinstance(run, Warmup | Align):
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
    def network(self) -> Network | None:
        """None for a control that has no weights."""
        if isinstance(self.settings, Sparse):
            return Network(self.shape, self.settings.experts, self.settings.experts_per_token)
        return Network(self.shape) if isinstance(self.settings, Dense) else None

    @property
    def parameters(self) -> int:
        return self.shape.scored(self.network.experts) if self.network else 0


def _judge(pipeline: Pipeline, name: str, shapes: Mapping[str, Shape]) -> Judge | None:
    """The discriminator of a warm-up or an alignment; None if nothing is known of it."""
    run = pipeline.runs[name]
    if isinstance(run, Align):
        reference = run.discriminator
        return _judge(pipeline, reference.run, shapes) if isinstance(reference, FromRun) else None
    shape = policy_shape(pipeline, name, shapes)
    return Judge(run.discriminator, shape) if isinstance(run, Warmup) and shape else None


def estimate_run(run: Run, policy: Shape, judge: Judge | None, lengths: Lengths) -> Memory:
    """The memory of one run."""
    form = FORMATS[run.dtype]
    lengths = lengths.within(policy.language.longest)
    parameters = {"policy": policy.parameters}
    held = {"policy": policy.parameters * form.weight}
    phases = {}
    if isinstance(run, GroupedRun | Evaluate) and not _reads_rollouts(run):
        phases["sampling"] = _sampling(run, policy, form, lengths)
    if isinstance(run, Learning):
        held["moments"] = 2 * _learned(run.tuning, policy) * form.weight
        phases["learning"] = _learning(run, policy, form, lengths)
    # Adapters are switched off to have the policy as it was.
    if isinstance(run, Align | Rlvr) and run.kl_coefficient and run.tuning.lora is None:
        held["reference policy"] = policy.parameters * form.weight
    if judge is not None and isinstance(run, Warmup | Align):
        parameters["discriminator"] = judge.parameters
        held["discriminator"] = 3 * judge.parameters * form.weight
        phases["judging"], kept = _judging(run, judge, form, lengths)
        if isinstance(run, Align):
            # Scores keep their graph until the discriminator learns, which is after the policy.
            phases["learning"] |= kept
    peak = max(phases, key=lambda phase: sum(phases[phase].values()))
    return Memory(
        prompt_tokens=lengths.prompt,
        parameters=parameters,
        held=held,
        phases=phases,
        peak=peak,
        total=sum(held.values()) + sum(phases[peak].values()),
    )


def _reads_rollouts(run: Run) -> bool:
    """Whether rollouts come from the rows of the data set, so that none are drawn."""
    return isinstance(run, Warmup) and run.rollouts == "recorded"


def _learned(tuning: Tuning, policy: Shape) -> int:
    """Weights that learn."""
    if tuning.lora is not None:
        return policy.adapters(tuning.lora)
    return sum(count for tower, count in policy.towers.items() if tower not in tuning.frozen)


def _rows(run: Sft | GroupedRun | Evaluate, shape: Shape, lengths: Lengths) -> Batch:
    """A whole step's rows."""
    if isinstance(run, Sft):
        prompts, per_prompt, longest = run.batch_size, 1, run.max_tokens
    elif isinstance(run, Evaluate):
        prompts, per_prompt = run.batch_size, max(1, run.samples_per_item)
        longest = run.sampling.max_new_tokens
    else:
        prompts, per_prompt = run.prompts_per_step, run.rollouts_per_prompt
        longest = run.sampling.max_new_tokens
    return Batch(
        prompts=prompts,
        rows=prompts * per_prompt,
        prompt_length=lengths.prompt,
        row_length=lengths.response or min(longest, shape.language.longest),
        image_tokens=lengths.image,
    )


def _sampling(
    run: Warmup | Align | Rlvr | Evaluate, policy: Shape, form: Format, lengths: Lengths
) -> dict[str, int]:
    """The cache has room for the longest response of every row that is drawn at a time."""
    batch, text = _rows(run, policy, lengths), policy.language
    longest = batch.prompt_length + run.sampling.max_new_tokens
    rows = min(batch.rows, max(1, run.sampling.tokens_at_a_time // longest))
    places = batch.prompts * batch.prompt_length + rows * longest
    return {
        "keys and values": text.layers * places * text.keys * form.cached_pair,
        "logits": rows * text.vocabulary * DRAWN_LOGIT_BYTES,
        "weights as they are read": policy.parameters * form.copy,
    }


def _learning(run: Learning, policy: Shape, form: Format, lengths: Lengths) -> dict[str, int]:
    whole = _rows(run, policy, lengths)
    part = whole.within(run.tuning.tokens_per_pass)
    kept = Network(policy).activations(
        part,
        form,
        checkpointed=run.tuning.gradient_checkpointing,
        sighted="vision" not in run.tuning.frozen and run.tuning.lora is None,
    )
    chunk = min(part.rows * part.row_length * policy.language.vocabulary, LOGITS_AT_A_TIME)
    return {
        "gradients": _learned(run.tuning, policy) * form.weight,
        "activations": kept,
        "logits": chunk * LOGIT_COPIES * form.weight,
        "weights as they are read": policy.parameters * form.copy,
    }


def _judging(
    run: Warmup | Align, judge: Judge, form: Format, lengths: Lengths
) -> tuple[dict[str, int], dict[str, int]]:
    """What teaching the discriminator takes, and what of it is kept from the scoring on."""
    if judge.network is None:
        return {}, {}
    drawn = _rows(run, judge.shape, lengths)
    # Each side of each pair is two rows, a caption and the rest of the response.
    rows = 2 * (drawn.rows + drawn.prompts)
    whole = replace(drawn, rows=rows, row_length=-(-drawn.row_length // 2))
    part = whole.within(DISCRIMINATOR_TOKENS)
    sighted = not isinstance(judge.settings, TextOnly)
    graph = {
        "discriminator's activations": judge.network.activations(part, form, sighted=sighted),
        "discriminator's weights as they are read": judge.network.copied(form),
    }
    learning = {"discriminator's gradients": judge.parameters * form.weight, **graph}
    return learning, graph if part == whole else {}
