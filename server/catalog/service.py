from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

from prism_engine.contract.config import PRODUCES, Pipeline, read_pipeline
from prism_engine.contract.metrics import METRICS
from prism_engine.contract.recipes import read_title, recipe_files
from server.catalog.schemas import Catalog, KindMeaning, MetricMeaning, Recipe, SearchField
from server.search.conditions import FIELDS, MOMENTS, NUMBERS, WORDS

KIND_TITLES = {
    "sft": "Supervised fine-tuning",
    "warmup": "Discriminator warm-up",
    "align": "Adversarial alignment",
    "rlvr": "Reinforcement learning with verifiable rewards",
    "evaluate": "Evaluation",
    "curate": "Curation",
    "ask": "Question",
}


@cache
def catalog() -> Catalog:
    """Everything in it is part of the release, so it is put together once."""
    return Catalog(
        recipe_schema=Pipeline.model_json_schema(),
        recipes=[_recipe(path) for path in recipe_files()],
        metrics=[MetricMeaning.model_validate(metric._asdict()) for metric in METRICS.values()],
        kinds=[
            KindMeaning(kind=kind, title=title, produces=sorted(PRODUCES[kind], reverse=True))
            for kind, title in KIND_TITLES.items()
        ],
        search=[_field(name) for name in FIELDS],
    )


def _field(name: str) -> SearchField:
    holds: Literal["word", "number", "moment"] = (
        "number" if name in NUMBERS else "moment" if name in MOMENTS else "word"
    )
    return SearchField(name=name, holds=holds, values=list(WORDS[name][1]) if name in WORDS else [])


def _recipe(path: Path) -> Recipe:
    """Read a recipe; its leading comment is the title, then the description."""
    text = path.read_text(encoding="utf-8")
    title, description = read_title(path)
    return Recipe(
        name=path.stem,
        title=title,
        description=description,
        recipe=read_pipeline(text).model_dump(mode="json"),
        yaml=text,
    )
