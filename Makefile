# Every command sets up what it needs: Odoo 19, a Python environment and a PostgreSQL, all in .local/.
# The work is done by tools/; see tools/__init__.py.

PYTHON ?= python3
export PORT SERVE RESET ODOO_HOME LOCAL ARGS BILLING_TIER CI LIMITS
TOOL = $(PYTHON) -m tools
.DEFAULT_GOAL := help
.PHONY: help demo test lint nightly bench mutation screenshots documents translations pages picture stop clean

help: ## show this list
	@printf 'make demo         a real Odoo 19 with four businesses and three months of their billing (SERVE=0 PORT=8069 RESET=1)\n'
	@printf 'make test         lint and all tests (ARGS="-k proration" narrows, BILLING_TIER=nightly widens)\n'
	@printf 'make lint         ruff, pylint-odoo and the layers\n'
	@printf 'make nightly      what takes too long for every commit, in parts that are not done twice (ARGS="stories odoo-sale" names some)\n'
	@printf 'make bench        invoices per second against peers, in one run (ARGS="--help" shows what it can vary)\n'
	@printf 'make mutation     how many mutants of the engine its tests catch\n'
	@printf 'make screenshots  the pictures of the README, from the demo\n'
	@printf 'make documents    the pictures of printed documents in five scripts, for the README\n'
	@printf 'make translations the templates of translations, and what a language lacks of what customers and staff read\n'
	@printf 'make pages        the tables of entry points in the pages of the services, from the docstrings\n'
	@printf 'make picture      the picture of the models and their ties, from the registry\n'
	@printf 'make stop         stop what is still running here\n'
	@printf 'make clean        stop it and delete everything that was brought or built (.local)\n'
	@printf '\nODOO_HOME=<folder>  an Odoo 19 that is there already     PGHOST=... PGUSER=...  a PostgreSQL of yours\n'
	@printf 'LOCAL=<folder>      where everything goes, instead of .local     PYTHON=python3.12  which Python (3.10 to 3.13)\n'

demo:
	@$(TOOL).demo

test:
	@$(TOOL).run_tests

lint:
	@$(TOOL).lint

nightly:
	@$(TOOL).nightly

bench:
	@$(TOOL).in_environment --cluster main --peers tests/performance/bench.py $(ARGS)

mutation:
	@$(TOOL).in_environment tools/mutation.py $(ARGS)

screenshots:
	@$(TOOL).in_environment --cluster main tools/screenshots.py $(ARGS)

documents:
	@$(TOOL).in_environment --cluster main tools/documents.py $(ARGS)

translations:
	@$(TOOL).translations

pages:
	@$(TOOL).pages

picture:
	@$(TOOL).picture

stop:
	@$(TOOL).clean --stop

clean:
	@$(TOOL).clean
