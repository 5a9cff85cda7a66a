"""Asking models that somebody else serves, by OpenAI's chat completions.

`client.py` asks; `ledger.py` remembers every request and what it cost, so that what has been paid
for is never asked again; `budget.py` and `pace.py` say how much may be asked at a time; `guard.py`
says where a connection may lead. Secrets come from `keys.py` and go nowhere but into a header.

What can be promised. A reply that was committed is never asked for again. Money is reserved before
a request leaves, as much as it could cost at most, so that the cap holds whatever comes back. A
process that dies between a reply and its commit cannot know whether it paid: the reserved amount
stays counted as spent, and the request is asked again under the same Idempotency-Key. A server that
heeds the key bills it once. With one that does not it may be paid twice; `Spending` says how many
may have been.
"""
