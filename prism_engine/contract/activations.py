"""What a forward pass keeps for the backward pass, counted tensor by tensor for one layer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

from prism_engine.contract.shape import Shape


class Format(NamedTuple):
    """Bytes by the number format of activations."""

    weight: int
    copy: int  # of each weight, in the format of activations; 0 where it is the weights' own
    number: int
    cached_pair: int  # a number of a key and one of a value


FORMATS = {
    "float32": Format(4, 0, 4, 8),
    "bfloat16": Format(4, 2, 2, 4),
    "float64": Format(8, 0, 8, 16),
}


class Layers(NamedTuple):
    """Bytes that a layer keeps of every token, by the width of what they are multiplied with.

    The last two are of what rows keep that continue a prompt as rows of their own: copies of all
    keys and values that a row reads, and a mask of the places that each of its tokens sees.
    """

    width: int
    queries: int
    keys: int
    feed_forward: int
    vision_width: int
    vision_feed_forward: int
    read: int
    seen: int


PLAIN = {
    "float32": Layers(24, 16, 8, 16, 40, 8, 8, 4),
    "bfloat16": Layers(16, 12, 6, 8, 18, 4, 4, 2),
    "float64": Layers(48, 32, 16, 32, 80, 16, 16, 8),
}
"""Operation by operation: all on a CPU, and the discriminator's on a GPU.

In float32 these are, four bytes each, inputs, normalised inputs and outputs of both norms
(6 · width); queries before, in and after their norm and the attended values (4 · queries); keys
before and in their norm (2 · keys); gate, its activation, up and their product (4 · feed_forward).
In bfloat16 all of it is half as wide, but norms compute in float32 and keep a copy of what they
read in it.
"""

FUSED = {
    "float32": Layers(16, 20, 4, 12, 40, 8, 0, 0),
    "bfloat16": Layers(8, 10, 2, 6, 20, 4, 0, 0),
}
"""By kernels that a compiler fused, groups sharing a row: the policy's where it learns on a GPU.

Norms and activations are computed again, so that these are, in the format of activations, inputs
and normalised inputs of both halves (4 · width); queries before and after their norm, keys and
values for every head of them, and the attended values (5 · queries); keys before their norm;
gate, up and their product (3 · feed_forward). float64 is not fused.
"""


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
    """A model that learns or is only read.

    In `unread` of its layers the feed-forward blocks see nothing of what rows say but its end.
    """

    shape: Shape
    form: Format
    layers: Layers
    experts: int = 1
    experts_per_token: int = 1
    unread: int = 0

    def activations(self, batch: Batch, *, checkpointed: bool = False, sighted: bool = True) -> int:
        """Bytes that a forward pass keeps for the backward pass."""
        text, kept = self.shape.language, self.layers
        layer = (
            batch.tokens * (text.width * kept.width + text.queries * kept.queries)
            + batch.tokens * (text.keys * kept.keys + self._block())
            + batch.context * text.queries * kept.read
            + batch.scores * kept.seen
        )
        ends = 3 * batch.tokens * text.width * self.form.number
        seen = self._vision(batch, checkpointed) if sighted else 0
        if checkpointed:
            return text.layers * batch.tokens * text.width * self.form.number + layer + ends + seen
        spared = self.unread * batch.rows * batch.row_length * self._block()
        return text.layers * layer - spared + ends + seen

    def passing(self, batch: Batch) -> int:
        """Bytes of the gradients that a block's backward pass hands on inside of it.

        They are those of gate, up and their product, of every expert that a token goes to.
        """
        inner = 3 * self.shape.language.feed_forward * self.form.number
        return batch.tokens * self.experts_per_token * inner

    def _block(self) -> int:
        """Bytes that a feed-forward block keeps of a token, routed copies of it included."""
        text = self.shape.language
        inner = text.feed_forward * self.layers.feed_forward
        if self.experts == 1:
            return inner
        return self.experts_per_token * (inner + 2 * text.width * self.form.number)

    def _vision(self, batch: Batch, checkpointed: bool) -> int:
        vision, kept, number = self.shape.vision, self.layers, self.form.number
        patches = batch.prompts * batch.image_tokens * vision.merged
        layer = vision.width * kept.vision_width + vision.feed_forward * kept.vision_feed_forward
        mergers = (1 + vision.deepstack) * 4 * vision.width * number
        if checkpointed:
            return patches * (vision.layers * vision.width * number + layer + mergers)
        return patches * (vision.layers * layer + mergers)
