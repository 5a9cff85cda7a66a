"""What a user asks for: a pipeline of named runs.

A recipe is a YAML file with the fields of `Pipeline`. Every run in it is one stage; its edges are
the references in `policy` and `discriminator`, which name a registered model, a hub id, a folder
(on the engine's own command line) or another run of the same pipeline. Defaults are the paper's
(arXiv 2604.28123, table 3 and its released scripts) wherever the paper has a value.

The JSON Schema of these classes is the launch form: `group`, `unit` and `advanced` in
`json_schema_extra` are the hints it reads.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError, ValidationError

Group = Literal["model", "data", "optimisation", "sampling", "game", "reward", "schedule"]

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$")]


def setting(
    default: Any,
    description: str,
    group: Group,
    *,
    unit: str | None = None,
    advanced: bool = False,
    **constraints: Any,
) -> Any:
    """A field with the hints that the launch form reads."""
    hints: dict[str, Any] = {"group": group, "advanced": advanced}
    if unit:
        hints["unit"] = unit
    return Field(default, description=description, json_schema_extra=hints, **constraints)


class Settings(BaseModel):
    """A frozen group of settings that refuses keys it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class FromModel(Settings):
    """A registered model, a hub id such as `Qwen/Qwen3-VL-4B-Instruct`, or a local folder."""

    model: str = Field(min_length=1, description="Registered name, hub id or local folder")


class FromRun(Settings):
    """The checkpoint that another run of this pipeline ends with."""

    run: Name = Field(description="Name of a run of the same pipeline")


Reference = FromModel | FromRun


class Optimizer(Settings):
    """AdamW."""

    learning_rate: float = setting(1e-6, "Peak learning rate", "optimisation", gt=0)
    weight_decay: float = setting(
        0.01, "Decoupled weight decay", "optimisation", ge=0, advanced=True
    )
    max_gradient_norm: float = setting(
        1.0, "Gradients are scaled down to this norm", "optimisation", gt=0, advanced=True
    )
    schedule: Literal["constant", "cosine"] = setting(
        "constant", "Course of the learning rate after warm-up", "optimisation"
    )
    warmup_steps: int = setting(
        0, "Steps in which the learning rate rises linearly", "optimisation", ge=0, unit="steps"
    )


class Sampling(Settings):
    """How responses are drawn from the policy."""

    temperature: float = setting(1.0, "Softmax temperature", "sampling", gt=0)
    max_new_tokens: int = setting(
        6144, "Longest response; a longer one is cut and counts as malformed", "sampling",
        ge=1, unit="tokens",
    )  # fmt: skip


class Grpo(Settings):
    """Group relative policy optimisation (arXiv 2402.03300)."""

    kind: Literal["grpo"] = "grpo"
    clip_range: float = setting(
        0.2, "The probability ratio is clipped to 1 ± this", "optimisation", gt=0, lt=1
    )
    deviation_floor: float = setting(
        0.0, "Smallest group deviation that rewards are divided by", "optimisation",
        ge=0, advanced=True,
    )  # fmt: skip


Algorithm = Annotated[Grpo, Field(discriminator="kind")]


class Moe(Settings):
    """The paper's discriminator: a sparse-upcycled copy of a dense model with one scalar head."""

    kind: Literal["moe"] = "moe"
    experts: int = setting(4, "Feed-forward experts per layer", "game", ge=2)
    experts_per_token: int = setting(2, "Experts that each token is routed to", "game", ge=1)
    expert_noise: float = setting(
        0.01, "Deviation of the noise that makes the copied experts differ", "game",
        ge=0, advanced=True,
    )  # fmt: skip

    @model_validator(mode="after")
    def _routes_to_existing_experts(self) -> Self:
        if self.experts_per_token > self.experts:
            raise ValueError(
                f"experts_per_token is {self.experts_per_token} but there are only "
                f"{self.experts} experts; lower it or raise experts"
            )
        return self


Discriminator = Annotated[Moe, Field(discriminator="kind")]


class Game(Settings):
    """How the discriminator learns to tell demonstrations from rollouts."""

    optimizer: Optimizer = setting(Optimizer(), "Optimizer of the discriminator", "game")
    score_clip: float = setting(
        10.0, "Scores stay within ± this, without a hard edge", "game", gt=0, advanced=True
    )
    score_penalty: float = setting(
        0.001, "Weight of the squared scores in the loss", "game", ge=0, advanced=True
    )
    load_balance: float = setting(
        0.01, "Weight of the router's load-balance loss", "game", ge=0, advanced=True
    )


class BaseRun(Settings):
    """What every run has."""

    policy: Reference = Field(
        description="The policy that this run starts from",
        json_schema_extra={"group": "model", "advanced": False},
    )
    data: str = setting(..., "Registered data set, or a JSONL file on the command line", "data",
                        min_length=1)  # fmt: skip
    dtype: Literal["float32", "bfloat16"] = setting(
        "float32", "Number format of activations; weights stay in float32", "model", advanced=True
    )


class TrainingRun(BaseRun):
    """A run that goes on in steps."""

    steps: int = setting(..., "Optimizer steps", "schedule", ge=1, unit="steps")
    optimizer: Optimizer = setting(Optimizer(), "Optimizer of the policy", "optimisation")
    checkpoint_every: int = setting(
        100, "Steps between resumable checkpoints", "schedule", ge=1, unit="steps", advanced=True
    )
    samples_every: int = setting(
        10, "Steps between the samples that are shown", "schedule", ge=1, unit="steps",
        advanced=True,
    )  # fmt: skip


class Sft(TrainingRun):
    """Supervised fine-tuning: imitate demonstrations."""

    kind: Literal["sft"] = "sft"
    steps: int = setting(1000, "Optimizer steps", "schedule", ge=1, unit="steps")
    batch_size: int = setting(2, "Demonstrations per step", "optimisation", ge=1)
    max_tokens: int = setting(
        8192, "Longer demonstrations are cut at the end", "data", ge=8, unit="tokens",
        advanced=True,
    )  # fmt: skip
    optimizer: Optimizer = setting(
        Optimizer(learning_rate=1e-5, schedule="cosine"), "Optimizer of the policy", "optimisation"
    )


class GroupedRun(TrainingRun):
    """A run that draws a group of rollouts for every prompt."""

    prompts_per_step: int = setting(4, "Prompts per step", "sampling", ge=1)
    rollouts_per_prompt: int = setting(16, "Rollouts per prompt: the group", "sampling", ge=2)
    sampling: Sampling = setting(Sampling(), "How rollouts are drawn", "sampling")


class Warmup(GroupedRun):
    """Teach a fresh discriminator to tell demonstrations from the policy's rollouts."""

    kind: Literal["warmup"] = "warmup"
    discriminator: Discriminator = setting(Moe(), "Its architecture", "game")
    game: Game = setting(
        Game(optimizer=Optimizer(learning_rate=1e-5, schedule="cosine")), "How it learns", "game"
    )
    steps: int = setting(500, "Most optimizer steps", "schedule", ge=1, unit="steps")
    gate: float | None = setting(
        None,
        "End early once the accuracy of both experts on fresh pairs exceeds this", "game",
        gt=0.5, lt=1, advanced=True,
    )  # fmt: skip
    minimum_steps: int = setting(
        0, "Steps before the gate may end the warm-up", "schedule", ge=0, unit="steps",
        advanced=True,
    )  # fmt: skip


class Align(GroupedRun):
    """PRISM's stage: the policy plays against a discriminator that keeps learning."""

    kind: Literal["align"] = "align"
    discriminator: Reference = Field(
        description="The discriminator that plays: that of a warm-up or of an earlier alignment",
        json_schema_extra={"group": "game", "advanced": False},
    )
    game: Game = setting(Game(), "How the discriminator goes on learning", "game")
    algorithm: Algorithm = setting(Grpo(), "How rewards become an update", "optimisation")
    steps: int = setting(500, "Optimizer steps", "schedule", ge=1, unit="steps")
    perception_weight: float = setting(
        0.5, "Weight of the perception expert; the reasoning expert has the rest", "reward",
        ge=0, le=1,
    )  # fmt: skip
    format_penalty: float = setting(
        1.5, "Subtracted from the advantage of a malformed rollout", "reward", ge=0, advanced=True
    )
    kl_coefficient: float = setting(
        0.0, "Weight of the KL divergence to the policy that the run starts from",
        "optimisation", ge=0, advanced=True,
    )  # fmt: skip


class Rlvr(GroupedRun):
    """Reinforcement learning with verifiable rewards."""

    kind: Literal["rlvr"] = "rlvr"
    algorithm: Algorithm = setting(Grpo(), "How rewards become an update", "optimisation")
    prompts_per_step: int = setting(32, "Prompts per step", "sampling", ge=1)
    sampling: Sampling = setting(
        Sampling(max_new_tokens=8192), "How rollouts are drawn", "sampling"
    )
    steps: int = setting(1500, "Optimizer steps", "schedule", ge=1, unit="steps")
    rewards: dict[Literal["answer", "format"], float] = setting(
        {"answer": 0.8, "format": 0.2}, "Weight of every verifiable reward", "reward", min_length=1
    )


class Evaluate(BaseRun):
    """Score a policy on held-out items, with intervals."""

    kind: Literal["evaluate"] = "evaluate"
    arm: str | None = setting(
        None, "Row of the results table; the policy's run if left out", "data", max_length=80
    )
    items: int | None = setting(
        None, "Use only the first so many items", "data", ge=1, unit="items"
    )
    samples_per_item: int = setting(
        8, "Sampled responses per item, beside the greedy one", "sampling", ge=0
    )
    batch_size: int = setting(64, "Items decoded together", "sampling", ge=1, advanced=True)
    sampling: Sampling = setting(
        Sampling(max_new_tokens=8192), "How responses are drawn", "sampling"
    )


Run = Annotated[Sft | Warmup | Align | Rlvr | Evaluate, Field(discriminator="kind")]

PRODUCES: dict[str, frozenset[str]] = {
    "sft": frozenset({"policy"}),
    "warmup": frozenset({"discriminator"}),
    "align": frozenset({"policy", "discriminator"}),
    "rlvr": frozenset({"policy"}),
    "evaluate": frozenset(),
}
"""The roles in which a run of each kind can be named by another run."""


class Pipeline(Settings):
    """Named runs and the edges between them."""

    name: Name = Field(description="Name of the pipeline")
    seed: int = Field(0, ge=0, lt=2**31, description="Seed of everything random in it")
    runs: dict[Name, Run] = Field(min_length=1, description="Runs by name")

    @model_validator(mode="after")
    def _edges_lead_to_what_they_need(self) -> Self:
        problems = [
            InitErrorDetails(
                type=PydanticCustomError("edge", "{problem}", {"problem": problem}),
                loc=("runs", name, role, "run"),
                input=parent,
            )
            for name, role, parent in self.edges()
            if (problem := self._problem_with(name, role, parent))
        ]
        if problems:
            raise ValidationError.from_exception_data("Pipeline", problems)
        return self

    def _problem_with(self, name: str, role: str, parent: str) -> str | None:
        producers = [
            other
            for other, run in self.runs.items()
            if role in PRODUCES[run.kind] and name not in self.ancestors(other)
        ]
        remedy = f"name one of: {', '.join(producers)}" if producers else (
            f"add a run that ends with a {role}"
        )  # fmt: skip
        if parent not in self.runs:
            return f"there is no run '{parent}' in this pipeline; {remedy}"
        kind = self.runs[parent].kind
        if role not in PRODUCES[kind]:
            return f"run '{parent}' is of kind {kind}, which gives no {role}; {remedy}"
        if name in self.ancestors(parent):
            return f"run '{name}' would wait for itself; {remedy}"
        return None

    def edges(self) -> list[tuple[str, str, str]]:
        """Every edge as (run, role, parent)."""
        return [
            (name, role, reference.run)
            for name, run in self.runs.items()
            for role in ("policy", "discriminator")
            if isinstance(reference := getattr(run, role, None), FromRun)
        ]

    def ancestors(self, name: str) -> set[str]:
        """The run itself and every run that it waits for."""
        found: set[str] = set()
        waiting = [name]
        while waiting:
            current = waiting.pop()
            if current not in found:
                found.add(current)
                waiting += [parent for child, _, parent in self.edges() if child == current]
        return found

    def in_order(self) -> list[str]:
        """The runs' names, parents before children, otherwise as written."""
        return sorted(self.runs, key=lambda name: len(self.ancestors(name)))


class Problem(BaseModel):
    """What is wrong with one field of a recipe, and what to do about it."""

    field: str = Field(description="Path of the field, such as runs.align.discriminator.run")
    message: str


class InvalidRecipe(ValueError):
    """A recipe that cannot run; `problems` name every field and its remedy."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("; ".join(f"{p.field}: {p.message}" for p in problems))


def read_pipeline(recipe: str | dict[str, Any]) -> Pipeline:
    """Read a recipe from YAML, JSON or the object they hold. Raises `InvalidRecipe`."""
    try:
        content = yaml.safe_load(recipe) if isinstance(recipe, str) else recipe
        return Pipeline.model_validate(content)
    except yaml.YAMLError as error:
        raise InvalidRecipe([Problem(field="", message=f"not YAML: {error}")]) from error
    except ValidationError as error:
        raise InvalidRecipe([_problem(detail) for detail in error.errors()]) from error


def _problem(detail: ErrorDetails) -> Problem:
    """Drop the union tags that pydantic puts into a path, and add the remedy where it has none."""
    tags = {group.__name__ for group in _all_settings()} | {
        group.model_fields["kind"].default
        for group in _all_settings()
        if "kind" in group.model_fields
    }
    path = [str(part) for i, part in enumerate(detail["loc"]) if part not in tags or i == 1]
    message = detail["msg"]
    if detail["type"] == "extra_forbidden":
        known = {name for group in _all_settings() for name in group.model_fields}
        close = get_close_matches(path[-1], known, n=1)
        remedy = f"did you mean '{close[0]}'?" if close else "remove it"
        message = f"there is no setting '{path[-1]}' here; {remedy}"
    return Problem(field=".".join(path), message=message)


def _all_settings() -> list[type[Settings]]:
    found: list[type[Settings]] = [Settings]
    for group in found:
        found += group.__subclasses__()
    return found
