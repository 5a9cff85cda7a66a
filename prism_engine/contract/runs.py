"""The settings of one run, by what kind of run it is.

Defaults are the paper's (arXiv 2604.28123, table 3 and its released scripts) wherever the paper has
a value.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from prism_engine.contract.algorithms import Algorithm, Grpo
from prism_engine.contract.curation import Blind, Panel, RlvrBand, Similarity, Teacher
from prism_engine.contract.discriminators import Audit, Discriminator, Game, Moe
from prism_engine.contract.distribution import DeepSpeed, Distribution, Single, Spread
from prism_engine.contract.endpoints import Endpoint, FromEndpoint
from prism_engine.contract.metrics import METRICS
from prism_engine.contract.resources import Resources
from prism_engine.contract.rewards import REWARD_PLUGINS, reward_names
from prism_engine.contract.samplers import Sampling
from prism_engine.contract.settings import (
    FromCheckpoint,
    FromRun,
    Optimizer,
    Reference,
    Settings,
    Tuning,
    setting,
)


class BaseRun(Settings):
    """What every run has."""

    dtype: Literal["float32", "bfloat16", "float64"] = setting(
        "float32",
        "Number format of activations; weights stay in float32, unless everything is float64",
        "model", advanced=True,
    )  # fmt: skip
    attention: Literal["sdpa", "eager", "flash_attention_2", "flash_attention_3"] = setting(
        "sdpa",
        "Kernel of the policy's attention. The flash ones compute in bfloat16, and need their "
        "package and a GPU of compute capability 8.0 on the machine that executes the run",
        "model", advanced=True,
    )  # fmt: skip
    resources: Resources = setting(
        Resources(), "What it needs of the worker that executes it", "schedule", advanced=True
    )

    @model_validator(mode="after")
    def _computes_in_what_it_can(self) -> Self:
        sampling = getattr(self, "sampling", None)
        if self.dtype == "float64" and sampling and sampling.sampler.kind != "shared_prefill":
            raise ValueError(
                "vLLM does not compute in float64; set dtype to float32 or bfloat16, or "
                "sampling.sampler to shared_prefill"
            )
        if self.attention.startswith("flash") and self.dtype != "bfloat16":
            raise ValueError(
                f"{self.attention} computes in bfloat16 alone; set dtype to bfloat16, or attention "
                "to sdpa"
            )
        return self

    def data_sets(self) -> dict[str, str]:
        """Every data set that the run reads, by the setting that names it."""
        return {}

    @property
    def strategy(self) -> Distribution:
        """How its processes share the work."""
        return Single()

    @model_validator(mode="after")
    def _nodes_share_something(self) -> Self:
        if self.resources.nodes > 1 and not isinstance(self.strategy, Spread):
            raise ValueError(
                "one process cannot be on several nodes: set resources.nodes to 1, or give a run "
                "that trains another distribution, such as {kind: fsdp2}"
            )
        return self


class DataRun(BaseRun):
    """A run that reads a data set."""

    data: str = setting(..., "Registered data set, or a JSONL file on the command line", "data",
                        min_length=1)  # fmt: skip

    def data_sets(self) -> dict[str, str]:
        """The data set."""
        return {"data": self.data}


class PolicyRun(DataRun):
    """A run that starts from a policy."""

    policy: Reference = Field(
        description="The policy that this run starts from",
        json_schema_extra={"group": "model", "advanced": False},
    )


class TrainingRun(PolicyRun):
    """A run that goes on in steps."""

    steps: int = setting(..., "Optimizer steps", "schedule", ge=1, unit="steps")
    distribution: Distribution = setting(
        Single(), "How several processes share the work", "schedule", advanced=True
    )
    optimizer: Optimizer = setting(Optimizer(), "Optimizer of the policy", "optimisation")
    checkpoint_every: int = setting(
        100, "Steps between resumable checkpoints", "schedule", ge=1, unit="steps", advanced=True
    )
    checkpoints_kept: int = setting(
        3, "The newest so many resumable checkpoints stay", "schedule", ge=1, advanced=True
    )
    best_by: str | None = setting(
        None,
        "Metric by whose value in its last step the best resumable checkpoint stays too",
        "schedule", advanced=True,
    )  # fmt: skip
    samples_every: int = setting(
        10, "Steps between the samples that are shown", "schedule", ge=1, unit="steps",
        advanced=True,
    )  # fmt: skip

    @property
    def strategy(self) -> Distribution:
        return self.distribution

    @model_validator(mode="after")
    def _shards_of_copies_are_not_kept(self) -> Self:
        kept = isinstance(self.distribution, DeepSpeed) and self.distribution.stage == 3
        if self.dtype == "bfloat16" and kept:
            raise ValueError(
                "ZeRO 3 would look for its shards in copies of the weights; in bfloat16 choose "
                "stage 2, or {kind: fsdp2}"
            )
        return self

    @field_validator("best_by")
    @classmethod
    def _best_is_defined(cls, best_by: str | None) -> str | None:
        good = sorted(name for name, metric in METRICS.items() if metric.better != "neither")
        if best_by is None or best_by in good:
            return best_by
        if best_by in METRICS:
            problem = f"neither more nor less of '{best_by}' is better"
        else:
            problem = f"there is no metric '{best_by}'"
        raise ValueError(f"{problem}; name one of: {', '.join(good)}")


class Sft(TrainingRun):
    """Supervised fine-tuning: imitate demonstrations."""

    kind: Literal["sft"] = "sft"
    mixed_with: dict[str, Annotated[float, Field(gt=0)]] = setting(
        {}, "Further data sets and how often each is drawn from, where `data` counts as 1", "data",
        advanced=True,
    )  # fmt: skip
    items: int | None = setting(
        None, "Use only so many rows of `data`, drawn by the seed", "data", ge=1, unit="items",
        advanced=True,
    )  # fmt: skip
    steps: int = setting(1000, "Optimizer steps", "schedule", ge=1, unit="steps")
    batch_size: int = setting(2, "Demonstrations per step", "optimisation", ge=1)
    max_tokens: int = setting(
        8192, "Longer demonstrations are cut at the end", "data", ge=8, unit="tokens",
        advanced=True,
    )  # fmt: skip
    packing: bool = setting(
        False, "Put several demonstrations into one row, so that nothing is padding",
        "optimisation",
    )  # fmt: skip
    group_by_length: bool = setting(
        False, "Draw demonstrations of like length into one step", "data", advanced=True
    )
    tuning: Tuning = setting(Tuning(), "What learns", "model", advanced=True)
    optimizer: Optimizer = setting(
        Optimizer(learning_rate=1e-5, schedule="cosine"), "Optimizer of the policy", "optimisation"
    )

    def data_sets(self) -> dict[str, str]:
        """The data set and those that it is mixed with."""
        return super().data_sets() | {f"mixed_with.{name}": name for name in self.mixed_with}


class GroupedRun(TrainingRun):
    """A run that draws a group of rollouts for every prompt."""

    prompts_per_step: int = setting(4, "Prompts per step", "sampling", ge=1)
    rollouts_per_prompt: int = setting(16, "Rollouts per prompt: the group", "sampling", ge=2)
    sampling: Sampling = setting(Sampling(), "How rollouts are drawn", "sampling")

    @model_validator(mode="after")
    def _one_process_hands_weights_over(self) -> Self:
        alone = self.distribution.kind in ("single", "offloaded")
        if not alone and self.sampling.sampler.kind != "shared_prefill":
            raise ValueError(
                "vLLM is handed the weights by one process; set distribution to single, or "
                "sampling.sampler to shared_prefill"
            )
        return self


class Warmup(GroupedRun):
    """Teach a fresh discriminator to tell demonstrations from the policy's rollouts."""

    kind: Literal["warmup"] = "warmup"
    discriminator: Discriminator = setting(Moe(), "Its architecture", "game")
    rollouts: Literal["drawn", "recorded"] = setting(
        "drawn", "Drawn from the policy, or those that the rows of the data set hold", "data",
        advanced=True,
    )  # fmt: skip
    game: Game = setting(
        Game(optimizer=Optimizer(learning_rate=1e-5, schedule="cosine")), "How it learns", "game"
    )
    audit: Audit = setting(Audit(), "How the game is looked at", "game", advanced=True)
    rollouts_per_prompt: int = setting(16, "Rollouts per prompt: the group", "sampling", ge=1)
    steps: int = setting(500, "Most optimizer steps", "schedule", ge=1, unit="steps")
    gate: float | None = setting(
        None,
        "End early once an audit finds every expert's accuracy on held-out pairs above this",
        "game", gt=0.5, lt=1, advanced=True,
    )  # fmt: skip
    minimum_steps: int = setting(
        0, "Steps before the gate may end the warm-up", "schedule", ge=0, unit="steps",
        advanced=True,
    )  # fmt: skip

    @model_validator(mode="after")
    def _gate_has_something_to_measure(self) -> Self:
        if self.gate is not None and self.audit.prompts == 0:
            raise ValueError("the gate reads audits, and audit.prompts is 0; raise it")
        return self


ChannelOrder = Literal["normalise_then_sum", "sum_then_normalise"]

_CHANNELS = "Normalise the rewards of every channel and sum them by weight, or sum them first"


class ReinforcedRun(GroupedRun):
    """A run whose policy learns from its own rollouts."""

    algorithm: Algorithm = setting(Grpo(), "How rewards become an update", "optimisation")
    channels: ChannelOrder = setting("normalise_then_sum", _CHANNELS, "optimisation", advanced=True)
    iterations: int = setting(
        1, "Times that a step's rollouts are learned from", "optimisation", ge=1, advanced=True
    )
    mini_batches: int = setting(
        1, "Optimizer steps that the rollouts are split into, each time", "optimisation",
        ge=1, advanced=True,
    )  # fmt: skip
    mismatch_correction: Literal["none", "token_truncate", "sequence_mask"] = setting(
        "none",
        "What is done where the sampler's probabilities differ from the learner's: weights up to "
        "the cap, or no more learning from a response above it",
        "optimisation", advanced=True,
    )  # fmt: skip
    mismatch_cap: float = setting(
        3.0, "Largest ratio of the learner's to the sampler's probability", "optimisation",
        gt=1, advanced=True,
    )  # fmt: skip
    gap_alarm: float = setting(
        0.1, "Mean difference of the sampler's and the learner's log-probabilities above which an "
        "alert is raised", "optimisation", gt=0, unit="nats", advanced=True,
    )  # fmt: skip
    kl_coefficient: float = setting(
        0.0, "Weight of the KL divergence to the policy that the run starts from",
        "optimisation", ge=0, advanced=True,
    )  # fmt: skip
    kl_bias_correction: bool = setting(
        False, "Weigh the divergence by the probability ratio", "optimisation", advanced=True
    )
    tuning: Tuning = setting(Tuning(), "What learns", "model", advanced=True)

    @model_validator(mode="after")
    def _splits_evenly(self) -> Self:
        if self.prompts_per_step % self.mini_batches:
            raise ValueError(
                f"{self.prompts_per_step} prompts do not split into {self.mini_batches} "
                "mini_batches; choose a divisor"
            )
        return self


class Align(ReinforcedRun):
    """PRISM's stage: the policy plays against a discriminator that keeps learning."""

    kind: Literal["align"] = "align"
    discriminator: Reference = Field(
        description="The discriminator that plays: that of a warm-up or of an earlier alignment",
        json_schema_extra={"group": "game", "advanced": False},
    )
    game: Game = setting(Game(), "How the discriminator goes on learning", "game")
    audit: Audit = setting(Audit(), "How the game is looked at", "game", advanced=True)
    steps: int = setting(500, "Optimizer steps", "schedule", ge=1, unit="steps")
    perception_weight: float = setting(
        0.5, "Weight of the perception expert; the reasoning expert has the rest", "reward",
        ge=0, le=1,
    )  # fmt: skip
    credit: Literal["response", "section"] = setting(
        "response",
        "Every token gets the advantage of the whole response, or that of its own section",
        "reward", advanced=True,
    )  # fmt: skip
    format_penalty: float = setting(
        1.5, "Subtracted from the advantage of a malformed rollout", "reward", ge=0, advanced=True
    )
    malformed_below: Literal["group", "batch"] = setting(
        "group", "A malformed rollout ranks below the worst well-formed one of this", "reward",
        advanced=True,
    )  # fmt: skip


class PassRate(Settings):
    """Which prompts are worth learning from, by how often the policy gets them right."""

    low: float = setting(0.0, "Prompts up to this pass rate are left out", "data", ge=0, lt=1)
    high: float = setting(1.0, "Prompts from this pass rate on are left out", "data", gt=0, le=1)
    samples: int = setting(8, "Responses by which a prompt's rate is measured", "data", ge=1)

    @model_validator(mode="after")
    def _is_a_band(self) -> Self:
        if self.low >= self.high:
            raise ValueError(f"low ({self.low}) must lie below high ({self.high})")
        return self


class Rlvr(ReinforcedRun):
    """Reinforcement learning with verifiable rewards."""

    kind: Literal["rlvr"] = "rlvr"
    prompts_per_step: int = setting(32, "Prompts per step", "sampling", ge=1)
    sampling: Sampling = setting(
        Sampling(max_new_tokens=8192), "How rollouts are drawn", "sampling"
    )
    steps: int = setting(1500, "Optimizer steps", "schedule", ge=1, unit="steps")
    # The paper's verifiable reward is one number (equation 5); its experts are two judges.
    channels: ChannelOrder = setting("sum_then_normalise", _CHANNELS, "optimisation", advanced=True)
    rewards: dict[str, float] = setting(
        {"answer": 0.8, "format": 0.2}, "Weight of every verifiable reward", "reward", min_length=1
    )
    pass_rate: PassRate | None = setting(
        None, "Learn only from prompts whose pass rate lies between these", "data", advanced=True
    )

    @field_validator("rewards")
    @classmethod
    def _rewards_are_known(cls, rewards: dict[str, float]) -> dict[str, float]:
        known = reward_names()
        unknown = sorted(rewards.keys() - set(known))
        if unknown:
            raise ValueError(
                f"there is no reward '{unknown[0]}'; known are {', '.join(known)}, and a package "
                f"adds one by an entry point of the group {REWARD_PLUGINS}"
            )
        return rewards


ScoringMode = Literal["strict", "judge", "paper_compat"]


class Evaluate(DataRun):
    """Score a policy on held-out items, with intervals."""

    kind: Literal["evaluate"] = "evaluate"
    policy: Reference | FromEndpoint = Field(
        description="The policy that is scored; a served one may be anybody's",
        json_schema_extra={"group": "model", "advanced": False},
    )
    arm: str | None = setting(
        None, "Row of the results table; the policy's run if left out", "data", max_length=80
    )
    items: int | None = setting(
        None, "Use only the first so many items", "data", ge=1, unit="items"
    )
    samples_per_item: int = setting(
        8, "Sampled responses per item, beside the greedy one", "sampling", ge=0
    )
    scoring: ScoringMode = setting(
        "strict",
        "The answer of a well-formed response, the same with a judge on what the rules do not "
        "accept, or the first <answer> wherever it stands and else the whole text, as in PRISM's "
        "released evaluation",
        "data", advanced=True,
    )  # fmt: skip
    judge: Endpoint | None = setting(
        None, "Who is asked where the rules do not say right", "model", advanced=True
    )
    cap: float | None = setting(
        None, "Most to spend on endpoints; no limit if left out", "schedule", gt=0, unit="USD",
        advanced=True,
    )  # fmt: skip
    batch_size: int = setting(64, "Items decoded together", "sampling", ge=1, advanced=True)
    checkpoint_every: int = setting(
        5, "Batches between resumable checkpoints", "schedule", ge=1, unit="batches", advanced=True
    )
    sampling: Sampling = setting(
        Sampling(max_new_tokens=8192), "How responses are drawn", "sampling"
    )

    @model_validator(mode="after")
    def _somebody_judges(self) -> Self:
        if self.scoring == "judge" and self.judge is None:
            raise ValueError("scoring by a judge needs one; name it in judge")
        if self.scoring == "strict" and self.judge is not None:
            raise ValueError("strict scoring asks no judge; set scoring to judge, or take it out")
        return self


class Curate(DataRun):
    """Make a corpus of demonstrations from questions with answers, by asking a teacher."""

    kind: Literal["curate"] = "curate"
    teacher: Teacher = setting(..., "Who writes the demonstrations", "model")
    panel: Panel | None = setting(None, "Keep only what these models cannot solve", "data")
    blind: Blind | None = setting(None, "Drop what this model solves without the image", "data")
    benchmarks: dict[str, Annotated[str, Field(min_length=1)]] = setting(
        {}, "Data sets of benchmarks by their names; what is in them is dropped", "data",
        advanced=True,
    )  # fmt: skip
    similarity: Similarity = setting(
        Similarity(), "When two items are the same", "data", advanced=True
    )
    items: int | None = setting(
        None, "Use only the first so many items", "data", ge=1, unit="items"
    )
    alignment_items: int = setting(
        6000, "The best so many are held out for alignment", "data", ge=0, unit="items"
    )
    rlvr: RlvrBand | None = setting(
        None, "Items that the policy gets right now and then make a third data set", "data"
    )
    policy: Reference | FromEndpoint | None = Field(
        None,
        description="The policy whose pass rates say what is worth reinforcing",
        json_schema_extra={"group": "model", "advanced": False},
    )
    sampling: Sampling = setting(
        Sampling(), "How the policy's responses are drawn", "sampling", advanced=True
    )
    cap: float | None = setting(
        None, "Most to spend on all endpoints together; no limit if left out", "schedule", gt=0,
        unit="USD",
    )  # fmt: skip
    first_wait: float = setting(
        0.5, "Longest wait before a request is first repeated", "schedule", gt=0, unit="s",
        advanced=True,
    )  # fmt: skip

    @model_validator(mode="after")
    def _rates_are_somebodys(self) -> Self:
        if (self.rlvr is None) != (self.policy is None):
            raise ValueError("rlvr and policy belong together: give both, or neither")
        return self

    @property
    def policy_name(self) -> str:
        """What the policy is called in a datasheet."""
        if isinstance(self.policy, FromEndpoint):
            return self.policy.endpoint.model
        if isinstance(self.policy, FromRun):
            return f"run {self.policy.run}"
        if isinstance(self.policy, FromCheckpoint):
            return f"checkpoint {self.policy.checkpoint}"
        return self.policy.model if self.policy else "nobody"

    def data_sets(self) -> dict[str, str]:
        """The items, and the benchmarks that they are kept apart from."""
        named = {f"benchmarks.{name}": data for name, data in self.benchmarks.items()}
        return super().data_sets() | named


IMAGE_MARK = "<image>"
"""Where a question says this, an image stands."""


class Ask(BaseRun):
    """Ask a policy one question about one's own images."""

    kind: Literal["ask"] = "ask"
    policy: Reference = Field(
        description="The policy that is asked",
        json_schema_extra={"group": "model", "advanced": False},
    )
    discriminator: Reference | None = Field(
        None,
        description="Whose experts score the sections of every response",
        json_schema_extra={"group": "model", "advanced": False},
    )
    question: str = setting(
        ..., "What is asked; images stand where it says `<image>`, or before it", "data",
        min_length=1, max_length=20_000,
    )  # fmt: skip
    images: list[Annotated[str, Field(min_length=1, max_length=1000)]] = setting(
        ..., "sha256 of uploaded images, or files on the command line", "data",
        min_length=1, max_length=4,
    )  # fmt: skip
    samples_per_item: int = setting(
        3, "Sampled responses, beside the greedy one", "sampling", ge=0, le=15
    )
    sampling: Sampling = setting(
        Sampling(max_new_tokens=2048), "How responses are drawn", "sampling"
    )

    @field_validator("question")
    @classmethod
    def _says_something(cls, question: str) -> str:
        if not question.strip():
            raise ValueError("there is nothing but white space; ask something")
        return question

    @model_validator(mode="after")
    def _marks_are_images(self) -> Self:
        marks = self.question.count(IMAGE_MARK)
        if marks not in (0, len(self.images)):
            raise ValueError(
                f"the question has {marks} marks {IMAGE_MARK} for {len(self.images)} images; "
                "give it one for every image, in their order, or none"
            )
        return self


Run = Annotated[Sft | Warmup | Align | Rlvr | Evaluate | Curate | Ask, Field(discriminator="kind")]

PRODUCES: dict[str, frozenset[str]] = {
    "sft": frozenset({"policy"}),
    "warmup": frozenset({"discriminator"}),
    "align": frozenset({"policy", "discriminator"}),
    "rlvr": frozenset({"policy"}),
    "evaluate": frozenset(),
    "curate": frozenset(),
    "ask": frozenset(),
}
"""The roles in which a run of each kind can be named by another run."""
