import pytest
import torch

from prism_engine.errors import OutOfMemory
from prism_engine.loop import throughput
from prism_engine.memory import REMEDIES, is_shortage, spent_on


def test_memory_that_runs_out_names_the_part_and_the_setting() -> None:
    with pytest.raises(OutOfMemory) as raised, spent_on("learning"):
        torch.empty(2**60)

    assert "while learning: " in str(raised.value)
    assert "tuning.tokens_per_pass" in str(raised.value)
    assert is_shortage(raised.value)
    assert is_shortage(raised.value.__cause__)


@pytest.mark.parametrize("part", REMEDIES)
def test_what_torch_and_python_raise_is_understood(part: str) -> None:
    for error in (torch.OutOfMemoryError("tried to allocate 2 GiB"), MemoryError("no")):
        with pytest.raises(OutOfMemory, match=part), spent_on(part):
            raise error


def test_every_other_fault_stays_what_it_is() -> None:
    with pytest.raises(RuntimeError, match="shapes differ"), spent_on("collecting"):
        raise RuntimeError("shapes differ")
    assert not is_shortage(RuntimeError("shapes differ"))


def test_shares_of_time_and_tokens_by_second() -> None:
    measured = {"step_seconds": 8.0, "rollout_seconds": 4.0, "update_seconds": 2.0, "tokens": 32.0}

    assert throughput(measured) == {
        "rollout_share": 0.5,
        "update_share": 0.25,
        "tokens_per_second": 4.0,
        "update_tokens_per_second": 16.0,
    }
    assert throughput({"step_seconds": 2.0, "update_seconds": 1.0}) == {"update_share": 0.5}
