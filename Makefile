# Two commands matter: `make demo` and `make test`. Each builds what it needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CORE := $(VENV)/.core-installed
DEV := $(VENV)/.dev-installed

.PHONY: demo test lint bench bench-robustness clean
.DEFAULT_GOAL := demo

$(CORE): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "hashguard needs Python 3.11 or newer; name one with: make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --editable .
	@touch $@

$(DEV): $(CORE) tests/web/axe.txt
	$(BIN)/pip install --quiet --editable '.[dev]'
	$(BIN)/pip install --quiet --no-deps --requirement tests/web/axe.txt
	@touch $@

demo: $(CORE)
	$(BIN)/python examples/demo.py

test: lint
	$(BIN)/pytest -n 2

lint: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(DEV)
	$(BIN)/python benchmarks/run.py

# CORPUS: a folder with photos/ and distractors/.
bench-robustness: $(DEV)
	@test -n "$(CORPUS)" || { echo "name your pictures with: make bench-robustness CORPUS=FOLDER"; exit 1; }
	$(BIN)/python -m benchmarks.robustness "$(CORPUS)"

clean:
	rm -rf $(VENV) .venv-peer
