# Warehouse: `make up` runs it, `make test` proves it. `make help` lists the rest.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help
help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-18s %s\n", $$1, $$2}'

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Warehouse needs Python 3.11 or later; set PYTHON=/path/to/python3" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: requirements/runtime.txt pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/runtime.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.runtime
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

.PHONY: install
install: $(VENV)/.runtime ## the virtual environment with pinned dependencies

.PHONY: up
up: $(VENV)/.runtime ## the whole platform on this machine, with a demo workspace
	@$(BIN)/warehouse up $(ARGS)

# Whatever the caller's environment says, files are compiled once and read by every process.
test test-reliability: export PYTHONDONTWRITEBYTECODE :=

.PHONY: test
test: $(VENV)/.dev ## unit, integration, contract and end-to-end tests on real PostgreSQL and Kafka
	$(BIN)/python -m pytest -n 3 $(ARGS)

.PHONY: test-reliability
test-reliability: $(VENV)/.dev ## what takes its time: the whole fault matrix, and every long test
	$(BIN)/python -m pytest -m "long or faults" $(ARGS)

.PHONY: test-compose
test-compose: $(VENV)/.dev ## docker-compose.yml for real: build, start, journey, scale, restart Kafka
	@docker info >/dev/null 2>&1 || { echo "make test-compose needs a Docker engine; none answers" >&2; exit 1; }
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m pytest tests/compose $(ARGS)

.PHONY: test-containers
test-containers: $(VENV)/.dev ## the suite against the images that docker-compose.yml names
	WAREHOUSE_TEST_SERVERS=containers $(BIN)/python -m pytest -n 2 tests/integration \
	  tests/e2e/test_journey.py $(ARGS)

.PHONY: audit
audit: ## known holes in what is pinned; asks the package index for its advisories
	$(PYTHON) -m venv $(VENV)-audit
	$(VENV)-audit/bin/pip install --quiet pip-audit
	$(VENV)-audit/bin/pip-audit --strict --disable-pip --require-hashes \
	  -r requirements/runtime.txt -r requirements/image.txt

.PHONY: bench
bench: bench-events bench-gateway bench-api bench-inventory ## every budget, measured; needs nginx and wrk

.PHONY: bench-events
bench-events: $(VENV)/.dev ## the backbone's budgets: relay, latency, loans, replay, idle, growth
	@PYTHONPATH=tests $(BIN)/python -m load.events $(ARGS)

.PHONY: bench-api
bench-api: $(VENV)/.dev ## the API's budgets: get, list, create, login, search, growth
	@PYTHONPATH=tests $(BIN)/python -m load.api $(ARGS)

.PHONY: bench-inventory
bench-inventory: $(VENV)/.dev ## catalog and inventory: create, list, search, move, batch, import, growth
	@PYTHONPATH=tests $(BIN)/python -m load.inventory $(ARGS)

.PHONY: bench-gateway
bench-gateway: $(VENV)/.dev ## the gateway's share of nginx
	@PYTHONPATH=tests $(BIN)/python -m load.gateway.measure $(ARGS)

.PHONY: secrets
secrets: $(VENV)/.runtime ## fresh secrets for docker compose, into .env (never over an existing one)
	@test ! -e .env || { echo ".env is there already; remove it first for new secrets" >&2; exit 1; }
	@(umask 077 && $(BIN)/warehouse secrets > .env) && echo "wrote .env"

.PHONY: demo-library
demo-library: $(VENV)/.runtime ## lend a real library's books, over 11,000 records, and check every number
	@$(BIN)/warehouse demo-library $(ARGS)

.PHONY: lint
lint: $(VENV)/.dev ## style, types, import laws, contracts up to date
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/warehouse contracts check

.PHONY: format
format: $(VENV)/.dev ## what the formatter can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: requirements
requirements: $(VENV)/.dev ## pin again what pyproject.toml asks for
	sh requirements/compile.sh

.PHONY: clean
clean: ## the virtual environment goes; your data in .warehouse stays
	rm -rf $(VENV)
