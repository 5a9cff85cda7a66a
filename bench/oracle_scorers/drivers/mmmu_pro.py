"""Runs inside the scorer's environment: the script as it is, its guesses drawn alike every time."""

import random
import runpy
import sys

random.seed(42)
runpy.run_path(sys.argv[1], run_name="__main__")
