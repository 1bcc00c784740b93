# make run    set up and serve the desk        make run ARGS="--panel http://localhost:3000/crm"
# make test   set up and run the whole suite   make test ARGS="tests/postmessage -k register"
# make check  lint, types, contracts

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=

.PHONY: run test check bench clean

run: $(VENV)/.run
	$(BIN)/deskbridge serve $(ARGS)

test: $(VENV)/.browser
	$(BIN)/python -m pytest $(or $(ARGS),--numprocesses 3 --dist loadfile)

check: $(VENV)/.check
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	@if command -v npx >/dev/null; then \
		echo "tsc -p static/jsconfig.json" && npx --yes --package typescript@5.9 tsc -p static/jsconfig.json; \
	else \
		echo "################ NOT CHECKED: the types of static/, for there is no node here ################"; \
	fi

bench: $(VENV)/.browser
	$(BIN)/python -m benchmarks $(ARGS)


clean:
	rm -rf $(VENV)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "deskbridge needs Python 3.11 or newer. Say which with: make PYTHON=python3.12 ..."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; \
		then apt-get update && apt-get install --yes python3-venv && $(PYTHON) -m venv $(VENV); \
		else echo "Python's venv is not whole here. On Debian and Ubuntu: apt-get install python3-venv"; exit 1; fi; }

$(VENV)/.run: $(BIN)/python pyproject.toml
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/.test: $(BIN)/python pyproject.toml
	$(BIN)/python -m pip install --quiet --editable ".[test]"
	@touch $@ $(VENV)/.run

$(VENV)/.check: $(BIN)/python pyproject.toml
	$(BIN)/python -m pip install --quiet --editable ".[test,check]"
	@touch $@ $(VENV)/.test $(VENV)/.run

$(VENV)/.browser: $(VENV)/.test
	@$(BIN)/python -m bridge.testing.chromium
	@touch $@
