"""How people and models write values down: one value has many spellings.

`wrapping` takes off what stands around an answer; `number`, `unit`, `interval`, `sequence` and
`latex` read what is left, and give None for what they do not understand. Nothing here evaluates
mathematics.
"""
