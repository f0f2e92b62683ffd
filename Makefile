# Every target sets itself up; all it needs is Python 3.11 or newer and make, and `test-clients`
# Node.js with npm and Go. What is installed goes to .venv, .venv-servers, .venv-vllm,
# .venv-interop and node_modules, and nowhere else. Paths stay relative, so that the checkout may
# have a space in its path.

.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:

# The first of these that runs and is new enough; `make PYTHON=/path/to/python` says it outright.
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo "$$python" && break; done)

.PHONY: help
help: ## Say what can be made
	@echo 'Needs Python 3.11 or newer; everything else is set up in .venv.'
	@echo
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' Makefile | while IFS='|' read -r target words; do \
		printf '  make %-17s %s\n' "$$target" "$$words"; done

.PHONY: demo
demo: .venv/.installed-run ## Record, keep and replay a small provider, and compare
	@.venv/bin/wiretape demo

.PHONY: test
test: .venv/.installed-test ## Run the tests, without the heavy servers
	.venv/bin/python -m pytest -m 'not clients and not servers and not vllm and not browser' \
		--numprocesses 3 --dist worksteal

# What the tests of npm's clients and the examples in JavaScript import.
NODE_MODULES = tests/clients/npm/node_modules tests/clients/interop/node_modules \
	examples/node_vitest/node_modules

.PHONY: test-clients
test-clients: .venv/.installed-clients $(NODE_MODULES:=/.installed) .venv-interop/.installed ## Run the tests against real, heavy servers
	WIRETAPE_REQUIRE_CLIENTS=1 .venv/bin/python -m pytest -m clients

.PHONY: test-servers
test-servers: .venv/.installed-clients .venv-servers/.installed ## Run the tests against LiteLLM's proxy
	.venv/bin/python -m pytest -m servers

.PHONY: test-vllm
test-vllm: .venv/.installed-clients .venv-vllm/.installed ## Run the tests against vLLM and transformers serve
	.venv/bin/python -m pytest -m vllm

.PHONY: test-browser
test-browser: .venv/.installed-browser ## Run the tests in headless Chromium, which must be installed
	WIRETAPE_REQUIRE_BROWSER=1 .venv/bin/python -m pytest -m browser tests/browser \
		--numprocesses 2 --dist worksteal

.PHONY: torture-recorder
torture-recorder: .venv/.installed-test ## Kill recorders under load: KILLS=1000, SEED=a number
	.venv/bin/python -m tests.torture --kills $(or $(KILLS),1000) $(if $(SEED),--seed $(SEED))
	WIRETAPE_TORTURE=1 .venv/bin/python -m pytest tests/torture/test_fold_kills.py

.PHONY: fuzz
fuzz: .venv/.installed-fuzz ## Fuzz what reads bytes, for FUZZ_SECONDS=3600 in all
	.venv/bin/python -m tests.fuzz --seconds $(or $(FUZZ_SECONDS),3600) $(FUZZ_TARGETS)

.PHONY: lint
lint: .venv/.installed-lint ## Run ruff and mypy
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy

.PHONY: bench
bench: .venv/.installed-run ## Measure how near replay keeps to the tape's times
	.venv/bin/python -m benchmarks.pace

.PHONY: clean
clean: ## Remove what was made: .venv, caches, the demo's cassette
	rm -rf .venv .venv-servers .venv-vllm .venv-interop $(NODE_MODULES) .hypothesis .mypy_cache \
		.pytest_cache .ruff_cache build dist wiretape-demo.tape.zst
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# What each stamp installs: Wiretape itself, editable, with these extras.
.venv/.installed-run: EXTRAS =
.venv/.installed-test: EXTRAS = [test]
.venv/.installed-clients: EXTRAS = [test,clients]
.venv/.installed-browser: EXTRAS = [test,browser]
.venv/.installed-fuzz: EXTRAS = [test,fuzz]
.venv/.installed-lint: EXTRAS = [test,dev]

.venv/.installed-%: pyproject.toml .venv/.made-at
	@echo "Installing wiretape$(EXTRAS) into .venv"
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check --editable '.$(EXTRAS)'
	@touch $@

# Servers whose dependencies would clash with ours have an environment each, made anew with .venv.
.venv-%/.installed: tests/clients/servers/%.txt .venv/.made-at
	@echo 'Installing $< into $(@D)'
	@"$(PYTHON)" -m venv --clear $(@D)
	@$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	@# vLLM brings these, built for another torch than its own: transformers fails to import them.
	@$(@D)/bin/python -m pip uninstall -qq --yes torchvision torchaudio torchcodec
	@touch $@

%/node_modules/.installed: %/package-lock.json
	@command -v npm >/dev/null || { \
		echo 'The clients from npm need Node.js 20 or newer with npm, and npm is not on PATH.' >&2; \
		exit 1; }
	@echo 'Installing what $(<D) asks for from npm'
	@cd $(<D) && npm ci --loglevel=error
	@touch $@

# A venv holds its own path and that of its Python: one that was moved with the checkout, or has
# lost its Python, is made anew.
ifneq ($(shell .venv/bin/python -c pass 2>/dev/null && cat .venv/.made-at 2>/dev/null),$(CURDIR))
.PHONY: .venv/.made-at
endif

.venv/.made-at:
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo 'Wiretape needs Python 3.11 or newer, and none was found on PATH:' \
			'install one, or say where it is: make PYTHON=/path/to/python' >&2; exit 1; }
	@"$(PYTHON)" -m venv --clear .venv
	@pwd -P > $@
