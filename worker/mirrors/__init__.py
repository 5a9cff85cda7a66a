"""Copies of a run's numbers in other trackers, made while it trains.

`python -m worker.mirrors ATTEMPT --to NAME --into FOLDER` follows the event file of one attempt. It
is a process of its own: what a tracker does to it, be it memory, threads or a wait without end,
happens neither to the engine nor to the worker.
"""

from __future__ import annotations

from collections.abc import Mapping

TRACKERS: Mapping[str, str] = {
    "tensorboard": "worker.mirrors.tensorboard:TensorBoard",
    "wandb": "worker.mirrors.weights_and_biases:WeightsAndBiases",
}
"""Where each mirror's class is found; only the one that is wanted loads its tracker."""
