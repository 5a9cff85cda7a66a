"""verl's Parquet, with the columns that PRISM adds: what the teacher said, whole or in sections."""

from __future__ import annotations

from typing import Any, ClassVar

from prism_engine.data.importers.draft import Draft, Said
from prism_engine.data.importers.fields import (
    KEPT_COLUMN,
    Content,
    Layout,
    as_list,
    as_text,
    joined_sections,
    kept,
    read_id,
    read_said,
    refuse_others,
)
from prism_engine.data.importers.pictures import read_pictures


class Verl:
    """Prompts with a ground truth; a teacher's response is the demonstration."""

    name: ClassVar[str] = "verl"
    title: ClassVar[str] = "verl, PRISM's alignment and RLVR sets"

    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    def recognises(self, row: Content) -> bool:
        marked = "reward_model" in row or "data_source" in row or "teacher_response" in row
        return marked and isinstance(row.get("prompt"), list)

    def read(self, row: Content) -> Draft:
        refuse_others(row, "videos")
        prompt = as_list(self._layout.value(row, "prompt"), "prompt")
        said = [read_said(turn, self._layout) for turn in prompt]
        response = _response(row)
        if response is not None:
            said.append(Said("assistant", (response,)))
        extra = row.get("extra_info") if isinstance(row.get("extra_info"), dict) else {}
        about = {name: row.get(name) for name in ("data_source", "ability")}
        about["split"] = extra.get("split")
        found = kept(row)
        if KEPT_COLUMN in row:
            about = found.pop("metadata", {})
        return Draft(
            said=said,
            pictures=read_pictures(self._layout.value(row, "images")),
            id=read_id(row),
            gold=found.pop("gold", _gold(row)),
            demonstrates=row.get("teacher_caption") is not None,
            metadata=about | found.pop("metadata", {}),
            **found,
        )


def _response(row: Content) -> str | None:
    """The teacher's words: the whole response, else put together from its sections."""
    if (whole := row.get("teacher_response")) is not None:
        return as_text(whole, "teacher_response")
    if row.get("teacher_caption") is None:
        return None
    return joined_sections(row["teacher_caption"], row.get("teacher_cot"))


def _gold(row: Content) -> Any:
    """The ground truth that the reward model names, else the answer's column."""
    model = row.get("reward_model")
    truth = model.get("ground_truth") if isinstance(model, dict) else None
    return truth if truth is not None else row.get("answer")
