# visavis: `make help` lists what there is to do.  Options: PYTHON=python3.11  GPU=1  TRAIN=1

.DEFAULT_GOAL := help
.PHONY: help env test lint fuzz run demo bench avatar clean

# The environment is a ROS 2 of its own: one that happens to be sourced must not leak in.
unexport PYTHONPATH COLCON_PREFIX_PATH CMAKE_PREFIX_PATH
export AMENT_PREFIX_PATH := $(CURDIR)/.venv
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export OMP_NUM_THREADS := 1

HOST_PYTHON ?= python3
BIN := .venv/bin
SET_UP := $(HOST_PYTHON) tools/setup_env.py
SET_UP_OPTIONS := $(if $(PYTHON),--python $(PYTHON)) $(if $(GPU),--gpu $(GPU)) $(if $(TRAIN),--train $(TRAIN))

help:  ## This list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):[^#]*## /  \1\t/' | expand -t 12

env:  ## Make or update the environment in .venv; PYTHON= names the Python, GPU=1 and TRAIN=1 (0: back) add to it
	@$(SET_UP) $(SET_UP_OPTIONS)

lint: env  ## Style, types and layering
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

test: lint  ## The checks of `lint`, then all the tests; those with processes, devices and screens one at a time
	$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile tests/unit
	$(BIN)/python -m pytest tests/nodes tests/kiosk tests/live

fuzz: env  ## The property tests with many more examples
	$(BIN)/python -m pytest -m fuzz --hypothesis-profile fuzz

run: env  ## Start the live agent; the address of its page is printed, Ctrl-C ends it; CONFIG=my.yaml is another one
	@$(BIN)/visavis run $(if $(CONFIG),--config "$(CONFIG)")

demo: env  ## A spoken question becomes a film in out/; QUESTION=my.wav and VIDEO=me.mp4 ask another
	$(BIN)/visavis demo $(if $(QUESTION),--audio "$(QUESTION)") $(if $(VIDEO),--video "$(VIDEO)")

bench: env  ## All the benches, one JSON line each; BENCH=turn runs that one
	$(BIN)/visavis bench $(or $(BENCH),--all) --json

avatar: env  ## Draw the character's sheet of states into out/
	$(BIN)/visavis avatar sheet hero --out out/sheet.png

clean:  ## Remove the environment and everything that is built
	rm -rf .venv build out ros2_ws/build ros2_ws/install ros2_ws/log visavis_agent/_native *.egg-info
	rm -rf .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache .coverage
	rm -f models/.*.json models/avatars/* models/*.onnx models/minilm-tokenizer.json
	find visavis_agent tests tools -name __pycache__ -type d -exec rm -rf {} +
