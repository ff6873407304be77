# Tasks of the project; `make help` lists them.
.DEFAULT_GOAL := help
.PHONY: help setup check test fuzz-quick bless bench run doc

PYTHON ?= python3
ORT := $(wildcard .ort/libonnxruntime*)

help: ## list the tasks
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## fetch ONNX Runtime into .ort/ (needs python3 with pip)
	./setup

check: ## formatting, lints, documentation: no warning is let through
	cargo fmt --check
	cargo clippy --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --no-deps

test: ## all tests; with ONNX Runtime where python3 can fetch it
ifneq ($(ORT),)
	ANSATZ_REQUIRE_ORT=1 cargo test
else ifneq ($(shell command -v $(PYTHON) 2>/dev/null),)
	PYTHON=$(PYTHON) ./setup
	ANSATZ_REQUIRE_ORT=1 cargo test
else
	@echo "no python3 and no .ort/: the tests of ONNX Runtime are left out"
	cargo test
endif

fuzz-quick: ## feed mutants of files to every reader for a minute; other ones each time
	ANSATZ_FUZZ_SECONDS=60 ANSATZ_FUZZ_SEED=$$(date +%s) cargo test --test fuzz -- --nocapture --test-threads 2

bless: ## run the tests and accept what they print as expected
	UPDATE_EXPECT=1 cargo test

bench: ## measure how long things take
	cargo bench

run: ## run the example
	cargo run --release -- run examples/brackets/claims.ansatz

doc: ## build and open the documentation of the library
	cargo doc --no-deps --open
