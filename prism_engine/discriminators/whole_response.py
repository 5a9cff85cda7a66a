"""GAD's discriminator: one score for the whole response (arXiv 2511.10643).

GAD's is dense and of the policy's size. This one is sparse as the paper's two experts are, so that
nothing but what it reads differs from them.
"""

from __future__ import annotations

from prism_engine.discriminators.network import NetworkDiscriminator
from prism_engine.discriminators.sections import WHOLE_RESPONSE
from prism_engine.discriminators.sparse import SparseScorer


class WholeResponseDiscriminator(NetworkDiscriminator):
    """A sparse-upcycled copy of the policy that does not tell perception from reasoning."""

    channels = WHOLE_RESPONSE
    scorer_class = SparseScorer
