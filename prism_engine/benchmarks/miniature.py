"""The miniature world, in which it is known what follows from a caption."""

from __future__ import annotations

from prism_engine.benchmarks.typed import Typed
from prism_engine.contract.structure import caption_items
from prism_engine.data.miniature.families import FAMILIES
from prism_engine.data.miniature.families.family import answer_from_caption
from prism_engine.data.records import DataSet, Record
from prism_engine.data.response import Sections
from prism_engine.rewards.answer import verdict


class Miniature(Typed):
    """Its rows name their family, which answers from a caption as the policy should."""

    def name(self, data: DataSet) -> str:
        return f"miniature-{data.folder.name.removeprefix('miniature-')}"

    def faithful(self, record: Record, sections: Sections) -> bool | None:
        family = FAMILIES[record.metadata["family"]]
        implied = answer_from_caption(family, record.question, caption_items(sections.caption))
        return implied is not None and verdict(implied, sections.answer) == "right"
