# The two commands: make run, make test. Everything they need is set up on the way.
SHELL := /bin/bash
PY := .venv/bin/python
PYTHON3 ?= $(shell command -v python3.11 || command -v python3)
FRONTEND := dashboard/frontend
UV := 0.13.9
# A stamp lies inside what it vouches for, so that removing the one removes the other.
PYDONE := .venv/.done
NODEDONE := $(FRONTEND)/node_modules/.done
BUILT := dashboard/static/app/.vite/manifest.json

.DEFAULT_GOAL := help
.PHONY: help run demo test check road bench model api lock clean setup dev-setup

help: ## what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

run: setup ## set everything up and run the whole centre on http://127.0.0.1:8000 (PORT changes it)
	@exec $(PY) run.py

demo: setup ## place a dozen calls through the practice line of the running centre
	@$(PY) -m callcenter.practice demo

test: setup dev-setup ## set everything up and pass every test
	@$(PY) -m tests.browser_ready
	cd $(FRONTEND) && npm run --silent check && npm run --silent test
	$(PY) -m pytest -q

check: setup dev-setup ## lint, types, layers, fast tests
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	$(PY) -m pytest -q tests/unit tests/contracts
	cd $(FRONTEND) && npm run --silent check && npm run --silent test

road: setup dev-setup ## the whole road and a case's whole life in browsers, ten times in a row
	@$(PY) -m tests.browser_ready
	@for n in 1 2 3 4 5 6 7 8 9 10; do echo "road $$n of 10"; \
	  $(PY) -m pytest -q --no-header tests/e2e/test_the_whole_road.py \
	    tests/e2e/test_the_life_of_a_case.py || exit 1; done

bench: setup dev-setup ## print the measured figures as ratios, in one run
	@$(PY) -m bench

model: setup ## fetch the official small Chinese speech model, where the network allows
	@$(PY) -m nlp.speech_training.fetch

api: setup ## write the OpenAPI document and the typed client anew
	@$(PY) -c "from dashboard.document import text; open('$(FRONTEND)/openapi.json', 'w').write(text())"
	cd $(FRONTEND) && npm run --silent api

lock: $(PYDONE)-uv ## make the locks anew from the lists of direct dependencies
	.venv/bin/uv pip compile -q --no-header --no-emit-index-url requirements.in -o requirements.txt
	.venv/bin/uv pip compile -q --no-header --no-emit-index-url requirements-dev.in -o requirements-dev.txt

clean: ## undo: the environment, what was built, what was stored (asks nothing)
	@if [ -e var/run.lock ] && ! flock -n var/run.lock true; then echo "The centre is running; end it first."; exit 1; fi
	rm -rf .venv var $(FRONTEND)/node_modules dashboard/static/app .mypy_cache .ruff_cache .pytest_cache \
	  .import_linter_cache .hypothesis test-results
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The environment: by venv; where that is not installed, by uv from pip; else a plain sentence.
.PHONY: environment
environment:
	@$(PYTHON3) -m venv .venv 2>/dev/null || { rm -rf .venv; \
	  { $(PYTHON3) -m pip install --quiet --user uv==$(UV) 2>/dev/null || \
	    $(PYTHON3) -m pip install --quiet --user --break-system-packages uv==$(UV); } && \
	  $(PYTHON3) -m uv venv --quiet --seed --python $(PYTHON3) .venv; } || { rm -rf .venv; \
	  echo "Python's venv module is missing, and so is pip (Debian: apt-get install python3-venv)."; exit 1; }

setup: $(PYDONE)-run $(BUILT)
dev-setup: $(PYDONE)-dev

$(PYDONE)-uv:
	@$(PYTHON3) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || \
	  { echo "Python 3.11 is needed (PYTHON3=/path/to/python3.11 make run)."; exit 1; }
	@.venv/bin/python -m pip --version >/dev/null 2>&1 || { rm -rf .venv && $(MAKE) --no-print-directory environment; }
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV)
	@touch $@

$(PYDONE)-run: requirements.txt $(PYDONE)-uv
	@echo "setting up: Python packages"
	@.venv/bin/uv pip install --quiet --python $(PY) -r requirements.txt
	@touch $@

$(PYDONE)-dev: requirements-dev.txt $(PYDONE)-run
	@.venv/bin/uv pip install --quiet --python $(PY) -r requirements-dev.txt
	@touch $@

$(NODEDONE): $(FRONTEND)/package-lock.json
	@command -v npm >/dev/null || { echo "node and npm are needed to build the pages."; exit 1; }
	@echo "setting up: front-end packages"
	@cd $(FRONTEND) && npm ci --silent --no-audit --no-fund
	@touch $@

$(BUILT): $(NODEDONE) $(shell find $(FRONTEND)/src $(FRONTEND)/*.ts $(FRONTEND)/*.json dashboard/static/css -type f 2>/dev/null)
	@echo "setting up: pages"
	@cd $(FRONTEND) && npm run --silent build && touch ../../$(BUILT)
