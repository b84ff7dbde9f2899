# make setup   .venv with everything pinned, and the starter models      make trial   the example project's trial
# make test    the tests                                                  make check   format, lint, types, imports, docs

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.made

.PHONY: setup trial test check format clean

setup: $(STAMP)

$(STAMP): constraints.txt pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing into $(VENV) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile -c constraints.txt torch
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile -c constraints.txt -e '.[local,fast,serve,dev]'
	@$(BIN)/tunebook models get starter
	@touch $(STAMP)

trial: setup
	@$(BIN)/tunebook trial --project examples/larkmoor --state trial

test: setup
	@$(BIN)/python -m pytest

check: setup
	@$(BIN)/ruff format --check src tests benchmarks examples docs
	@$(BIN)/ruff check src tests benchmarks examples docs
	@$(BIN)/mypy
	@$(BIN)/python -m pytest tests/test_imports.py tests/test_docs.py

format: setup
	@$(BIN)/ruff format src tests benchmarks examples docs
	@$(BIN)/ruff check --fix src tests benchmarks examples docs

clean:
	rm -rf $(VENV) trial
