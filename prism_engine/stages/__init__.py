"""Stages: the ways of teaching a policy, each in its file, all run by the one `loop.Loop`.

To add one, write its file with a subclass of `stage.Stage`, add its settings to the union `Run` in
`contract/runs.py`, and tell `build/` what it is made of.
"""
