# Two commands: `make run` starts the portal with demonstration data, `make test` checks everything.
# Both set themselves up first. The work is in config/stack/.

unexport PYTHONDONTWRITEBYTECODE

# The first Python that really runs (a shim may exist and fail) and is new enough.
ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON := $(shell for python in .venv/bin/python python3.12 python3.11 python3 python3.13 python3.14; do \
	$$python -c '$(ENOUGH)' 2>/dev/null && echo $$python && break; done)
STACK = $(if $(PYTHON),exec $(PYTHON) config/stack/prepare.py,echo \
	"Python 3.11 or newer is needed. On Debian or Ubuntu: sudo apt-get install python3 python3-venv" >&2; exit 1;)

help:  ## list these commands
	@sed -n 's/^\([a-z-]*\):  ## /  make \1\t/p' Makefile | expand -t 20
run:  ## the whole portal with demonstration data (PORT=8000, STATE=.local, RELOAD=1 while editing)
	@$(STACK) run
serve:  ## the same, built and set as in production, without demonstration data, for measuring
	@$(STACK) serve
test:  ## linters, types, then all tests but the drills (ARGS="tests/spaces -x" for some)
	@$(STACK) test $(ARGS)
prove:  ## race, kill and load drills
	@$(STACK) prove $(ARGS)
bench:  ## how fast it is, beside raw SQL and a bare Django page (ARGS="G1 G5" for some)
	@$(STACK) bench $(ARGS)
lint:  ## linters and types alone
	@$(STACK) lint
manage:  ## one Django command with the portal's servers (ARGS="createsuperuser")
	@$(STACK) manage $(ARGS)
shell:  ## a Python prompt with the portal's servers
	@$(STACK) manage shell
demo-reset:  ## empty the demonstration's database and load it anew
	@$(STACK) demo-reset
lock:  ## write the locks of requirements*.in anew (needs uv: pip install uv)
	@for name in requirements requirements-dev requirements-node; do uv pip compile --quiet --universal \
		--custom-compile-command "make lock" --generate-hashes --python-version 3.11 --no-emit-index-url --no-emit-find-links $(ARGS) \
		$$name.in -o $$name.txt || exit 1; done
clean:  ## stop the servers and remove everything that was made here
	@$(STACK) clean

.PHONY: help run serve test prove bench lint manage shell demo-reset lock clean
