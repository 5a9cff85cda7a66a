"""Three data sets out of one: for SFT, for alignment, and for reinforcement learning."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from prism_engine.contract.curation import RlvrBand
from prism_engine.contract.structure import caption_items
from prism_engine.curation.candidate import Candidate
from prism_engine.curation.pass_rate import PassRates
from prism_engine.data.response import parse_response


@dataclass(frozen=True)
class Corpus:
    """What a curation ends with. No item of `alignment` is in another one."""

    sft: list[Candidate]
    alignment: list[Candidate]
    rlvr: list[Candidate]
    measured: int | None  # items whose pass rate was measured
    overlap: int


async def part(
    candidates: Sequence[Candidate],
    alignment_items: int,
    band: RlvrBand | None,
    rates: PassRates | None,
) -> Corpus:
    """Hold the best out for alignment; those in the policy's band are reinforced as well."""
    best = {one.id for one in sorted(candidates, key=_quality)[:alignment_items]}
    sft = [one for one in candidates if one.id not in best]
    alignment = [one for one in candidates if one.id in best]
    if band is None or rates is None:
        return Corpus(sft, alignment, [], None, 0)
    measured = await rates.of(sft, band.samples)
    within = [one for one, rate in zip(sft, measured, strict=True) if band.low < rate < band.high]
    rlvr = sorted(within, key=_chance)[: band.items]
    chosen = {one.id for one in rlvr}
    return Corpus(
        sft, alignment, [one for one in sft if one.id in chosen], len(sft), overlap=len(chosen)
    )


def _quality(candidate: Candidate) -> tuple[float, int, str]:
    """The best comes first: most of the teacher's responses right, then the fullest caption."""
    right = len([lesson for lesson in candidate.right if not lesson.repaired])
    sections = parse_response(candidate.record.response or "")
    items = len(caption_items(sections.caption)) if sections else 0
    return -right / max(candidate.taught, 1), -items, _chance(candidate)


def _chance(candidate: Candidate) -> str:
    """An order that has nothing to do with the items, and is the same every time."""
    return hashlib.sha256(candidate.id.encode()).hexdigest()
