"""The language in which runs are looked for.

    state = failed and rlvr.algorithm in (dapo, gspo) and metrics.accuracy > 0.4 and tag:paper

A condition compares a field: of the run itself (`state`, `kind`, `name`, `pipeline` …), the last
value of a metric (`metrics.NAME`), a setting (`KIND.PATH`, or `config.PATH` whatever the kind) or a
tag (`tag:NAME`). A word by itself is found in names, notes and tags. `and` may be left out; `or`,
`not` and parentheses are as everywhere. `grammar` reads it, `conditions` makes it a database's.
"""
