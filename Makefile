# People, CI and pre-commit call these same targets.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DATA := $(or $(BENCHMARKING_DATA),data)
INBOX := $(DATA)/inbox
APPROVE_AS ?= make-run
NAME ?= cube
PYTEST := $(BIN)/python -m pytest
export PYTHONPATH := $(CURDIR)/plugins

.PHONY: help run test test-slow test-all check format up bench rehearse docs examples clean

help: ## list these targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(VENV)/run.stamp: requirements/run.lock
	@echo "Setting up $(VENV) from $< (a few minutes the first time)"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement $<
	@touch $@

$(VENV)/dev.stamp: requirements/dev.lock
	@echo "Setting up $(VENV) from $< (a few minutes the first time)"
	$(PYTHON) -m venv $(VENV)
	@# --no-deps: the lock is complete, and holds one version that was overridden on purpose (see pyproject.toml).
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --requirement $<
	@touch $@ $(VENV)/run.stamp

examples: $(VENV)/run.stamp ## put made-up submissions and the real filings into the inbox
	@test -d $(INBOX)/recruitment_marketing || $(BIN)/python examples/recruitment_marketing/generate.py --out $(INBOX)/recruitment_marketing
	@$(BIN)/python examples/gender_pay_gap/deliver.py --out $(INBOX)/gender_pay_gap

run: $(VENV)/run.stamp examples ## set up, run the Dags on real Airflow for both programmes, say where the benchmarks are
	@$(BIN)/python scripts/local_airflow.py run --approve-as "$(APPROVE_AS)"

up: $(VENV)/run.stamp examples ## Airflow with its UI on localhost:8080
	@$(BIN)/python scripts/local_airflow.py up

rehearse: $(VENV)/run.stamp examples ## the same run without Airflow
	@for programme in . examples/gender_pay_gap; do \
		$(BIN)/python -m benchmarking run --programme $$programme --approved-by rehearsal > /dev/null || exit 1; done
	@ls -d $(DATA)/releases/*/latest/index.html

test: $(VENV)/dev.stamp ## the tests of every day (minutes)
	@$(PYTEST) -n 2 --dist loadfile -m "not slow and not web"

test-slow: $(VENV)/dev.stamp ## simulations, attacks, fuzzing, real servers, a real browser
	@$(PYTEST) -n 2 --dist loadfile -m "slow or web"

test-all: $(VENV)/dev.stamp ## everything
	@$(PYTEST)

check: $(VENV)/dev.stamp ## format, lint, SQL lint, types, generated files fresh, house rules
	@$(BIN)/ruff format --check --quiet . && $(BIN)/ruff check --quiet .
	@$(BIN)/sqlfluff lint --nocolor --disable-progress-bar sql examples/gender_pay_gap/sql
	@$(BIN)/mypy
	@$(BIN)/python -m benchmarking.reference --check
	@$(BIN)/python -m benchmarking suites --check > /dev/null
	@$(BIN)/python -m benchmarking suites --check --programme examples/gender_pay_gap > /dev/null
	@$(PYTEST) -q tests/house

format: $(VENV)/dev.stamp ## put the code in order
	@$(BIN)/ruff format --quiet . && $(BIN)/ruff check --quiet --fix .

bench: $(VENV)/dev.stamp ## one benchmark: make bench NAME=cube
	@$(BIN)/python perf/$(NAME).py $(ARGS)

docs: $(VENV)/dev.stamp ## write the generated reference anew
	@$(BIN)/python -m benchmarking.reference

clean: ## remove made data and Airflow's home (not the environment)
	rm -rf data .airflow .artifacts
