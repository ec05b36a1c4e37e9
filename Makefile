# Two commands matter: `make run` and `make test`. `make help` lists the rest.

PORT ?= 8501
HOST ?= 127.0.0.1
ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
UV_VERSION := 0.13.8
INSTALLED := $(VENV)/.installed
INSTALLED_DEV := $(VENV)/.installed-dev
INSTALLED_DOCS := $(VENV)/.installed-docs

# uv gives up after 30 s of silence by default; torch is large and some lines are slow.
export UV_HTTP_TIMEOUT ?= 300

# Every process would compile all it imports anew: torch takes twice as long to come.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run test install install-dev browser check bench pictures docs wheel

help:
	@echo 'make run           start the app (PORT=8501 HOST=127.0.0.1)'
	@echo 'make test          run all tests (ARGS="tests/data -x" for some)'
	@echo 'make install       put what the app needs into .venv'
	@echo 'make install-dev   the same for tests, checks and benchmarks'
	@echo 'make check         style, types, directions of the imports'
	@echo 'make bench         run every benchmark (ARGS=--check to judge them)'
	@echo 'make pictures      take the pictures in docs/images anew'
	@echo 'make docs          guides and API reference into build/docs'
	@echo 'make wheel         the package with the app in it into dist'
	@echo 'make help          this list'

run: $(INSTALLED)
	@exec $(BIN)/python scripts/serve.py "$(HOST)" "$(PORT)"

test: $(INSTALLED_DEV) browser
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder $(ARGS)

install: $(INSTALLED)

install-dev: $(INSTALLED_DEV)

check: $(INSTALLED_DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict stnviz app.py pages examples
	$(BIN)/mypy --explicit-package-bases scripts benchmarks hosting
	$(BIN)/lint-imports

bench: $(INSTALLED_DEV) browser
	@failed=0; for script in $$(grep -l __main__ benchmarks/*.py); do \
	  echo "== $$script"; $(BIN)/python "$$script" $(ARGS) || failed=1; \
	done; exit $$failed

pictures: $(INSTALLED_DEV) browser
	$(BIN)/python scripts/make_screenshot.py $(ARGS)

docs: $(INSTALLED_DOCS)
	$(BIN)/python -m sphinx -q -W --keep-going -b html -d build/doctrees docs build/docs
	@echo 'Open build/docs/index.html in a browser.'

wheel: | $(BIN)/uv
	$(BIN)/uv build --wheel --out-dir dist

# The environment. A stamp is written when everything is in, so a second start is instant and
# an interrupted installation is taken up again.

$(BIN)/uv:
	@sh scripts/create_environment.sh $(VENV) $(UV_VERSION)

$(INSTALLED): requirements.txt | $(BIN)/uv
	$(BIN)/uv pip install --python $(BIN)/python -r requirements.txt
	@$(BIN)/python -m stnviz fetch web-runtime || echo 'Without it the server computes all answers.'
	@touch $@

$(INSTALLED_DEV): requirements-dev.txt requirements.txt | $(BIN)/uv
	$(BIN)/uv pip install --python $(BIN)/python -r requirements-dev.txt
	@touch $(INSTALLED) $@

$(INSTALLED_DOCS): requirements-docs.txt requirements.txt | $(BIN)/uv
	$(BIN)/uv pip install --python $(BIN)/python -r requirements-docs.txt
	@touch $(INSTALLED) $@

# Chromium for the browser tests: the one that is there, Debian's, or Playwright's own.
browser: $(INSTALLED_DEV)
	@sh scripts/install_browser.sh $(BIN)
