"""`make bench-server`: what the server takes in, shows, finds, streams and needs, beside MLflow.

Each part starts servers of its own on loopback, is bounded, and ends what it started. `PART=ingest`
runs one alone, `SCALE=0.02` tries it out.
"""
