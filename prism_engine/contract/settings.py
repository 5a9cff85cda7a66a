"""What groups of settings are made of, and the groups that every kind of run shares.

The JSON Schema of settings is the launch form: `group`, `unit` and `advanced` in
`json_schema_extra` are the hints it reads.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

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


class FromCheckpoint(Settings):
    """What a run of another pipeline ended with, as a server keeps it."""

    checkpoint: str = Field(
        min_length=1, max_length=80, description="Id of the checkpoint, or its name in the project"
    )


Reference = FromModel | FromRun | FromCheckpoint


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


class Lora(Settings):
    """Low-rank adapters in place of the weights themselves (arXiv 2106.09685)."""

    rank: int = setting(16, "Rank of every adapter", "model", ge=1)
    alpha: float = setting(32.0, "Adapters are scaled by alpha / rank", "model", gt=0)
    dropout: float = setting(
        0.0, "Share of an adapter's inputs that is dropped", "model", ge=0, lt=1, advanced=True
    )


Tower = Literal["vision", "projector", "language"]


class Tuning(Settings):
    """Which weights of the policy learn, and in how much memory."""

    frozen: list[Tower] = setting([], "Parts of the policy that stay as they are", "model")
    lora: Lora | None = setting(
        None, "Learn adapters of the language model, merged on export", "model"
    )
    tokens_per_pass: int = setting(
        16_384, "So many tokens go through the model at a time; gradients add up", "optimisation",
        ge=256, unit="tokens", advanced=True,
    )  # fmt: skip
    gradient_checkpointing: bool = setting(
        False, "Compute activations again in the backward pass in place of keeping them",
        "optimisation", advanced=True,
    )  # fmt: skip

    @model_validator(mode="after")
    def _something_learns(self) -> Self:
        if self.lora is None and set(self.frozen) == set(get_args(Tower)):
            raise ValueError(
                "with all of the policy frozen nothing learns; take a part out, or add lora"
            )
        return self
