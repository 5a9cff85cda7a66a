"""Settings of how responses are drawn.

The classes that carry them out are `prism_engine.policy.sampler`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator

from prism_engine.contract.addresses import plain_address
from prism_engine.contract.settings import Name, Settings, setting


class SharedPrefill(Settings):
    """The engine's own sampler: every prompt is read once for all of its rollouts."""

    kind: Literal["shared_prefill"] = "shared_prefill"


class Vllm(Settings):
    """vLLM in the engine's process, given the policy's weights and asleep while they learn."""

    kind: Literal["vllm"] = "vllm"
    memory_share: float = setting(
        0.4, "Share of the GPU's memory that it may fill while it is awake", "sampling",
        gt=0, lt=1, advanced=True,
    )  # fmt: skip
    context: int = setting(
        16_384, "Longest prompt with its response; memory for one must fit into the share",
        "sampling", ge=16, unit="tokens", advanced=True,
    )  # fmt: skip


class VllmServer(Settings):
    """A server of vLLM, which reads the policy's weights from the run's folder."""

    kind: Literal["vllm_server"] = "vllm_server"
    url: str = setting(..., "Its address, such as http://127.0.0.1:8000", "sampling")
    model: str = setting(..., "Name of the model on that server", "sampling", min_length=1)
    key: Name | None = setting(
        None, "Name of the secret that it wants; the secret itself stands in no recipe", "sampling"
    )
    timeout: float = setting(
        3600.0, "Longest wait for all responses to one prompt", "sampling", gt=0, unit="s",
        advanced=True,
    )  # fmt: skip

    @field_validator("url")
    @classmethod
    def _is_a_plain_address(cls, url: str) -> str:
        return plain_address(url)


Sampler = Annotated[SharedPrefill | Vllm | VllmServer, Field(discriminator="kind")]


class Sampling(Settings):
    """How responses are drawn from the policy."""

    temperature: float = setting(1.0, "Softmax temperature", "sampling", gt=0)
    max_new_tokens: int = setting(
        6144, "Longest response; a longer one is cut and counts as malformed", "sampling",
        ge=1, unit="tokens",
    )  # fmt: skip
    tokens_at_a_time: int = setting(
        131_072, "Rows are drawn together as long as they may have so many tokens in all",
        "sampling", ge=1, unit="tokens", advanced=True,
    )  # fmt: skip
    sampler: Sampler = setting(
        SharedPrefill(), "Who draws them; vLLM has its own ways to share memory", "sampling",
        advanced=True,
    )  # fmt: skip
