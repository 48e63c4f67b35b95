# make run: set up and open the assistant.  make test: set up and pass the tests.  make help: the rest.
PYTHON ?= $(firstword $(foreach p,python3.13 python3.12 python3.11 python3,$(if $(shell $(p) -c 'import sys; print(sys.version_info >= (3, 11))' 2>/dev/null | grep True),$(p))))
BIN := .venv/bin
LOCKS := .ci/requirements.lock .ci/build.lock .ci/torch-cpu.lock
export HF_HUB_OFFLINE := 1

.DEFAULT_GOAL := help
.PHONY: help setup run test check lint eval screenshots lock audit clean

help: ## show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1	/'

setup: .venv/installed ## create .venv, install what is locked, fetch the two models (1.5 GB, once); LOCKED=0: unlocked
	@$(BIN)/rag models --fetch --quick

run: setup ## set up, index the documents and open the assistant in the browser
	@$(BIN)/rag index
	@$(BIN)/rag serve

test: setup .venv/dev lint ## set up, then lint, type check, import rules and all tests
	@$(BIN)/pytest

lint: .venv/dev ## ruff, mypy, import-linter
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

check: setup ## are models, index, disk, memory and offline switches as they should be?
	@$(BIN)/rag check

eval: setup .venv/dev ## score the question/answer pairs in eval/
	@$(BIN)/python -m eval

screenshots: setup .venv/dev ## photograph each part of the page (needs Chromium), two of them for README.md
	@$(BIN)/python tests/screenshots.py

lock: .venv/tools/installed ## pin dependencies anew, with hashes, licences and SBOM; UPGRADE=1: their newest releases
	@.venv/tools/bin/python .ci/supply.py lock $(if $(UPGRADE),--upgrade)

audit: .venv/tools/installed ## is anything that is pinned known to be vulnerable? (asks an advisory database)
	@.venv/tools/bin/python .ci/supply.py audit

clean: ## remove .venv, the built index and caches; documents and the language model stay
	rm -rf .venv build *.egg-info index/build-* index/.new-* index/.lock .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/installed: pyproject.toml $(LOCKS)
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed and was not found. Install it from https://www.python.org, or say: make PYTHON=/path/to/python3"; exit 1; }
	@command -v c++ >/dev/null || command -v g++ >/dev/null || command -v clang++ >/dev/null || { echo "A C++ compiler is needed to build llama-cpp-python. Debian/Ubuntu: apt install g++   macOS: xcode-select --install   Without one: see 'Without make or a compiler' in README.md"; exit 1; }
	@command -v cmake >/dev/null || { echo "cmake is needed to build llama-cpp-python. Debian/Ubuntu: apt install cmake   macOS: brew install cmake   Without it: see 'Without make or a compiler' in README.md"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || { rm -rf .venv; echo "Python's venv module is missing. Debian/Ubuntu: apt install python3-venv"; exit 1; }
	@echo "Installing into .venv; the first time llama-cpp-python is compiled, which takes some minutes ..."
	@CMAKE_BUILD_PARALLEL_LEVEL=$${CMAKE_BUILD_PARALLEL_LEVEL:-$$(nproc 2>/dev/null || echo 2)} $(BIN)/python .ci/install.py
	@touch $@

.venv/dev: .venv/installed
	@PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $@

.venv/tools/installed: pyproject.toml
	@test -x .venv/tools/bin/python || $(PYTHON) -m venv .venv/tools
	@.venv/tools/bin/python -m pip install --quiet --upgrade pip
	@.venv/tools/bin/python -m pip install --quiet --group supply
	@touch $@
