"""Runs inside the scorer's environment: which rows its own function finds right."""

import json
import sys

folder, rows, jokers = sys.argv[1:]
sys.path.insert(0, folder)

from four_dimensional_metrics import load_and_process_data  # noqa: E402 (found by the path above)

with open(jokers, "w") as file:
    json.dump([bool(right) for right in load_and_process_data(rows)["joker"]], file)
