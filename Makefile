# Everything goes through config/setup.py, which first makes or renews .venv: two commands, nothing to prepare.
# Values given like `make run HOST=0.0.0.0 PORT=8100` reach the program as environment variables: make itself hands
# on what its command line sets, and `export HOST` would hand on an empty one where nobody set it.
DEV = python3 config/setup.py dev --

.PHONY: run test test-webkit lint format faults bench screens lock

run: export SENDOFF_MODE ?= demo
run:
	@python3 config/setup.py run -- manage.py up

# For one file or one test: make test ARGS="tests/crm/test_consent.py -k stop"
test:
	@$(DEV) -m tests.browsers
	@$(DEV) -m tests $(ARGS)

# The tablet on the engine of every iPad. ARGS=--required makes an error of a machine that has no WebKit.
test-webkit:
	@$(DEV) -m tests.webkit $(ARGS)

lint:
	@$(DEV) -m ruff check .
	@$(DEV) -m ruff format --check .
	@$(DEV) -m mypy
	@SENDOFF_MODE=demo $(DEV) manage.py build_client --check

format:
	@$(DEV) -m ruff check --fix .
	@$(DEV) -m ruff format .

# Kills workers while texts go out, for some minutes; SEED= runs the same attack again.
faults:
	@$(DEV) -m tests.faults $(if $(SEED),--seed $(SEED)) $(ARGS)

bench:
	@$(DEV) -m tests.bench $(ARGS)

screens:
	@$(DEV) manage.py screens $(ARGS)

# Renews the locks after a change of requirements/*.in. UPGRADE=--upgrade takes the newest of everything.
# The later locks are made from the run lock's versions, so their order matters.
COMPILE = PATH="$(CURDIR)/.venv/bin:$$PATH" uv pip compile -q --universal --python-version 3.11 \
	--generate-hashes --no-header --no-annotate $(UPGRADE)
lock:
	@$(DEV) -c ""
	@$(COMPILE) requirements/run.in -o requirements/run.txt
	@$(COMPILE) requirements/china.in -o requirements/china.txt
	@$(COMPILE) requirements/dev.in -o requirements/dev.txt
