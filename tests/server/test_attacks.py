from __future__ import annotations

import pytest

from tests.server.attacks import ATTACKS, Attack
from tests.server.world import World


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
async def test_nothing_succeeds(world: World, attack: Attack) -> None:
    tried = [(what, worked) async for what, worked in attack(world)]
    assert tried
    assert [what for what, worked in tried if worked] == []
