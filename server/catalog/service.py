from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path

from prism_engine.contract.config import PRODUCES, Pipeline, read_pipeline
from prism_engine.contract.metrics import METRICS
from server.catalog.schemas import Catalog, KindMeaning, MetricMeaning, Recipe

KIND_TITLES = {
    "sft": "Supervised fine-tuning",
    "warmup": "Discriminator warm-up",
    "align": "Adversarial alignment",
    "rlvr": "Reinforcement learning with verifiable rewards",
    "evaluate": "Evaluation",
}


@cache
def catalog() -> Catalog:
    """Everything in it is part of the release, so it is put together once."""
    return Catalog(
        recipe_schema=Pipeline.model_json_schema(),
        recipes=[_recipe(path) for path in sorted(_recipes_folder().glob("*.yaml"), key=_stem)],
        metrics=[MetricMeaning.model_validate(metric._asdict()) for metric in METRICS.values()],
        kinds=[
            KindMeaning(kind=kind, title=title, produces=sorted(PRODUCES[kind], reverse=True))
            for kind, title in KIND_TITLES.items()
        ],
    )


def _recipes_folder() -> Path:
    """Find the engine's recipes without importing the engine."""
    spec = find_spec("prism_engine")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    return Path(spec.submodule_search_locations[0]) / "recipes"


def _stem(path: Path) -> str:
    """What recipes are sorted by, so that `miniature` stands before `miniature-base`."""
    return path.stem


def _recipe(path: Path) -> Recipe:
    """Read a recipe; its leading comment is the title, then the description."""
    text = path.read_text(encoding="utf-8")
    comment: list[str] = []
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        comment.append(line.lstrip("#").strip())
    title = comment[0].rstrip(".") if comment else path.stem
    return Recipe(
        name=path.stem,
        title=title,
        description=" ".join(comment[1:]).strip(),
        recipe=read_pipeline(text).model_dump(mode="json"),
        yaml=text,
    )
