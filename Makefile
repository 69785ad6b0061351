# The commands of this repository; `make` lists them. `make test` is what continuous integration runs.

VERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
TARGET  := $(abspath $(or $(CARGO_TARGET_DIR),target))
PLUGINS := $(HOME)/.terraform.d/plugins
# One set of features for every debug build, so that the AWS SDK, which costs minutes, is compiled once.
FEATURES := --features codegen,test-servers
CARGO   := cargo

OS   := $(shell uname -s | tr '[:upper:]' '[:lower:]')
ARCH := $(shell uname -m | sed -e 's/x86_64/amd64/' -e 's/aarch64/arm64/')

# Terraform hashes and starts the program for each command. At fixed addresses, as Go's compiler links providers, it is smaller and has
# nothing to relocate: half a millisecond and a fifth of the page faults of each start.
FIXED   := $(if $(filter linux,$(OS)),-- -C relocation-model=static)

.PHONY: help demo test test-partial install docs lint bench clean check-tools venv build release

help: ## This list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

CLOUD ?= aws
demo: check-tools venv build ## A rollout from first plan to destroy on a local EC2 endpoint, or CLOUD=azure; needs no cloud account
	@CLOUD=$(CLOUD) EMC_PROVIDER=$(TARGET)/debug/terraform-provider-emc .venv/bin/python tests/tools/demo.py

test: check-tools venv lint build ## Everything that is checked: format, lints, Python tests of the protocol, all Rust tests
	cd tests/tools && EMC_PROVIDER=$(TARGET)/debug/terraform-provider-emc ../../.venv/bin/python -m unittest discover --pattern 'test_*.py'
	$(CARGO) test $(FEATURES)
	$(MAKE) test-partial

# Tests that choose their modes themselves are left out, and those whose refusals come before anything is done.
test-partial: check-tools venv ## What writes to EC2, once more on an EC2 whose refused calls keep what they had done
	EMC_EC2_MODE=partial $(CARGO) test $(FEATURES) --test it -- rollout:: ownership:: reach:: faults:: --skip rollout::scale --skip rollout::permissions --skip azure::

install: release ## A release build into the plugin folder of the Terraform CLI, for both registries
	@for host in registry.terraform.io registry.opentofu.org; do \
	  folder="$(PLUGINS)/$$host/emc-rollout/emc/$(VERSION)/$(OS)_$(ARCH)"; \
	  mkdir -p "$$folder" && \
	  install -m 755 "$(TARGET)/release/terraform-provider-emc" "$$folder/terraform-provider-emc_v$(VERSION)" && \
	  echo "installed $$folder/terraform-provider-emc_v$(VERSION)"; \
	done

docs: check-tools venv ## Writes docs/ anew from the schema, the templates and the table
	UPDATE_DOCS=1 $(CARGO) test $(FEATURES) --test it docs

# clippy-driver as the compiler of this package alone: `cargo clippy` would compile every dependency a second time, for its metadata.
lint: check-tools ## Format and lints
	$(CARGO) fmt --check
	CLIPPY_ARGS='-D__CLIPPY_HACKERY__warnings__CLIPPY_HACKERY__' RUSTC_WORKSPACE_WRAPPER="$$(tests/tools/check --clippy-driver)" \
	  $(CARGO) test --no-run --quiet $(FEATURES)

bench: check-tools venv release ## Times and sizes of the release build
	$(CARGO) build --example arm $(FEATURES)
	@EMC_PROVIDER=$(TARGET)/release/terraform-provider-emc EMC_ARM=$(TARGET)/debug/examples/arm .venv/bin/python tests/tools/bench.py

clean: ## Removes everything that was built
	$(CARGO) clean
	rm -rf .venv

check-tools:
	@tests/tools/check

venv:
	@tests/tools/venv >/dev/null

# `cargo test` builds the tests of an example that has some, but not the example.
release:
	$(CARGO) rustc --release --bin terraform-provider-emc $(FIXED)

build:
	$(CARGO) test --no-run $(FEATURES)
	$(CARGO) build --example arm $(FEATURES)
