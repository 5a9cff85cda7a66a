"""What the engine, the server, the worker and the client agree on.

`config` says what can be asked for, `events` what can happen, `metrics` what can be measured and
`registry` which kinds exist. Nothing here imports torch or any other package of this project, so
that a server can refuse a recipe without a GPU in sight.
"""

VERSION = 1
"""The contract's version. A worker whose version differs from the server's is refused at claim."""
