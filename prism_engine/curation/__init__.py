"""From items with answers to a corpus of demonstrations: a row of gates.

Every gate is a file with a class that takes candidates and gives those that pass, and of every
other one the reason (`candidate.py`). `build/curation.py` puts them in order; `run.py` sends the
candidates through and counts. What a gate decides depends on the candidates, the settings and the
replies in the ledger alone, so that a run that was killed comes to the same corpus. To add a gate,
write its file and a line in `build/curation.py`.
"""
