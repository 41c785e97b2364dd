# Aforo: two commands to know are `make demo` and `make test`; `make help` lists the rest.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Twice as many as CI has cores: what waits for servers, browsers and deadlines leaves them to others.
PYTEST_WORKERS ?= 3
PIN := $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header
LOCK := $(PIN) pyproject.toml --group build
NODE_LOCK := $(PIN) --group node

# A run with COVERED=yes is measured: every process leaves here which branches it took. COVERED=all fails when one was missed that nobody named.
export COVERED
REACHED := $(CURDIR)/build/coverage
MEASURE := COVERAGE_PROCESS_START=$(CURDIR)/pyproject.toml COVERAGE_FILE=$(REACHED)/reached
MEASURED := $(if $(COVERED),$(MEASURE))

# A .venv that is a link is looked after elsewhere: nothing is installed into it.
LINKED := $(shell test -L $(VENV) && echo yes)
RUNTIME := $(if $(LINKED),,$(VENV)/.installed)
DEV := $(if $(LINKED),,$(VENV)/.installed-dev)

.DEFAULT_GOAL := help
.PHONY: help demo test long check audit bench faults soak growth strangers fmt lock web screenshots clean

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(RUNTIME) ## Start everything here with demo data; Ctrl-C stops it
	$(BIN)/python deploy/build_pages.py --optional
	$(BIN)/python -m server up --demo

# Compiled modules are kept, whatever the environment wishes: every worker, and every program that tests start, would compile all of them anew.
test check: export PYTHONDONTWRITEBYTECODE :=

test: $(DEV) ## Run the whole test suite on its own embedded stores
	$(BIN)/python deploy/build_pages.py --optional
	$(BIN)/python -m tests.browser.chromium
	rm -rf $(REACHED) && mkdir -p $(REACHED)
	$(MEASURED) $(BIN)/python -m pytest -q -n $(PYTEST_WORKERS) --dist loadfile --no-loadscope-reorder --durations 20 -m "not long" $(PYTEST_ARGS)

long: $(DEV) ## Run the tests that `make test` leaves out, since each takes a minute by itself
	$(BIN)/python -m pytest -q -n $(PYTEST_WORKERS) --dist loadfile -m long $(PYTEST_ARGS)

check: $(DEV) ## Format, lint, types, import rules, Lua, schema, compose file, docs links, pages; audits them where Chromium is
	$(BIN)/python -m tests.checks

audit: $(DEV) web ## Lighthouse and html-validate on every page, with nothing else at work: performance decides too
	$(BIN)/python -m tests.checks.audit

bench: $(DEV) ## Measure, print each figure beside its baseline, and write build/bench.html
	$(if $(LINKED),,$(BIN)/python -m pip install -q --require-hashes -r deploy/bench.lock || echo "Measured without some of the servers to compare with.")
	$(BIN)/python deploy/build_pages.py --optional
	$(BIN)/python -m server bench --report build/bench.html $(BENCH_ARGS)

faults: $(DEV) ## Hurt an installation while people shop in it; prints its seed and how long recovery takes
	$(BIN)/python -m loadtest.faults $(FAULTS_ARGS)

soak: $(DEV) ## Business as usual for twenty minutes; fails when memory, keys or tables grow that should not
	$(BIN)/python -m loadtest.soak $(SOAK_ARGS)

growth: $(DEV) ## Kill primaries of a Valkey cluster under load; drain and kill server groups behind HAProxy
	$(BIN)/python -m loadtest.growth cluster $(GROWTH_ARGS)
	$(BIN)/python -m loadtest.growth groups $(GROWTH_ARGS)

strangers: $(DEV) ## By the documented wire alone, against a real installation, in many rounds; prints its seed
	$(BIN)/python -m tests.strangers $(STRANGERS_ARGS)

fmt: $(DEV) ## Format the code, mend what the linter can, and write the wire types of the pages anew
	$(BIN)/ruff check -q --fix-only .
	$(BIN)/ruff format -q .
	$(BIN)/python -m tests.checks.wire_types

lock: $(DEV) ## Pin the newest allowed versions, with hashes
	$(LOCK) --upgrade -o requirements.lock
	$(LOCK) --upgrade --group dev --extra load -c requirements.lock -o requirements-dev.lock
	$(LOCK) --upgrade --extra bench -c requirements-dev.lock -o deploy/bench.lock
	$(NODE_LOCK) --upgrade -o deploy/node.lock

web: $(RUNTIME) ## Build the pages into web/dist; brings its own Node where there is none
	$(BIN)/python deploy/build_pages.py

screenshots: $(DEV) web ## Take the README's pictures anew (needs Chromium)
	$(BIN)/python -m tests.browser.screenshots

clean: ## Remove what was installed and built; data in .aforo stays
	rm -rf build dist web/dist web/node_modules .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
	test -L $(VENV) || rm -rf $(VENV) .venv-*

$(VENV)/.installed: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("Aforo needs Python 3.11 or newer" if sys.version_info < (3, 11) else 0)'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --require-hashes -r requirements.lock
	$(BIN)/python -m pip install -q --no-deps --no-build-isolation -e .
	touch $@

$(VENV)/.installed-dev: requirements-dev.lock $(VENV)/.installed
	$(BIN)/python -m pip install -q --require-hashes -r requirements-dev.lock
	touch $@
