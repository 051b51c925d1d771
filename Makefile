# Each target is a verb of tools/; see `make help`. Needs Python 3.11.5 or newer, nothing else.
PYTHON ?= python3
VERB = @command -v $(PYTHON) >/dev/null 2>&1 || { echo "$(PYTHON) is not installed. Install Python 3.11.5 or newer, then run the command again."; exit 1; }; exec $(PYTHON) -m tools
export PORT EMAIL CONFIRM ARGS WORKERS UPGRADE

.DEFAULT_GOAL := help
.PHONY: help run setup demo-reset code check test test-real bench bench-rush chaos bench-kill bench-judging bench-matching bench-record lock services services-stop bench-signin attack images

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Set up what is missing, then serve the site with the demonstration region (PORT=8000)
	$(VERB) run

setup: ## Set up what is missing and stop there
	$(VERB) setup

demo-reset: ## Drop the embedded database and load the demonstration again (CONFIRM=1 asks nothing)
	$(VERB) demo-reset

code: ## Print a demonstration person’s present sign-in code (EMAIL=…)
	$(VERB) code

check: ## Lint, format, types, import floors, migrations, templates
	$(VERB) check

test: ## Run the tests (ARGS="-k word", WORKERS=2); on real parts if their addresses are set
	$(VERB) test

test-real: ## Start PostgreSQL, Redis and Elasticsearch, run the tests on them, stop them
	$(VERB) test-real

attack: ## Attack the site through its proxy, on real parts (ARGS=--slice tries a part)
	$(VERB) attack

images: ## Write the digests of the compose file’s images, as your registry has them (needs Docker)
	$(VERB) images

bench: ## Print how fast the heavy pages are
	$(VERB) bench

bench-rush: ## The last minute before a deadline: 300 applicants on PostgreSQL and gunicorn
	$(VERB) bench-rush

chaos: ## Every part taken away while people rush (ARGS="redis-silent,mail-refusing")
	$(VERB) chaos

bench-kill: ## The web process killed in the middle of 100 submissions with files
	$(VERB) bench-kill

bench-judging: ## Sharing out against its bound; adjusted scores on simulated panels
	$(VERB) bench-judging

bench-record: ## Time sealing and checking 300,000 activity records
	$(VERB) bench-record

bench-matching: ## Matching both ways, alerts and rebuild with 50,000 start-ups and 2,000 calls
	$(VERB) bench-matching

bench-signin: ## Whether the time of an answer tells which addresses have an account
	$(VERB) bench-signin

lock: ## Compile requirements/*.in into locks (UPGRADE=1 takes newer versions)
	$(VERB) lock

services: ## Start the real parts and print their addresses for the shell
	$(VERB) services

services-stop: ## Stop them
	$(VERB) services-stop
