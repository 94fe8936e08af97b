# Everything a developer or CI runs. `make` lists the targets.

PYTHON ?= python3
export KAFKA_VERSION ?= 4.3.1
UV_VERSION := 0.13.9
PIP_AUDIT_VERSION := 2.10.1
CYCLONEDX_VERSION := 7.5.0

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:

BIN := .venv/bin

.PHONY: help
help: ## list these targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

.PHONY: install
install: .venv/.installed ## the virtual environment .venv with everything pinned, and .venv/bin/siaga

.venv/pyvenv.cfg:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "siaga needs Python 3.11 or newer: got '$(PYTHON)' = $$($(PYTHON) -V 2>&1);" \
	    "name another one: make install PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "'$(PYTHON)' has no venv module: install it (Debian, Ubuntu: apt-get install python3-venv)" >&2; exit 1; }
	@$(PYTHON) -m venv --clear .venv

.venv/.locked: requirements.lock | .venv/pyvenv.cfg
	@echo "installing requirements.lock into .venv"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

.venv/.installed: .venv/.locked pyproject.toml
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.PHONY: check
check: install ## format, lint, types, architecture, examples, unit and property tests: before every commit
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy
	@if grep -q '^\[tool\.importlinter' pyproject.toml; then echo $(BIN)/lint-imports; $(BIN)/lint-imports; fi
	$(BIN)/pytest --quiet -n auto --doctest-modules detector agents $(wildcard tests/unit tests/property tests/contract)

.PHONY: format
format: install ## write what `make check` wants to see, as far as a program can
	$(BIN)/ruff format --quiet .
	$(BIN)/ruff check --quiet --fix .

.PHONY: demo
demo: install ## a crisis is caught on this machine, with everything embedded; takes a minute
	@mkdir -p build && $(BIN)/siaga demo --html build/demo.html

.PHONY: test
test: install ## every test; those on a real Kafka need Java 17 and Maven
	$(BIN)/pytest tests --ignore=tests/chaos -n 3 --dist loadfile  # mostly waiting; three take no more than two cores

.PHONY: test-chaos
test-chaos: install ## workers and brokers are killed, frozen and cut off, three seeds each: about two hours
	$(BIN)/pytest tests/chaos -m "not alone" -n 3 --dist worksteal  # mostly waiting
	$(BIN)/pytest tests/chaos -m alone

.PHONY: test-chaos-short
test-chaos-short: install ## the part of it that CI runs: some minutes
	$(BIN)/pytest tests/chaos -m short -n 3 --dist worksteal

.PHONY: fuzz
fuzz: install ## broken input for every decoder, five minutes each; for a minute each: make fuzz SECONDS=60
	$(BIN)/python -m tests.fuzz --seconds $(or $(SECONDS),300)

.PHONY: bench
bench: install ## measure the service end to end on a real Kafka
	$(BIN)/python -m bench.end_to_end

.PHONY: bench-smoke
bench-smoke: install ## has any stage become slower against vaderSentiment? Ratios only, some seconds; CI runs it
	$(BIN)/python -m bench.smoke

.PHONY: bench-scale
bench-scale: install ## the cost of a post with more workers, brands and partitions: 10 min
	$(BIN)/python -m bench.scale

.PHONY: bench-memory
bench-memory: install ## what a brand takes in memory after 14 days: some minutes
	$(BIN)/python -m bench.memory

.PHONY: bench-detection
bench-detection: install ## how early and how quiet the detector is, on public series and null streams
	$(BIN)/python -m bench.detection

.PHONY: bench-latency
bench-latency: install ## from the deciding post in Kafka to topic and webhook, idle and at 10,000 posts/s
	$(BIN)/python -m bench.latency

.PHONY: bench-peers
bench-peers: build/peers/.installed ## siaga beside quixstreams, bytewax and plain Faust, on the same broker and records: 10 min
	build/peers/bin/python -m bench.peers

# The peers are needed here only; siaga's own lock beside them, so that Faust and vaderSentiment are the same.
build/peers/.installed: requirements.lock pyproject.toml
	@$(PYTHON) -m venv --clear build/peers
	@build/peers/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@build/peers/bin/python -m pip install --quiet --disable-pip-version-check --no-build-isolation -e '.[peers]'
	@touch $@

.PHONY: bench-sentiment
bench-sentiment: install ## speed and accuracy of the scorers
	$(BIN)/python -m bench.sentiment

.PHONY: train
train: build/train/.installed ## make the sentiment tables anew from ../shared/data, and those to measure with
	build/train/bin/python -m training.complaints
	build/train/bin/python -m training.tables

# scikit-learn is needed here only, hence an environment of its own.
build/train/.installed: requirements.lock pyproject.toml
	@$(PYTHON) -m venv --clear build/train
	@build/train/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@build/train/bin/python -m pip install --quiet --disable-pip-version-check --no-build-isolation -e '.[train]'
	@touch $@

.PHONY: bench-backlog
bench-backlog: install ## memory and rebalances of a worker on which five million posts wait
	$(BIN)/python -m bench.backlog

.PHONY: bench-restore
bench-restore: install ## from start to ready with the state of 10,000 brands and 14 days
	$(BIN)/python -m bench.restore

.PHONY: soak
soak: install ## ten minutes at 3,000 posts/s: what grows? An hour: make soak MINUTES=60
	$(BIN)/python -m bench.soak --minutes $(or $(MINUTES),10)

.PHONY: dashboards
dashboards: install ## write config/grafana/dashboards from bench/dashboards
	$(BIN)/python -m bench.dashboards

.PHONY: dashboards-picture
dashboards-picture: install ## draw docs/dashboard-*.svg from the data of a run on a real Kafka and Prometheus: six minutes
	$(BIN)/python -m bench.dashboards.run

.PHONY: kafka
kafka: install ## a real Kafka on this machine until Ctrl-C, to try things on
	@$(BIN)/python -m tests.kafka

.PHONY: lock
lock: build/lock/bin/uv ## remake requirements.lock from pyproject.toml (newest versions inside its bounds)
	@$< pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --upgrade \
	  --extra demo --extra chat --extra dev pyproject.toml -o requirements.lock

build/lock/bin/uv:
	@$(PYTHON) -m venv --clear build/lock
	@build/lock/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

.PHONY: audit
audit: build/audit/.installed ## known faults in what requirements.lock names
	@build/audit/bin/python .ci/audit.py

.PHONY: sbom
sbom: build/audit/.installed install ## a list of all components of .venv for other programs: build/sbom.json (CycloneDX)
	@build/audit/bin/cyclonedx-py environment --pyproject pyproject.toml --of JSON -o build/sbom.json $(BIN)/python
	@echo "build/sbom.json"

build/audit/.installed: Makefile
	@$(PYTHON) -m venv --clear build/audit
	@build/audit/bin/python -m pip install --quiet --disable-pip-version-check \
	  pip-audit==$(PIP_AUDIT_VERSION) cyclonedx-bom==$(CYCLONEDX_VERSION)
	@touch $@

.PHONY: clean
clean: ## remove everything that make made
	rm -rf .venv build dist *.egg-info .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
