# Short names for `python course.py …`, which does the work (and needs no make).
# Arguments are passed on: make lab ARGS="--no-browser --port 8899"

PYTHON := $(or $(PYTHON),$(shell for p in python3 python; do $$p -c "" 2>/dev/null && echo $$p && break; done))
COURSE = $(if $(PYTHON),"$(PYTHON)" course.py,$(error No Python found. Install Python 3.11 or newer))

.PHONY: help lab present test notebooks format setup slides handout assignments exercises site benchmark audit clean
.DEFAULT_GOAL := help

help: ## show this help
	@grep -E '^[a-z]+: ##' Makefile | sed -E 's/^([a-z]+): ## /make \1\t/' | expand -t 18

lab: ## open the course in JupyterLab
	@$(COURSE) lab $(ARGS)

present: ## open it to present the notebooks as slides
	@$(COURSE) present $(ARGS)

test: ## run all checks (ARGS=--oldest: with the oldest packages allowed)
	@$(COURSE) test $(ARGS)

notebooks: ## execute and save all notebooks (ARGS="01 02": only these)
	@$(COURSE) notebooks $(ARGS)

format: ## format the code
	@$(COURSE) format $(ARGS)

setup: ## only set up .venv (ARGS=torch: with PyTorch)
	@$(COURSE) setup $(ARGS)

slides: ## build slides with speaker notes (ARGS="01 03": of these)
	@$(COURSE) slides $(ARGS)

handout: ## write the notebooks without their solutions, and those apart (ARGS="01 --to week-1")
	@$(COURSE) handout $(ARGS)

assignments: ## write the tasks as assignments for nbgrader (ARGS="01 --to grading")
	@$(COURSE) assignments $(ARGS)

exercises: ## list tasks, with hints and known mistakes (ARGS=05: of 05 only)
	@$(COURSE) exercises $(ARGS)

site: ## build the course as a web site in site/ (ARGS=--lite: to run it there, too)
	@$(COURSE) site $(ARGS)

benchmark: ## measure speed, memory and learning (ARGS=speed; ARGS=hub: a class)
	@$(COURSE) benchmark $(ARGS)

audit: ## plant faults, vary the machine, fuzz (ARGS=mutants; --help)
	@$(COURSE) audit $(ARGS)

clean: ## remove .venv and what the checks leave behind
	@$(COURSE) clean $(ARGS)
