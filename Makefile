# Everything a person or a CI runner does starts here. `make help` lists it.
PYTHON ?= python3
UV_VERSION := 0.13.9
BIN := .venv/bin
UV := $(BIN)/uv pip install --quiet --python $(BIN)/python --compile-bytecode --constraints requirements.lock

# Stage commands in dvc.yaml call `kizu`; the environment's programs come first.
export PATH := $(CURDIR)/$(BIN):$(PATH)
export DVC_NO_ANALYTICS := true

.DEFAULT_GOAL := help
.PHONY: help setup repro test test-all lint format ui viz bench lock clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

repro: .venv/.ready ## set up, then run the pipeline end to end; does nothing when nothing changed
	@kizu repro --jobs 2

test: .venv/.ready-dev ## set up, then run the quick tests
	@OMP_NUM_THREADS=1 pytest -n auto

test-all: .venv/.ready-dev ## the slow tests too
	@OMP_NUM_THREADS=1 pytest -n auto -m ""

lint: .venv/.ready-dev ## style, types, import rules, dvc.yaml against the pipelines
	@ruff check .
	@ruff format --check .
	@mypy
	@lint-imports
	@kizu dvc check

format: .venv/.ready-dev ## rewrite the sources in the house style
	@ruff check --fix .
	@ruff format .

ui: .venv/.ready ## open MLflow on the recorded runs
	@kizu ui

viz: .venv/.ready ## draw the pipelines in a browser (Kedro-Viz, installed on first use)
	@$(UV) -e '.[viz]'
	@kedro viz run

bench: .venv/.ready-dev ## measure against peers (each installs into .venv-bench)
	@benchmarks/run

setup: .venv/.ready-dev ## only create the environment

lock: ## pin what pyproject.toml asks for, for every supported Python
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --all-extras \
		--no-emit-index-url --custom-compile-command 'make lock' pyproject.toml -o requirements.lock

clean: ## remove the environment and the caches; data, runs and the DVC cache stay
	@rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	@find src tests -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/bin/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "kizu needs Python 3.11 or newer, and '$(PYTHON)' is $$($(PYTHON) -V 2>&1)." \
		     "Name another one: make PYTHON=python3.12 ..."; exit 1; }
	@echo "Creating .venv ..."
	@$(PYTHON) -m venv .venv || { \
		echo "Python's venv module is missing. On Debian: apt install python3-venv"; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

# Byte code is compiled at installation: without it every stage starts about three times slower.
.venv/.ready: .venv/bin/uv pyproject.toml requirements.lock
	@echo "Installing the pinned packages (about a minute) ..."
	@$(UV) -e .
	@touch $@

.venv/.ready-dev: .venv/.ready
	@echo "Installing the test tools ..."
	@$(UV) -e '.[dev]'
	@touch $@
