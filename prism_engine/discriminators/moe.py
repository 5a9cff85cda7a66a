"""The paper's discriminator: one sparse network, read twice (arXiv 2604.28123).

The perception expert and the reasoning expert are the same network and the same head. Each sees
image and question; one then reads the caption section, the other the think and answer sections.
"""

from __future__ import annotations

from prism_engine.discriminators.network import NetworkDiscriminator
from prism_engine.discriminators.sections import EXPERTS
from prism_engine.discriminators.sparse import SparseScorer


class MoeDiscriminator(NetworkDiscriminator):
    """A sparse-upcycled copy of the policy."""

    channels = EXPERTS
    scorer_class = SparseScorer
