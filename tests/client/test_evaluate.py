"""`prism evaluate` of a model folder, with the real engine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.engine.stages.toy import CURATED, write_toy_data
from tests.engine.tiny import save_tiny_model


def test_a_model_folder_is_scored_with_intervals(tmp_path: Path) -> None:
    model = save_tiny_model(tmp_path / "model")
    data = write_toy_data(tmp_path / "data", [CURATED])
    done = subprocess.run(
        [
            sys.executable, "-m", "prism_client.command", "evaluate", str(model), str(data),
            "--out", str(tmp_path / "out"), "--samples", "2", "--scoring", "paper_compat",
            "--json", "--max-new-tokens", "6", "--items", "3",
        ],
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    scored = json.loads(done.stdout)
    greedy = scored["scores"]["accuracy_greedy"]
    # A model that knows single bytes by chance gets nothing right, which leaves Wilson's interval
    # of 0 in 3: up to z² / (3 + z²).
    assert (scored["arm"], greedy["value"], greedy["low"], greedy["n"]) == ("model", 0.0, 0.0, 3)
    assert round(greedy["high"], 4) == 0.5615
    kept = (tmp_path / "out" / "evaluate" / "responses.jsonl").read_text()
    rows = [json.loads(line) for line in kept.splitlines() if line]
    assert [(row["item"], row["sample"]) for row in rows] == [
        (item, sample) for item in ("0-0", "1-0", "2-0") for sample in (0, 1, 2)
    ]
    assert {row["scoring"] for row in rows} == {"paper_compat"}
    assert max(row["tokens"] for row in rows) <= 6
