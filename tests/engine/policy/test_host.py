import torch
from torch import nn

from prism_engine.policy.host import HostMemory


def bytes_there(tensor: torch.Tensor) -> int:
    return tensor.untyped_storage().nbytes()


def test_what_rests_has_no_bytes_and_wakes_bit_for_bit() -> None:
    memory = HostMemory()
    tensors = [torch.randn(3, 5), torch.randn(7).double()]
    before = [tensor.clone() for tensor in tensors]
    memory.rest(tensors)

    assert [bytes_there(tensor) for tensor in tensors] == [0, 0]
    assert all(map(torch.equal, map(memory.content, tensors), before))
    with memory.awake(tensors):
        assert all(map(torch.equal, tensors, before))
        tensors[0].add_(1)
    assert bytes_there(tensors[0]) == 0
    assert torch.equal(memory.content(tensors[0]), before[0] + 1)


def test_what_was_awake_stays_awake() -> None:
    memory = HostMemory()
    resting, working = torch.ones(4), torch.ones(4)
    memory.rest([resting])
    with memory.awake([resting, working]):
        working.add_(1)

    assert (bytes_there(resting), bytes_there(working)) == (0, 16)
    assert memory.content(working) is working
    assert working.tolist() == [2, 2, 2, 2]


def test_waking_is_no_change() -> None:
    memory, tensor = HostMemory(), torch.ones(4)
    version = tensor._version
    for _ in range(2):
        memory.rest([tensor])
        with memory.awake([tensor]):
            assert tensor._version == version


def test_a_graph_finds_what_it_kept_once_that_is_awake_again() -> None:
    memory, weight = HostMemory(), nn.Parameter(torch.tensor([2.0, 3.0]))
    loss = (weight * weight).sum()
    memory.rest([weight])
    with memory.awake([weight]):
        loss.backward()

    assert weight.grad.tolist() == [4, 6]
