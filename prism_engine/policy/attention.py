"""Whether this machine can run the attention kernel that a recipe asks for.

Only the machine that executes a run knows: a server, which validates recipes for all of its
workers, has neither their cards nor their packages.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from prism_engine.errors import UnsuitableMachine

PACKAGES = {"flash_attention_2": "flash-attn", "flash_attention_3": "flash-attn-3"}
"""By kernel, the package that it comes in; kernels that are not named here come with torch."""

REMEDIES = {
    "flash-attn": "pip install --no-build-isolation 'prism-control[flash]' builds it",
    "flash-attn-3": "build it from the folder hopper of its authors' repository",
}

LEAST_CAPABILITY = (8, 0)
"""Ampere, the first generation of GPUs with the instructions that the kernels use."""


def refuse_missing_kernel(attention: str) -> None:
    """Raises `UnsuitableMachine` if the kernel cannot be run here."""
    if attention not in PACKAGES:
        return
    if (lacking := _lacking_card()) or (lacking := _lacking_package(PACKAGES[attention])):
        raise UnsuitableMachine(
            f"{attention} {lacking}, or set attention to sdpa, which torch brings along"
        )


def _lacking_card() -> str | None:
    # Recipes that ask for no such kernel are validated without it, in a fraction of the time.
    import torch

    wanted = f"needs a GPU of compute capability {LEAST_CAPABILITY[0]}.{LEAST_CAPABILITY[1]}"
    if not torch.cuda.is_available():
        return f"{wanted} or newer, and this machine has no GPU; use it where there is one"
    capability = torch.cuda.get_device_capability()
    if capability >= LEAST_CAPABILITY:
        return None
    name, found = torch.cuda.get_device_name(), ".".join(map(str, capability))
    return f"{wanted} or newer, and {name} has {found}; use it where there is a newer one"


def _lacking_package(package: str) -> str | None:
    try:
        version(package)
    except PackageNotFoundError:
        return f"needs the package {package}, which is not installed here; {REMEDIES[package]}"
    return None
