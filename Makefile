# The commands of gpufleet. `make help` lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Programs are started again and again: without bytecode each compiles gpufleet anew, 0.2 s each time.
unexport PYTHONDONTWRITEBYTECODE
# Tests wait for hosts more than they compute: three at a time on two cores. Files are begun in the order of
# tests/integration/order.py: left to itself pytest-xdist begins with those that have many tests, however short.
PARALLEL := -n 3 --dist loadfile --no-loadscope-reorder

.PHONY: help install demo demo-down lint test test-unit test-commands test-all bench lock docs

help:  ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(VENV)/.installed  ## the environment in .venv, from requirements.lock, every file checked by hash

$(VENV)/.installed: requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "gpufleet needs Python 3.11 or newer, this is %d.%d: install python3.11 and python3.11-venv, then run `make PYTHON=python3.11 install`" % sys.version_info[:2])'
	@echo "making .venv from requirements.lock (about a minute the first time)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable .
	@touch $@

demo: install  ## the main job, end to end, on a throwaway lab host
	@$(BIN)/python -m tests.lab demo

demo-down:  ## remove every trace of the demo
	@if [ -e /var/lib/gpufleet-lab ] || [ -e /var/cache/gpufleet-lab ]; then \
	  [ -e $(VENV)/.installed ] || $(MAKE) --no-print-directory install; $(BIN)/python -m tests.lab down; \
	else echo "nothing to remove: no lab is here"; fi

lint: install  ## style, types, shell, YAML
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/yamllint --strict .
	@find . -name '*.sh' -not -path './.venv/*' -not -path './.lab/*' -print0 | xargs -0 $(BIN)/shellcheck .ci/run

test-unit: install  ## pure code: seconds, no root, no Docker
	@$(BIN)/pytest tests/unit -n 2 -q

test-commands: install  ## the programs as people start them, no host, no root
	@$(BIN)/pytest tests/commands -n 2 -q

test: install  ## the gate: lint, types, unit, command and integration tests
	@$(MAKE) --no-print-directory --jobs 2 --output-sync=recurse lint test-unit
	@$(MAKE) --no-print-directory test-commands
	@$(BIN)/python -m tests.lab up
	@$(BIN)/pytest tests/integration -m "not slow" $(PARALLEL)

test-all: lint test-unit test-commands  ## everything
	@$(BIN)/python -m tests.lab up
	@$(BIN)/pytest tests/integration -m "not slow" $(PARALLEL)
	@$(BIN)/pytest tests/integration -m slow

bench: install  ## what a run costs, beside pyinfra and Ansible, and with up to 500 hosts
	@$(BIN)/python -m tests.lab up
	@$(BIN)/python -m benchmarks side-by-side
	@$(BIN)/python -m benchmarks simulated

docs: install  ## write docs/settings.md anew from the settings models
	@$(BIN)/python -m gpufleet.settings_page roles:SETTINGS > docs/settings.md

lock:  ## pin requirements.in and those of the images anew into their .lock files
	@$(PYTHON) -m venv $(VENV)-lock && $(VENV)-lock/bin/pip install --quiet pip-tools
	@for name in requirements benchmarks/requirements files/cuda_image/requirements-cuda12 files/cuda_image/requirements-cuda13; do \
	  (cd $$(dirname $$name) && $(CURDIR)/$(VENV)-lock/bin/pip-compile --quiet --generate-hashes --allow-unsafe \
	  --strip-extras --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options \
	  --output-file $$(basename $$name).lock $$(basename $$name).in) || exit; done
	@rm -r $(VENV)-lock
