"""Every request that was ever made, what came of it and what it cost.

A request is `pending`, `in_flight`, `done` or `failed`; `failed` is what the server refuses for
good. It is in flight before it leaves, and done in the same transaction that keeps its reply.
Amounts are in billionths of a dollar.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prism_engine.contract.config import Problem
from prism_engine.endpoints.budget import DOLLAR
from prism_engine.endpoints.reply import Reply, Unanswered, Usage
from prism_engine.errors import InvalidData

TABLE = """
CREATE TABLE IF NOT EXISTS requests (
    key TEXT PRIMARY KEY,
    model TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'in_flight', 'done', 'failed')),
    attempts INTEGER NOT NULL,
    reserved INTEGER NOT NULL,  -- the most that the attempt under way can cost
    uncertain INTEGER NOT NULL,  -- the most that attempts cost that may have been billed
    cost INTEGER NOT NULL,
    price TEXT,  -- version of the price list
    usage TEXT,  -- absent where the server did not say
    finish TEXT,
    reply TEXT,  -- or the reason of a refusal for good
    crashes INTEGER NOT NULL  -- times that a process died while the request was in flight
)
"""


@dataclass(frozen=True)
class Spending:
    """What a ledger adds up to, in dollars."""

    requests: int
    answered: int
    attempts: int
    spent: float  # with all that may have been
    possibly_spent: float  # the part of it that nobody knows
    possibly_paid_twice: int  # answered requests an earlier attempt of which may have been billed
    interrupted: int  # requests that were in flight when a process died
    prompt_tokens: int
    generated_tokens: int


class Ledger:
    """The one file in which a run keeps its requests. Only one process may have it open.

    Raises:
        InvalidData: another process has it open.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._database = sqlite3.connect(path, isolation_level=None)
        try:
            # Two processes would each keep below the cap, and pass it together.
            self._database.execute("PRAGMA locking_mode = EXCLUSIVE")
            self._database.execute("PRAGMA journal_mode = WAL")
            # What has been paid for is on the disk before anything else happens.
            self._database.execute("PRAGMA synchronous = FULL")
            self._database.execute(TABLE)
            self._recover()
        except sqlite3.OperationalError as error:
            self._database.close()
            message = f"{path} cannot be opened ({error}); does another run use it?"
            raise InvalidData([Problem(field="ledger", message=message)]) from error
        path.chmod(0o600)

    def close(self) -> None:
        self._database.close()

    def outcome(self, key: str) -> Reply | Unanswered | None:
        """What became of a request; None if it is still to be asked."""
        row = self._one(
            "SELECT state, reply, finish, usage FROM requests "
            "WHERE key = ? AND state IN ('done', 'failed')",
            key,
        )
        if row is None:
            return None
        state, reply, finish, usage = row
        if state == "failed":
            return Unanswered(reply)
        return Reply(reply, finish, None if usage is None else Usage.model_validate_json(usage))

    def uncertain(self, key: str) -> int:
        """What earlier attempts at a request may have cost."""
        row = self._one("SELECT uncertain FROM requests WHERE key = ?", key)
        return 0 if row is None else int(row[0])

    def dispatch(self, key: str, model: str, reserved: int) -> None:
        """Note that a request leaves, which costs at most so much more."""
        self._database.execute(
            "INSERT INTO requests VALUES (?, ?, 'in_flight', 1, ?, 0, 0, NULL, NULL, NULL, NULL, 0)"
            " ON CONFLICT (key) DO UPDATE SET state = 'in_flight', attempts = attempts + 1,"
            " reserved = excluded.reserved",
            (key, model, reserved),
        )

    def unpaid(self, key: str) -> None:
        """The attempt under way failed, and cost nothing."""
        self._database.execute(
            "UPDATE requests SET state = 'pending', reserved = 0 WHERE key = ?", (key,)
        )

    def lost(self, key: str) -> None:
        """The attempt under way failed, and nobody knows whether it was billed."""
        self._database.execute(
            "UPDATE requests SET state = 'pending', uncertain = uncertain + reserved, reserved = 0"
            " WHERE key = ?",
            (key,),
        )

    def refused(self, key: str, reason: str) -> None:
        """The server will never answer this request."""
        self._database.execute(
            "UPDATE requests SET state = 'failed', reserved = 0, reply = ? WHERE key = ?",
            (reason, key),
        )

    def done(
        self, key: str, reply: Reply, cost: int, price: str | None, *, billed_once: bool
    ) -> None:
        """Keep a reply and what it cost, together with all earlier attempts if `billed_once`."""
        usage = None if reply.usage is None else reply.usage.model_dump_json()
        self._database.execute(
            "UPDATE requests SET state = 'done', reserved = 0, cost = ?, price = ?, usage = ?,"
            " finish = ?, reply = ?, uncertain = CASE WHEN ? THEN 0 ELSE uncertain END"
            " WHERE key = ?",
            (cost, price, usage, reply.finish, reply.text, billed_once, key),
        )

    @property
    def spent(self) -> int:
        """All that has been spent, or may have been."""
        (spent,) = self._one("SELECT coalesce(sum(cost + uncertain + reserved), 0) FROM requests")
        return int(spent)

    def spending(self) -> Spending:
        """What it adds up to."""
        counts = self._one(
            "SELECT count(*), coalesce(sum(state = 'done'), 0), coalesce(sum(attempts), 0),"
            " coalesce(sum(uncertain + reserved), 0),"
            " coalesce(sum(state = 'done' AND uncertain > 0), 0),"
            " coalesce(sum(crashes > 0), 0) FROM requests"
        )
        requests, answered, attempts, possibly, twice, interrupted = counts
        rows = self._database.execute("SELECT usage FROM requests WHERE usage IS NOT NULL")
        usages = [json.loads(usage) for (usage,) in rows]
        return Spending(
            requests=requests,
            answered=answered,
            attempts=attempts,
            spent=self.spent / DOLLAR,
            possibly_spent=possibly / DOLLAR,
            possibly_paid_twice=twice,
            interrupted=interrupted,
            prompt_tokens=sum(usage["prompt"] for usage in usages),
            generated_tokens=sum(usage["generated"] for usage in usages),
        )

    def copy_to(self, path: Path) -> None:
        """Write a copy that is whole, while requests go on."""
        with closing(sqlite3.connect(path)) as copy:
            self._database.backup(copy)

    def take_over(self, path: Path) -> None:
        """Add what a copy holds and this ledger does not."""
        self._database.execute("ATTACH ? AS other", (str(path),))
        self._database.execute("INSERT OR IGNORE INTO requests SELECT * FROM other.requests")
        self._database.execute("DETACH other")
        self._recover()

    def _recover(self) -> None:
        """What was in flight when a process died may have been billed."""
        self._database.execute(
            "UPDATE requests SET state = 'pending', uncertain = uncertain + reserved, reserved = 0,"
            " crashes = crashes + 1 WHERE state = 'in_flight'"
        )

    def _one(self, query: str, *values: object) -> Any:
        return self._database.execute(query, values).fetchone()
