# make setup   .venv with everything pinned, and the starter models      make trial   the example project's trial
# make test    the tests                                                  make check   format, lint, types, imports, docs
# make clients the tests of the service with the clients that are not installed beside tunebook: LangChain, LlamaIndex, openai in JavaScript

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.made
CLIENTS := langchain-openai==1.7.3 llama-index-llms-openai-like==0.8.1 llama-index-embeddings-openai-like==0.4.0

unexport PYTHONDONTWRITEBYTECODE  # what is imported is compiled once, and not by every process that a test starts

.PHONY: setup trial test clients check format clean

setup: $(STAMP)
	@:

$(STAMP): constraints.txt pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing into $(VENV) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile -c constraints.txt torch
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile -c constraints.txt -e '.[local,fast,serve,dev]'
	@$(BIN)/tunebook models get starter
	@touch $(STAMP)

trial: setup
	@$(BIN)/tunebook trial --project examples/larkmoor --state trial

# two processes of one thread each: trainings side by side on the same threads take far longer than one after the other
test: setup
	@OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder

clients: setup
	@test -x $(VENV)/clients/bin/python || $(PYTHON) -m venv $(VENV)/clients
	@$(VENV)/clients/bin/python -m pip install --quiet --disable-pip-version-check $(CLIENTS)
	@npm install --silent --no-save --prefix $(VENV)/clients openai@6.49.0
	@TUNEBOOK_CLIENTS_PYTHON=$(abspath $(VENV))/clients/bin/python NODE_PATH=$(abspath $(VENV))/clients/node_modules \
		$(BIN)/python -m pytest tests/serve/test_clients.py

check: setup
	@$(BIN)/ruff format --check src tests benchmarks examples docs
	@$(BIN)/ruff check src tests benchmarks examples docs
	@$(BIN)/mypy
	@cd benchmarks && ../$(BIN)/mypy --config-file mypy.ini .
	@$(BIN)/python -m pytest tests/test_imports.py tests/test_docs.py

format: setup
	@$(BIN)/ruff format src tests benchmarks examples docs
	@$(BIN)/ruff check --fix src tests benchmarks examples docs

clean:
	rm -rf $(VENV) trial
