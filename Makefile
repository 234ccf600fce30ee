# `make` lists the targets. Everything runs from .venv, which `make install` builds from requirements.lock.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Three tests at a time, for most of them wait; who has none left takes half of another's. ARGS="-n0": one after the other.
PYTEST := $(BIN)/python -m pytest -n 3 --dist worksteal

.DEFAULT_GOAL := help
.PHONY: help install demo up test check format lock chaos bench bench-batch bench-rates bench-ladder bench-inbox bench-conversation bench-capacity bench-orchestration bench-names bench-retrieval compose-smoke

help: ## Print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(VENV)/.installed ## Build .venv from the lock (nothing is compiled); a second time does nothing

demo: install ## Run one sales follow-up on the embedded stack; YES=1 approves by itself
	@$(BIN)/signoff demo $(if $(YES),--yes)

up: install ## Run the embedded stack until Ctrl-C; its state stays in .signoff/
	@$(BIN)/signoff up

test: install ## Run the whole suite; ARGS="-k gate" picks from it
	@$(PYTEST) $(ARGS)

check: install ## What CI runs: format, lint, import rules, types, tests
	@$(BIN)/ruff format --check
	@$(BIN)/ruff check
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/mypy
	@$(PYTEST)

format: install ## Format the code and fix what the linter can
	@$(BIN)/ruff format
	@$(BIN)/ruff check --fix

chaos: install ## Crash every process at every point and count what came of it; PROCESS=sales-follow-up takes one
	@$(BIN)/python -m tests.chaos $(PROCESS) $(ARGS)

bench: install ## Measure the stack's times and memory (two minutes)
	@$(BIN)/python -m bench

bench-batch: install ## Measure a batch of 800 follow-ups (half an hour; ARGS="--rows 50": two minutes)
	@$(BIN)/python -m bench.batch $(ARGS)

bench-rates: install ## Measure 200 runs against a provider with a rate (five minutes)
	@$(BIN)/python -m bench.rates $(ARGS)

bench-ladder: install ## Measure the repair ladder on the local model (two hours; ARGS="--cases 10": ten minutes)
	@$(BIN)/python -m bench.ladder $(ARGS)

bench-inbox: install ## Measure the inbox while a thousand runs wait (five minutes)
	@$(BIN)/python -m bench.inbox $(ARGS)

bench-conversation: install ## Measure long conversations here and elsewhere (an hour; ARGS="--full --small": five minutes)
	@$(BIN)/python -m bench.conversation $(or $(ARGS),--full)

bench-capacity: install ## Measure one worker with 2,000 model calls in flight, and a turn's cost (ten minutes)
	@$(BIN)/python -m bench.capacity $(ARGS)

bench-orchestration: install ## Measure BestDraft decided by code and by a model (an hour; ARGS="--runs 2": three minutes)
	@$(BIN)/python -m bench.orchestration $(ARGS)

bench-names: install ## Measure name matching on 200 labelled pairs (a second)
	@$(BIN)/python -m bench.names

bench-retrieval: install ## Measure what retrieval finds, and how fast among 10,000 parts (a minute)
	@$(BIN)/python -m bench.retrieval

compose-smoke: ## Run one follow-up in containers from an empty state (needs a Docker engine)
	@.ci/compose-smoke

lock: ## Write requirements.lock anew for every platform; UPGRADE=1 moves the pins
	@tmp=$$(mktemp -d) && trap 'rm -rf "$$tmp"' EXIT && \
	$(PYTHON) -m venv "$$tmp" && "$$tmp/bin/pip" install --quiet --only-binary=:all: uv && \
	"$$tmp/bin/uv" pip compile --quiet --universal --generate-hashes --only-binary=:all: --no-emit-index-url --no-annotate \
		--no-header $(if $(UPGRADE),--upgrade) --group dev pyproject.toml requirements.in --output-file requirements.lock

# A .venv without its stamp was never finished: it is removed on failure and on Ctrl-C, and cleared before the next try.
$(VENV)/.locked: requirements.lock
	@$(PYTHON) -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "signoff: $(PYTHON) is missing, older than 3.11, or without venv; name a Python that fits: make PYTHON=python3.12 ..." >&2; exit 1; }
	@echo "Building $(VENV) from requirements.lock (once, about a minute)"
	@trap 'rm -rf $(VENV); exit 130' INT TERM HUP; \
	{ $(PYTHON) -m venv --clear $(VENV) && \
	  $(BIN)/python -m pip install -qq --no-deps --only-binary=:all: --require-hashes -r requirements.lock && \
	  touch $@; } || { rm -rf $(VENV); exit 1; }

$(VENV)/.installed: $(VENV)/.locked pyproject.toml
	@$(BIN)/python -m pip install -qq --no-deps --no-build-isolation --editable .
	@touch $@
