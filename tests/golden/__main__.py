"""`python -m tests.golden`: compute the losses again and write them."""

from __future__ import annotations

import json
from pathlib import Path

from tests.golden.losses import compute


def main() -> None:
    """Write one file per stage, and say what is in it."""
    computed = compute()
    for stage, steps in computed["stages"].items():
        path = Path(__file__).with_name(f"{stage}.json")
        content = {"capability": computed["capability"], "steps": steps}
        path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
        print(f"{path}: {len(steps)} steps on {computed['capability']}")


if __name__ == "__main__":
    main()
