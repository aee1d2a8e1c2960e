# Everything a person or CI does with the desk; `make` alone lists it.
SHELL := /bin/bash
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
RUN := $(VENV)/bin
PORT ?= 8000
export PORT

.PHONY: help run test check lint format types migrations bench mutants vendor lock clean

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

run: $(VENV)/.run ## the desk on its sandbox: http://127.0.0.1:8000, PORT to change
	@exec $(RUN)/python manage.py demo

test: $(VENV)/.dev chromium ## every test on SQLite
	$(TEST)
	$(TEST_BROWSER)

check: $(VENV)/.dev chromium lint types migrations ## what CI runs
	$(TEST)
	$(TEST_BROWSER)
	$(RUN)/python -m tests.postgres $(RUN)/pytest -n auto --dist loadgroup $(ON_POSTGRESQL)

TEST := $(RUN)/pytest -n auto --dist loadgroup -m "not browser"
# One product and one browser take two cores: nothing runs beside them.
TEST_BROWSER := $(RUN)/pytest -m browser

# The wire, the sandbox and the browser never see which database it is.
ON_POSTGRESQL := tests/config tests/endurance tests/forms tests/history tests/services tests/views

lint: $(VENV)/.dev
	$(RUN)/ruff check .
	$(RUN)/ruff format --check .
	$(RUN)/djlint templates --lint --quiet

format: $(VENV)/.dev ## put code in the house's form
	$(RUN)/ruff check --fix .
	$(RUN)/ruff format .

types: $(VENV)/.dev
	DJANGO_SETTINGS_MODULE=tests.settings $(RUN)/mypy .

migrations: $(VENV)/.dev
	DJANGO_SETTINGS_MODULE=tests.settings $(RUN)/python manage.py makemigrations --check --dry-run

bench: $(VENV)/.dev ## benchmarks: ratios within one run
	@for each in $$(basename -s .py $$(grep -l __main__ benchmarks/*.py)); do echo "== $$each"; $(RUN)/python -m benchmarks.$$each || exit 1; done

# mutmut goes on where it was stopped; its copy of the tree is mutants/, which git does not see.
mutants: $(VENV)/.dev ## mutation tests; ONLY=monitors.services.lists for a part, JOBS, MINUTES
	@rm -rf mutants/tests # else tests that were renamed stay there
	-ONLY="$(ONLY)" nice timeout $(MINUTES)m $(RUN)/mutmut run --max-children $(JOBS) $(if $(ONLY),"$(ONLY)*")
	$(RUN)/python -m tests.mutants
JOBS := 2
MINUTES := 180

vendor: $(VENV)/.dev ## fetch the browser's files from npm again
	DJANGO_SETTINGS_MODULE=tests.settings $(RUN)/python manage.py vendor

lock: $(VENV)/.dev ## pin the requirements again, with hashes
	$(RUN)/uv pip compile pyproject.toml -q -o requirements.txt $(LOCK)
	$(RUN)/uv pip compile pyproject.toml -q --extra postgres -c requirements.txt -o requirements-postgres.txt $(LOCK)
	$(RUN)/uv pip compile pyproject.toml -q --extra postgres --group dev -c requirements.txt -o requirements-dev.txt $(LOCK)
LOCK := --python-version 3.11 --universal --generate-hashes --no-emit-index-url --no-header

clean: ## forget the demo's data and the virtual environment
	rm -rf var staticfiles mutants $(VENV)

.PHONY: python chromium
python:
	@test -n "$(PYTHON)" || { echo "monitor-desk: Python 3.11 is needed, and no python3 was found."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "monitor-desk: Python 3.11 or newer is needed; $(PYTHON) is $$($(PYTHON) -V 2>&1). Say PYTHON=… make run"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
	  { echo "monitor-desk: Python's venv module is missing. On Debian: apt-get install python3-venv"; exit 1; }

$(VENV)/bin/python: | python
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.txt | $(VENV)/bin/python
	@echo "Installing the locked requirements …"
	@$(RUN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt | $(VENV)/bin/python
	@echo "Installing the locked requirements for development …"
	@$(RUN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

chromium:
	@test -x /usr/bin/chromium || { test $$(id -u) = 0 && \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; } || \
	  { echo "monitor-desk: the browser tests need Debian's Chromium: sudo apt-get install chromium"; exit 1; }
