# Guben. Needs Python 3.11 or newer and make; everything else is fetched into this folder. `make help` lists the targets.

UV := $(shell uv --version >/dev/null 2>&1 && echo uv || echo .tools/bin/uv)
PYTHON ?= python3
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)

.DEFAULT_GOAL := help
.PHONY: help demo test soak lint format bench clean

help: ## List the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 10

demo: .venv/.runtime ## Make two years of sample data once, publish them, serve dashboards and Dagster
	@$(BIN)/guben demo

test: .venv/.dev lint ## Run style, types and all tests
	$(BIN)/pytest -n 2

soak: .venv/.dev ## Try the laws of the door on 10,000 generated workbooks
	LAW_EXAMPLES=10000 $(BIN)/pytest tests/intake/test_laws.py

lint: .venv/.dev ## Check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: .venv/.dev ## Bring the code into shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: .venv/.dev ## Measure receive, build, publish and the pages against a plain script
	$(BIN)/python -m benchmarks

clean: ## Delete the environment and the fetched tools; data stay
	rm -rf .venv .tools

# The environment follows the lock file: a stamp spares the look when nothing has changed.
.venv/.runtime: uv.lock pyproject.toml | uv
	@echo "Preparing the environment in .venv (once) …"
	@$(UV) sync --frozen --no-dev --inexact
	@touch $@

.venv/.dev: uv.lock pyproject.toml | uv
	@$(UV) sync --frozen
	@touch $@ .venv/.runtime

.PHONY: uv
uv: $(filter .tools/%,$(UV))

# --target also works where the system's Python refuses installations; a venv where it has no pip.
.tools/bin/uv:
	@echo "Fetching uv into .tools (once) …"
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target .tools uv \
	|| { $(PYTHON) -m venv .tools && .tools/bin/python -m pip install --quiet --disable-pip-version-check uv; } \
	|| { echo "uv could not be fetched: install pip (Debian: apt-get install python3-pip) or uv, then try again." >&2; exit 1; }
