# make demo    a running system with demo data on http://127.0.0.1:8000
# make test    every check and suite; each of the two works alone on a fresh Debian 12
ADDRESS ?= 127.0.0.1:8000
PYTHON := .venv/bin/python
BENCHMARKS := $(wildcard tests/benchmarks/bench_*.py)

.PHONY: demo serve setup test test-fast test-postgres matrix lint ledger bench clean
.DEFAULT_GOAL := demo

setup:
	@.ci/setup.sh demo

demo: export DEMO = 1
demo: setup
	@echo "== 建立数据库"
	@$(PYTHON) manage.py migrate --verbosity 1
	@echo "== 载入政策"
	@$(PYTHON) manage.py load_policy
	@echo "== 演示数据"
	@$(PYTHON) manage.py demo --if-empty
	@echo
	@echo "演示账号："
	@$(PYTHON) manage.py demo --accounts
	@echo
	@echo "访问地址：http://$(ADDRESS)/    按 Ctrl+C 结束"
	@exec $(PYTHON) manage.py runserver --noreload $(ADDRESS)

# The same without demo data; DEMO=1 make serve lists the demo accounts on the login page.
serve: setup
	@$(PYTHON) manage.py migrate --verbosity 1
	@$(PYTHON) manage.py load_policy
	@echo "访问地址：http://$(ADDRESS)/    按 Ctrl+C 结束"
	@exec $(PYTHON) manage.py runserver --noreload $(ADDRESS)

test:
	@.ci/setup.sh test
	@.ci/checks.sh all

# Lint and the SQLite suite, no PostgreSQL and no browser.
test-fast: setup
	@.ci/checks.sh fast

# Every test on PostgreSQL; `make test` repeats there those that depend on the database.
test-postgres:
	@.ci/setup.sh test
	@.ci/checks.sh postgres

# Rights of everybody on every page, in both counties; `make test` asks in one.
matrix: setup
	@.ci/checks.sh matrix

lint: setup
	@.ci/checks.sh lint

# 2,000 random sequences of acts on money (LEDGER_RUNS=… for another number) and the planted mistakes; takes its time.
ledger: setup
	@.ci/checks.sh ledger

# What is measured against something plain in the same run; README says what came out.
bench: setup
	@for file in $(BENCHMARKS:.py=); do $(PYTHON) -m $$(echo $$file | tr / .) || exit 1; done

# Removes what can be made again; the database, uploads, keys and fonts stay.
clean:
	@rm -rf var/pytest var/import_linter var/static .ruff_cache .hypothesis
	@find . -name __pycache__ -not -path './.venv/*' -not -path './var/*' -prune -exec rm -rf {} +
