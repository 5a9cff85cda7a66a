"""The further nodes of a run over several."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from prism_client.worker_client import Orders
from prism_engine.contract.events import EventLog
from worker.folder import AttemptFolder
from worker.orders import StandingOrders
from worker.outcome import Exit
from worker.output import OutputRecorder
from worker.tail import Offsets
from worker.tasks import Attempt, Bench, ReachEnd


class Member(Attempt):
    """What a worker does for a node that is not the first: run its engine, and say how it ended.

    What happens is told by node 0, and what is saved is stored by it. What the engine of this node
    prints stays in its folder, but for the last lines of one that failed.
    """

    async def _run_beside_engine(
        self, events: EventLog, reach_end: ReachEnd, trackers: Sequence[str]
    ) -> None:
        output = OutputRecorder(
            self._folder, events, Offsets(self._folder.offsets), self._redaction
        )
        async with asyncio.TaskGroup() as tasks:
            lease = tasks.create_task(self._keep_lease())
            await self._report(await reach_end(events, output))
            lease.cancel()

    @property
    def _member_id(self) -> str:
        gang = self._claim.gang
        assert gang is not None, "a member is one of a gang"
        assert gang.member_id is not None, "it has a lease of its own"
        return gang.member_id

    async def _beat(self) -> Orders:
        return await self._bench.server.member_heartbeat(self._member_id)

    async def _tell(self, end: Exit) -> None:
        await self._bench.server.report_member_exit(
            self._member_id,
            kind=end.kind,
            message=self._redaction.text(end.message),
            code=end.code,
            signal=end.signal,
        )


def part_of(bench: Bench, folder: AttemptFolder, orders: StandingOrders) -> Attempt:
    """Return what is to be done for a claim: all of an attempt, or the part of a further node."""
    gang = folder.claim.gang
    kind = Member if gang is not None and gang.rank > 0 else Attempt
    return kind(bench, folder, orders)
