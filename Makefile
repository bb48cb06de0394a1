# The two doors: `make run` serves the assistant, `make test` is the gate. Both make the virtual
# environment themselves, and install again only when pyproject.toml has changed.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help run test install install-dev lint format types check bench build clean

help: ## list these commands
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

# What a development install holds is a superset, so it satisfies `make run` too.
$(VENV)/.installed: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $@ $(VENV)/.installed

install: $(VENV)/.installed ## make .venv and install the product

install-dev: $(VENV)/.installed-dev ## make .venv and install the product with its development tools

run: install ## serve the assistant
	$(BIN)/python app.py

test: lint types ## the gate: ruff, mypy, pytest
	$(BIN)/python -m pytest $(ARGS)

lint: install-dev ## ruff: rules and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: install-dev ## mypy
	$(BIN)/mypy

check: lint types ## everything but the tests

format: install-dev ## put the code in the house's format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# What needs nothing from outside, or one with its arguments: make bench BENCH=encoder ARGS='--data DIR'
BENCH ?= answers cold_start
bench: install-dev ## measure quality and time
	set -e; for name in $(BENCH); do $(BIN)/python -m tests.benchmarks.$$name $(ARGS); done

build: install-dev ## a wheel and a source archive under dist/
	$(BIN)/python -m build

clean: ## remove what was made, all but the virtual environment and the index
	rm -rf build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -not -path './$(VENV)/*' -prune -exec rm -rf {} +
