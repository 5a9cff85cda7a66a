"""What the dashboard costs in a browser: its size, its waits, its frames, its memory.

`python -m bench.web` opens Chromium on a server of its own, with a hundred thousand runs, long
curves, live charts and thousands of samples really in the database.
"""
