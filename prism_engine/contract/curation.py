"""What a curation run is told: who is asked, and what passes each gate."""

from __future__ import annotations

from pydantic import Field

from prism_engine.contract.endpoints import Endpoint
from prism_engine.contract.settings import Settings, setting


class Similarity(Settings):
    """When two items are the same: their texts and their images must agree."""

    image_bits: int = setting(
        10, "Bits of 256 in which perceptual hashes of one image may differ", "data", ge=0, le=15
    )
    text_share: float = setting(
        0.8, "Least share of 5-grams that texts have in common", "data", gt=0, le=1
    )


class Panel(Settings):
    """Models that an item must be too hard for."""

    first: Endpoint = Field(description="Who is asked")
    second: Endpoint | None = Field(None, description="Who is asked besides")
    third: Endpoint | None = Field(None, description="Who is asked besides")
    samples: int = setting(4, "Tries of each model, until one is right", "sampling", ge=1)
    pass_rate: float = setting(
        0.0, "Items up to this pass rate are kept; 0 keeps the unsolved", "data", ge=0, lt=1
    )
    temperature: float = setting(1.0, "Softmax temperature", "sampling", ge=0)
    max_new_tokens: int = setting(4096, "Longest reply", "sampling", ge=1, unit="tokens")

    @property
    def endpoints(self) -> list[Endpoint]:
        """All of them."""
        return [one for one in (self.first, self.second, self.third) if one is not None]


class Blind(Settings):
    """A model that is asked without the image; what it solves needs none."""

    endpoint: Endpoint = Field(description="Who is asked")
    samples: int = setting(2, "Tries that must all be right", "sampling", ge=1)
    temperature: float = setting(1.0, "Softmax temperature", "sampling", ge=0)
    max_new_tokens: int = setting(4096, "Longest reply", "sampling", ge=1, unit="tokens")


class Teacher(Settings):
    """The model whose responses become demonstrations. It never sees the gold answer."""

    endpoint: Endpoint = Field(description="Who is asked")
    samples: int = setting(4, "Responses to every item", "sampling", ge=1)
    temperature: float = setting(1.0, "Softmax temperature", "sampling", ge=0)
    max_new_tokens: int = setting(8192, "Longest response", "sampling", ge=1, unit="tokens")
    caption_items: int = setting(
        2, "Least items of a caption, for a demonstration to be grounded", "data", ge=0
    )


class RlvrBand(Settings):
    """Which items are worth reinforcing, by how often the policy of the run gets them right."""

    low: float = setting(0.0, "Items up to this pass rate are left out", "data", ge=0, lt=1)
    high: float = setting(1.0, "Items from this pass rate on are left out", "data", gt=0, le=1)
    samples: int = setting(8, "Responses by which the rate is measured", "sampling", ge=1)
    items: int = setting(2000, "Most items", "data", ge=1, unit="items")
