# Everything a person or CI does with the desk; `make` alone lists it.
SHELL := /bin/bash
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
RUN := $(VENV)/bin
PORT ?= 8000
export PORT
# Else each process of a run, and each product that it starts, would make the byte code of desk and tests anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run quick test check on-sqlite in-the-browser on-postgresql soak lint format types migrations bench screenshots mutants vendor lock sbom clean

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

run: installed ## the desk on its sandbox: http://127.0.0.1:8000, PORT to change
	@exec $(RUN)/python manage.py demo

quick: dev lint types ## lint, types and the tests that need neither browser nor minutes
	$(TEST) -m "not browser and not slow"

test: on-sqlite in-the-browser ## every test on SQLite

# Each part runs though another failed: one run of CI tells everything that is wrong. The browser begins, and the others leave it the cores
# whenever it wants them; the two databases go side by side, since each waits for half of its time. What is said beside comes at the end.
# The folder is that of tests/template_database.py: one database is migrated for all parts.
check: dev chromium postgresql ## what CI runs
	@export MONITOR_DESK_TEST_RUN=$$(mktemp -d); failed=; declare -A beside; \
	trap 'rm -rf $$MONITOR_DESK_TEST_RUN' EXIT; \
	trap 'for each in $${beside[@]}; do kill -INT -- -$$each 2>/dev/null; done; wait; exit 130' INT TERM; \
	run() { $(MAKE) --no-print-directory AT_ONCE=$(EACH) $$1; }; \
	begin() { set -m; run $$1 >$$MONITOR_DESK_TEST_RUN/$$1 2>&1 & beside[$$1]=$$!; set +m; }; \
	end() { wait $${beside[$$1]} || failed="$$failed $$1"; cat $$MONITOR_DESK_TEST_RUN/$$1; }; \
	begin in-the-browser; renice -n 10 $$$$ >/dev/null; \
	for part in lint types migrations; do run $$part || failed="$$failed $$part"; done; \
	begin on-postgresql; run on-sqlite || failed="$$failed on-sqlite"; \
	end on-postgresql; end in-the-browser; \
	[ -z "$$failed" ] || { echo "monitor-desk: failed:$$failed"; exit 1; }

on-sqlite: dev
	$(TEST) -m "not browser"

in-the-browser: dev chromium
	$(TEST_BROWSER)

on-postgresql: dev postgresql
	$(RUN)/python -m tests.postgres $(TEST) -m "not browser and not any_database" $(ON_POSTGRESQL)

# Half of a test's time is a wait for other processes: four at once keep two cores busy, and three of EACH database. AT_ONCE to change.
AT_ONCE := 4
EACH := 3
TEST = $(RUN)/pytest -n $(AT_ONCE) --dist loadgroup
# One product and one browser: of two at once one hung. Where the browser itself hangs, the stacks are printed, and the test is run once
# more in a process of its own; a test that fails is not.
TEST_BROWSER := $(RUN)/pytest tests/browser -m browser -n 1 -o faulthandler_timeout=240 --reruns 1 --only-rerun "crashed while running"

# The wire, the sandbox, forms and the browser never see which database it is; docs/testing.md.
ON_POSTGRESQL := tests/config/test_queue.py tests/endurance tests/history tests/services tests/views

# Half of the time the machine has both cores, half of it the real processes. SEED repeats a round that found something.
soak: MINUTES := 30
soak: HALF = --minutes $(shell awk 'BEGIN { print $(MINUTES) / 2 }') $(if $(SEED),--seed $(SEED))
soak: MACHINE = $(RUN)/python -m tests.machine.soak $(HALF)
soak: dev postgresql ## for MINUTES=30: the state machine on both databases, then real processes on PostgreSQL
	@$(MACHINE) & sqlite=$$!; $(RUN)/python -m tests.postgres $(MACHINE); found=$$?; \
	  wait $$sqlite || found=1; $(RUN)/python -m tests.soak $(HALF) && exit $$found

lint: dev
	$(RUN)/ruff check .
	$(RUN)/ruff format --check .
	$(RUN)/djlint templates --lint --quiet
	$(RUN)/lint-imports --no-logo --no-cache
	$(DJANGOFMT) --check
	@LC_ALL=C.UTF-8 grep -rnE '^.{141,}' templates; test $$? -eq 1 || \
	  { echo "monitor-desk: these lines of templates are longer than 140 columns; break them by hand."; exit 1; }

format: dev ## put code and templates in the house's form
	$(RUN)/ruff check --fix .
	$(RUN)/ruff format .
	$(DJANGOFMT)
DJANGOFMT := $(RUN)/djangofmt --line-length 140 --indent-width 2 --custom-blocks once,anew templates

types: dev
	DJANGO_SETTINGS_MODULE=tests.settings $(RUN)/mypy .

migrations: dev
	DJANGO_SETTINGS_MODULE=tests.settings $(RUN)/python manage.py makemigrations --check --dry-run

bench: dev ## benchmarks on both databases: ratios within one run; SIZE=10000 records
	@for each in $$(basename -s .py $$(grep -l __main__ benchmarks/*.py)); do echo "== $$each"; $(RUN)/python -m benchmarks.$$each || exit 1; done

screenshots: dev chromium ## walk the demo in a browser and write docs/tour.md with its pictures
	$(RUN)/python -m tests.tour

# mutmut goes on where it was stopped; its copy of the tree is mutants/, which git does not see.
mutants: dev ## mutation tests; ONLY=monitors.services.lists for a part, JOBS, MINUTES
	@rm -rf mutants/tests # else tests that were renamed stay there
	-ONLY="$(ONLY)" nice timeout $(MINUTES)m $(RUN)/mutmut run --max-children $(JOBS) $(if $(ONLY),"$(ONLY)*")
	$(RUN)/python -m tests.mutants
JOBS := 2
MINUTES := 180

vendor: dev ## fetch the browser's files from npm again
	DJANGO_SETTINGS_MODULE=tests.settings $(RUN)/python manage.py vendor

lock: dev ## pin the requirements again, with hashes
	$(RUN)/uv pip compile pyproject.toml -q -o requirements.txt $(LOCK)
	$(RUN)/uv pip compile pyproject.toml -q --extra postgres -c requirements.txt -o requirements-postgres.txt $(LOCK)
	$(RUN)/uv pip compile pyproject.toml -q --extra postgres --group dev -c requirements.txt -o requirements-dev.txt $(LOCK)
LOCK := --python-version 3.11 --universal --generate-hashes --no-emit-index-url --no-header

sbom: dev ## what the product is made of, as CycloneDX: monitor-desk.cdx.json
	@$(RUN)/python .ci/sbom.py requirements-postgres.txt monitor-desk.cdx.json

clean: ## forget the demo's data and the virtual environment
	rm -rf var staticfiles staticfiles-manifest mutants $(VENV)

.PHONY: python chromium postgresql
python:
	@test -n "$(PYTHON)" || { echo "monitor-desk: Python 3.11 is needed, and no python3 was found."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "monitor-desk: Python 3.11 or newer is needed; $(PYTHON) is $$($(PYTHON) -V 2>&1). Say PYTHON=… make run"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
	  { echo "monitor-desk: Python's venv module is missing. On Debian: apt-get install python3-venv"; exit 1; }

.PHONY: installed dev
installed: python
	@$(PYTHON) .ci/venv.py requirements.txt

dev: python
	@$(PYTHON) .ci/venv.py requirements-dev.txt

chromium:
	@test -x /usr/bin/chromium || \
	  { echo "monitor-desk: the browser tests need Chromium. On Debian: apt-get install chromium"; exit 1; }

postgresql:
	@compgen -G "/usr/lib/postgresql/*/bin/initdb" >/dev/null || command -v initdb >/dev/null || \
	  { echo "monitor-desk: make check needs PostgreSQL. On Debian: apt-get install postgresql"; exit 1; }
