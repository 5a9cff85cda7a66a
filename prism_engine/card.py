"""The model card that an exported checkpoint carries."""

from __future__ import annotations

from pathlib import Path

import yaml

from prism_engine.contract.config import TrainingRun
from prism_engine.versions import versions

_CARD = """\
---
library_name: transformers
pipeline_tag: image-text-to-text
tags: [prism, {kind}]
---

# {name}: {role} after {step} steps of {kind}

{what} Written by PRISM Control.

## Settings

```yaml
{settings}```

## Versions

{versions}
"""

_WHAT = {
    "policy": "A vision-language model that answers in caption, think and answer blocks; "
    "`AutoModelForImageTextToText.from_pretrained` loads it.",
    "discriminator": "A judge that scores sections of responses, described by its `config.json`; "
    "a score has a meaning only in comparison with that of another response to the same prompt.",
}


def write_card(folder: Path, name: str, role: str, settings: TrainingRun, step: int) -> None:
    """Write `README.md`: what the weights are and how they came about."""
    content = _CARD.format(
        name=name,
        role=role,
        step=step,
        kind=settings.kind,
        what=_WHAT[role],
        settings=yaml.safe_dump(settings.model_dump(mode="json"), sort_keys=False),
        versions="\n".join(f"- {package} {number}" for package, number in versions().items()),
    )
    (folder / "README.md").write_text(content, encoding="utf-8")
