"""The model card that an exported checkpoint carries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from prism_engine.contract.config import TrainingRun
from prism_engine.contract.metrics import METRICS
from prism_engine.contract.settings import FromRun, Reference
from prism_engine.versions import versions

_CARD = """\
---
{front}---

# {title}

{what} {how} Written by PRISM Control.

## Where it comes from

{origin}

## Use

```python
{use}
```

## In the last step

{metrics}

## Settings

```yaml
{settings}```

## Versions

{versions}

## Licence

These weights derive from the model and the data named above, whose licences apply to them. PRISM
Control, which trained them, is under the Apache License 2.0 and claims nothing of them.
"""

_WHAT = {
    "policy": "A vision-language model that answers in caption, think and answer blocks.",
    "discriminator": "A judge that scores sections of responses, described by its `config.json`. "
    "A score has a meaning only in comparison with that of another response to the same prompt.",
}

_HOW = {
    "sft": "It was taught by imitation of demonstrations.",
    "warmup": "It was taught to tell demonstrations from the rollouts of a policy that stayed as "
    "it was (PRISM, arXiv 2604.28123).",
    "align": "It comes from adversarial alignment, in which a policy plays against a "
    "discriminator that keeps learning (PRISM, arXiv 2604.28123).",
    "rlvr": "It was taught by reinforcement learning with verifiable rewards.",
}

_USE = {
    "policy": """\
from transformers import AutoModelForImageTextToText, AutoTokenizer

model = AutoModelForImageTextToText.from_pretrained("this folder")
tokenizer = AutoTokenizer.from_pretrained("this folder")""",
    "discriminator": """\
# A recipe names it: {kind: align, discriminator: {model: this folder}, …}
from prism_engine.discriminators import load_discriminator

discriminator = load_discriminator(Path("this folder"), policy, rules)""",
}


@dataclass(frozen=True)
class Card:
    """What is known of a run beforehand. `base` is the folder of the policy it starts from."""

    pipeline: str
    run: str
    seed: int
    settings: TrainingRun
    base: Path

    def write(self, folder: Path, role: str, step: int, metrics: Mapping[str, float]) -> None:
        """Write `README.md`: what the weights are and how they came about."""
        content = _CARD.format(
            front=yaml.safe_dump(self._front(), sort_keys=False),
            title=f"{self.run}: {role} after {step} steps of {self.settings.kind}",
            what=_WHAT[role],
            how=_HOW[self.settings.kind],
            origin=self._origin(),
            use=_USE[role],
            metrics=_table(metrics),
            settings=yaml.safe_dump(self.settings.model_dump(mode="json"), sort_keys=False),
            versions="\n".join(f"- {package} {number}" for package, number in versions().items()),
        )
        (folder / "README.md").write_text(content, encoding="utf-8")

    def _front(self) -> dict[str, object]:
        """What a model hub reads."""
        front: dict[str, object] = {
            "library_name": "transformers",
            "pipeline_tag": "image-text-to-text",
            "tags": ["prism", self.settings.kind],
        }
        policy = self.settings.policy
        if not isinstance(policy, FromRun) and not Path(policy.model).is_dir():
            front["base_model"] = policy.model
        return front

    def _origin(self) -> str:
        lines = {
            "Pipeline": f"{self.pipeline}, run {self.run}, seed {self.seed}",
            "Policy to start from": _named(self.settings.policy, self.base),
            "Data": Path(self.settings.data).name,
        }
        return "\n".join(f"- {name}: {content}" for name, content in lines.items())


def _named(reference: Reference, folder: Path) -> str:
    """What a model is called, and what its own card says that it is."""
    if isinstance(reference, FromRun):
        name = f"run {reference.run} of the same pipeline"
    else:
        name = Path(reference.model).name if Path(reference.model).is_dir() else reference.model
    card = folder / "README.md"
    lines = card.read_text("utf-8").splitlines() if card.is_file() else []
    titles = [line.removeprefix("# ") for line in lines if line.startswith("# ")]
    return f"{name} ({titles[0]})" if titles else name


def _table(metrics: Mapping[str, float]) -> str:
    rows = [
        f"| {METRICS[name].title} | {value:.6g} | {METRICS[name].unit} | {METRICS[name].meaning} |"
        for name, value in metrics.items()
        if not METRICS[name].timing
    ]
    return "\n".join(["| metric | value | unit | meaning |", "|---|---|---|---|", *rows])
