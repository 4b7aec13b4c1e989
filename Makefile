# One command each; every target sets up what it needs.  `make help` lists them.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
FLAGSHIP := direct forward-proxy reverse-proxy layered

.DEFAULT_GOAL := help
.PHONY: help demo test check bench bench-proxy figures notebooks clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# The environment is made again when what it should hold has changed.
$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "proxysim needs Python 3.11 or newer; '$(PYTHON)' is missing or older."; \
	  echo "If a newer one is installed, name it:  make PYTHON=python3.12 ..."; exit 1; }
	@echo "Setting up $(VENV) (once; some minutes) ..."
	@$(PYTHON) -m venv $(VENV) || { \
	  echo "Python cannot make a virtual environment here; on Debian or Ubuntu: apt install python3-venv"; exit 1; }
	@$(BIN)/python -m pip install -qq --disable-pip-version-check -c constraints.txt -e ".[tls,notebook,frames,test]"
	@touch $@

demo: $(STAMP) ## the four designs on the same requests: table, pictures, traces, model and reality, player, and a page that plays them
	@$(BIN)/proxysim compare $(FLAGSHIP) --out runs/demo
	@$(BIN)/proxysim validate $(FLAGSHIP)
	@$(BIN)/proxysim play $(addprefix runs/demo/,$(FLAGSHIP)) --out runs/demo/play.html --no-open

test: check ## all checks and the whole test suite
	@$(BIN)/python -m pytest -q -n 2 --dist loadfile

check: $(STAMP) ## style, types, who may import whom, sizes
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/python -m pytest -q tests/architecture

bench-proxy: $(STAMP) ## requests per second beside nginx, tinyproxy and two Python proxies (needs wrk and nginx)
	@$(BIN)/python -m tests.benchmarks.proxies

bench: $(STAMP) ## requests per CPU second against the textbook's model
	@$(BIN)/python -m tests.benchmarks
	@$(BIN)/python -m tests.benchmarks.player

figures: $(STAMP) ## draw the pictures in figures/ again (the moving one needs Chromium)
	@$(BIN)/proxysim compare $(FLAGSHIP) --out runs/figures
	@cp runs/figures/figures/*.png runs/figures/figures/*.svg figures/
	@$(BIN)/proxysim validate layered --requests 30 --out runs/figures
	@cp runs/figures/layered/agreement.png runs/figures/layered/agreement.svg figures/
	@$(BIN)/python -m tests.suite --chart
	@$(BIN)/proxysim play direct layered --set run.requests=2000 --out figures/requests.html \
	  --gif from=20s,to=20.5s,lasts=8s,width=1000,height=680

notebooks: $(STAMP) ## bring the notebooks and their percent scripts into step
	@$(BIN)/python -m tests.notebooks

clean: ## remove the environment and everything that was made
	@rm -rf $(VENV) runs build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
