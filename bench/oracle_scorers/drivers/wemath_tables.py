"""Runs inside the scorer's environment: both of its tables, whose paths its commands forget."""

import sys

folder, rows, nodes, dimensions, accuracies = sys.argv[1:]
sys.path.insert(0, folder)

import accuracy  # noqa: E402 (found by the path above)
import four_dimensional_metrics  # noqa: E402 (likewise)

four_dimensional_metrics.evaluate_models("ours", rows, dimensions)
accuracy.evaluate_models("ours", rows, nodes, accuracies)
