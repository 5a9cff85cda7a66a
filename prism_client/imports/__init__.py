"""Runs that other trackers recorded, read from their files on this machine.

A reader gives every run that it finds, and what it could not use with the reason why.
"""
