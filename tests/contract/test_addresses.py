import pytest

from prism_engine.contract.addresses import ALLOWED, allowed_networks, may_be_reached


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "64:ff9b::808:808"])
def test_public_addresses_may_be_reached(address: str) -> None:
    assert may_be_reached(address, [])


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1",
        "169.254.169.254", "100.64.0.1", "224.0.0.1", "255.255.255.255", "::1", "::",
        "fe80::1%eth0", "fc00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
        "64:ff9b::7f00:1", "2002:7f00:1::",
    ],
)  # fmt: skip
def test_private_ones_may_not_in_whatever_clothes(address: str) -> None:
    assert not may_be_reached(address, [])


def test_an_administrator_allows_networks() -> None:
    allowed = allowed_networks({ALLOWED: "127.0.0.1, 10.1.0.0/16,::1"})
    assert may_be_reached("127.0.0.1", allowed)
    assert may_be_reached("::ffff:127.0.0.1", allowed)
    assert may_be_reached("10.1.2.3", allowed)
    assert may_be_reached("::1", allowed)
    assert not may_be_reached("127.0.0.2", allowed)
    assert not may_be_reached("10.2.0.1", allowed)
    assert allowed_networks({}) == []
