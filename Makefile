# Everything a person or a machine does with this repository. CI runs these same targets.
# Needs make, git and a Python of 3.11 or later; everything else goes into .venv.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV ?= .venv
BIN := $(VENV)/bin
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
PYTEST_ARGS ?=
DEMO_ARGS ?=

# What an installation depends on: when one of these changes, the next target installs again.
RECIPE := pyproject.toml constraints.txt

.PHONY: help demo test test-quick test-train test-wheel coverage check lint types contracts docstrings documents update-docs docs bench wheel pin clean clean-all

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

demo: $(VENV)/.bare ## install the package alone, draw a catalogue, index it, search it, serve the page
	$(BIN)/lookalike demo $(DEMO_ARGS)

test: $(VENV)/.test ## run the whole test suite
	$(BIN)/python -m pytest $(PYTEST_ARGS)

test-quick: $(VENV)/.test ## run the tests that are neither slow nor in a browser
	$(BIN)/python -m pytest -m "not slow and not browser" $(PYTEST_ARGS)

test-train: $(VENV)/.train ## install the extra `train` (torch), run the tests that need it
	$(BIN)/python -m pytest -m torch $(PYTEST_ARGS)

test-wheel: $(VENV)/.test ## build the wheel, install it alone, search with it
	$(BIN)/python -m pytest tests/packaging $(PYTEST_ARGS)

coverage: $(VENV)/.test ## run the test suite and report branch coverage
	$(BIN)/python -m pytest --cov=lookalike --cov-branch --cov-report=term-missing:skip-covered $(PYTEST_ARGS)

check: lint types contracts docstrings documents ## lint, format, types, import contracts, docstrings, docs
	@echo "make check: all clean"

lint: $(VENV)/.check
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: $(VENV)/.test $(VENV)/.check
	$(BIN)/basedpyright

contracts: $(VENV)/.check
	$(BIN)/lint-imports --no-logo

docstrings: $(VENV)/.check
	$(BIN)/python scripts/check_docstrings.py

documents: $(VENV)/.check
	$(BIN)/python scripts/check_docs.py
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet --site-dir build/site

update-docs: $(VENV)/.test ## write what is generated in README and docs (commands, settings, numbers)
	$(BIN)/python scripts/check_docs.py --write

docs: $(VENV)/.test $(VENV)/.check ## serve the documentation on http://127.0.0.1:8001 while you write it
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs serve --dev-addr 127.0.0.1:8001

bench: $(VENV)/.train $(VENV)/.bench ## run the benchmarks; JSON in benchmarks/results
	$(BIN)/python benchmarks/run_all.py

wheel: $(VENV)/.test ## build the wheel and the source archive into dist/
	$(BIN)/python -m build --outdir dist .

pin: $(VENV)/.train $(VENV)/.check ## write constraints.txt from what this environment has
	$(BIN)/python scripts/pin.py > constraints.new && mv constraints.new constraints.txt

clean: ## remove what was built, keep the environment
	rm -rf build dist site .pytest_cache .ruff_cache .import_linter_cache .hypothesis .coverage
	find src tests scripts benchmarks -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

clean-all: clean ## remove the environment too
	rm -rf $(VENV)

$(VENV)/.venv: scripts/find-python
	"$$(scripts/find-python)" -m venv $(VENV)
	$(PIP_INSTALL) --upgrade pip
	@touch $@

$(VENV)/.bare: $(VENV)/.venv $(RECIPE)
	$(PIP_INSTALL) --editable .
	@touch $@

$(VENV)/.test: $(VENV)/.bare
	$(PIP_INSTALL) --group test
	@touch $@

$(VENV)/.train: $(VENV)/.test
	$(PIP_INSTALL) --editable '.[train,wandb]' --group oracles
	@touch $@

$(VENV)/.check: $(VENV)/.bare
	$(PIP_INSTALL) --group check
	@touch $@

$(VENV)/.bench: $(VENV)/.bare
	$(PIP_INSTALL) --group bench
	@touch $@
