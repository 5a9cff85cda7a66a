.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c

python := .venv/bin/python
# Two busy processes on two cores must not fight over threads.
export OMP_NUM_THREADS ?= 1
export PRISM_HOME ?= $(CURDIR)/prism-home
# Node comes from PATH, or from the wheel that setup puts into the virtual environment.
export PATH := $(PATH):$(CURDIR)/.venv/bin

help: ## List what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 16

.make/python: pyproject.toml constraints.txt .ci/setup
	@.ci/setup python
	@mkdir -p .make && touch $@

.make/web: .make/python $(shell git ls-files web 2>/dev/null)
	@.ci/setup web
	@touch $@

.make/browser: .make/python
	@.ci/setup browser
	@touch $@

setup: .make/python .make/web ## Install dependencies and build the dashboard

demo: ## Train the paper's arms in miniature and serve the dashboard (EXIT=1 ends after the table)
	@started=$$(date +%s.%N); $(MAKE) --no-print-directory setup; \
	  exec $(python) -m bench.demo --started $$started $(if $(EXIT),--exit)

up: setup ## Serve the dashboard with two workers
	@exec .venv/bin/prism up

check: .make/python .make/web ## Lint, types, import rules and the quickest tests, under two minutes
	@$(python) -m ruff check .
	@$(python) -m ruff format --check .
	@$(python) -m mypy
	@.venv/bin/lint-imports
	@cd web && npm run --silent check
	@$(python) -m pytest -q tests/contract tests/architecture

test: setup .make/browser check ## Everything CI runs
	@cd web && npm run --silent test
	@$(python) -m pytest -q tests

teacher: .make/python ## Show that curated demonstrations teach a small model better
	@$(python) -m bench.teacher

oracle-engine: .make/python ## Compare losses, gradients and optimizer steps with TRL's, in float64
	@$(python) -m bench.oracle_engine

oracle-scorers: .make/python ## Compare our rules with the authors' own scorers, cloned from GitHub (CHECKOUTS=folder)
	@$(python) -m bench.oracle_scorers $(if $(CHECKOUTS),--checkouts $(CHECKOUTS))

leak: .make/python ## Show that the discriminator wins by what sections say, and by nothing else
	@$(python) -m bench.leak

experts: .make/python ## Show what the experts of a warmed-up discriminator have learned to see
	@$(python) -m bench.experts

tables: setup .make/browser ## Every row of the paper's two tables, in miniature (SCALE=0.02 tries it)
	@$(python) -m bench.tables $(if $(SCALE),--scale $(SCALE))

suite: setup .make/browser ## Three arms on the mirrors of seven benchmarks, paired (SCALE=0.02 tries it)
	@$(python) -m bench.suite $(if $(SCALE),--scale $(SCALE))

stabilisers: setup ## Each stabiliser of alignment alone, over two seeds (SCALE=0.02 tries it)
	@$(python) -m bench.stabilisers $(if $(SCALE),--scale $(SCALE))

bench-server: .make/python ## Time what the server takes in, shows, finds and streams, beside MLflow (PART=ingest, SCALE=0.02)
	@$(python) -m bench.server $(if $(PART),--part $(PART)) $(if $(SCALE),--scale $(SCALE))

bench-web: setup .make/browser ## Time the dashboard in Chromium: size, table, charts, frames, memory (PART=live, SCALE=0.02, SOAK=1200)
	@$(python) -m bench.web $(if $(PART),--part $(PART)) $(if $(SCALE),--scale $(SCALE)) $(if $(SOAK),--soak $(SOAK))

e2e: setup .make/browser ## The browser tests alone; pictures of every page go to test-artifacts
	@$(python) -m pytest -q tests/e2e

bench-gpu: .make/python ## Time the engine on a GPU at the shape of Qwen3-VL-4B (PEER=1: beside TRL)
	@$(python) -m bench.gpu $(if $(PEER),--peer)

bench-gpu-run: .make/python ## Launch every stage on a worker with a GPU, and show what it had of it
	@$(python) -m bench.gpu_run

bench-gpu-memory: .make/python ## Measure peak memory on a GPU beside what validate predicts
	@$(python) -m bench.gpu_memory

.make/peer: .make/python
	@$(python) -m pip install --quiet --no-deps --upgrade --target $@ torchvision==0.28.0

bench-engine: .make/peer ## Time steps beside TRL's and fit what a step costs, some 20 minutes (MINUTES=5 ends early)
	@PRISM_PEER=.make/peer $(python) -m bench.speed $(if $(MINUTES),--minutes $(MINUTES))

bench-overhead: .make/python ## Time what a step does beside computing: images, events, samples
	@$(python) -m bench.overhead

chaos: .make/python ## Kill, freeze and cut off at random, and count what it cost (ROUNDS=100 SEED=1)
	@$(python) -m bench.chaos $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(SEED),--seed $(SEED))

resume: .make/python ## Kill and stop every stage, go on, and compare with the undisturbed run bit for bit
	@$(python) -m bench.resume

distributed: .make/python ## Compare two processes with one under every strategy, kill one of them, and resume
	@$(python) -m bench.distributed

verification: .make/python ## Examine the verifier of answers: right, wrong, perturbed and hostile ones
	@$(python) -m bench.verification

import: .make/python ## Take in 100,000 rows of every format, and show that memory does not grow with them
	@$(python) -m bench.import_formats

curation: .make/python ## Kill a curation twice, resume it, and compare; the teacher's own book says what was paid
	@$(python) -m bench.curation

fuzz: setup ## Send 10,000 requests drawn from the API's description (REQUESTS=500 tries it)
	@$(python) -m bench.fuzz $(if $(REQUESTS),--requests $(REQUESTS))

security: setup ## Walk every route and try the corpus of attacks on both databases
	@$(python) -m bench.security

prove: setup .make/browser ## The full figures of every issue, written to bench/results
	@$(MAKE) --no-print-directory demo EXIT=1
	@$(python) -m bench.teacher
	@$(python) -m bench.chaos
	@$(python) -m bench.security
	@$(python) -m bench.fuzz
	@$(python) -m bench.verification
	@$(python) -m bench.import_formats
	@$(python) -m bench.oracle_engine
	@$(python) -m bench.oracle_scorers $(if $(CHECKOUTS),--checkouts $(CHECKOUTS))
	@$(python) -m bench.leak
	@$(python) -m bench.experts
	@$(python) -m bench.resume
	@$(python) -m bench.distributed
	@$(python) -m bench.curation
	@$(MAKE) --no-print-directory bench-engine
	@$(python) -m bench.overhead
	@$(python) -m bench.tables
	@$(python) -m bench.suite
	@$(python) -m bench.stabilisers
	@$(python) -m bench.server
	@$(python) -m bench.web --soak 1200

schema: setup ## Regenerate the snapshots of API and recipe, and the dashboard's types
	@$(python) -m server openapi > web/openapi.json
	@$(python) -m prism_engine schema > web/recipe-schema.json
	@cd web && npm run --silent api
	@$(python) -m prism_client.twin

clean: ## Remove what setup made; PRISM_HOME stays
	@rm -rf .venv .make web/dist web/node_modules

.PHONY: help setup demo up check test security fuzz import teacher leak experts oracle-engine oracle-scorers tables suite stabilisers chaos resume e2e bench-server bench-web bench-engine bench-gpu bench-gpu-run bench-gpu-memory bench-overhead distributed verification curation prove schema clean
