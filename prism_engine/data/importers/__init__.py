"""Data sets of other programs into ours.

To add a format, write its class (`importer.Importer`) in a file of its own and name it here. A
file's rows (`rows`) become drafts (`draft`), drafts become records with images in the data set's
folder (`images`), and what cannot be used is counted by reason (`refusal`); `ingest` does it all.
"""

from __future__ import annotations

from prism_engine.contract.config import Problem
from prism_engine.data.importers.easyr1 import EasyR1
from prism_engine.data.importers.fields import Layout
from prism_engine.data.importers.hugging_face import HuggingFace
from prism_engine.data.importers.importer import Importer
from prism_engine.data.importers.llava import Llava
from prism_engine.data.importers.openai import OpenAi
from prism_engine.data.importers.prism_sft import PrismSft
from prism_engine.data.importers.prism_warmup import PrismWarmup
from prism_engine.data.importers.sharegpt import ShareGpt
from prism_engine.data.importers.trl import Trl
from prism_engine.data.importers.verl import Verl
from prism_engine.errors import InvalidData

IMPORTERS: dict[str, type[Importer]] = {
    format.name: format
    for format in (
        ShareGpt, Llava, Trl, EasyR1, Verl, PrismSft, PrismWarmup, OpenAi, HuggingFace,
    )
}  # fmt: skip


def importer_named(name: str, layout: Layout) -> Importer:
    """The importer of a format. Raises `InvalidData` if there is none of this name."""
    if name not in IMPORTERS:
        message = f"there is no format {name}; it is one of {', '.join(IMPORTERS)}"
        raise InvalidData([Problem(field="format", message=message)])
    return IMPORTERS[name](layout)
