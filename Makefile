# make demo, make test: all a fresh Debian 12 with Swift and git needs. `make help` lists the rest.
SHELL := /bin/bash
SWIFT ?= swift
# A section for each function, for the linker to order (scripts/order).
STATIC := --static-swift-stdlib -Xswiftc -static-executable -Xswiftc -use-ld=lld -Xswiftc -Xfrontend -Xswiftc -function-sections --scratch-path .build-static
ORDER = -Xlinker --no-warn-symbol-ordering -Xlinker --symbol-ordering-file=$(CURDIR)/scripts/order/$(1).txt
EDGE := --static-swift-stdlib --scratch-path .build-edge
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo --preserve-env=HAKO_TEST_SLOW,HAKO_TEST_FILTER,HAKO_CONFORMANCE_FILTER,PATH)
VMRUN ?= $(wildcard ../shared/tools/vmrun)

.DEFAULT_GOAL := build
.PHONY: build debug deps test-deps bench-deps demo test unit tidy integration conformance guest faults rootfs order bench bench-images bench-engine bench-network format lint clean help

build: deps ## install what is missing, build bin/hako, bin/hako-runtime and bin/hako-edge (release)
	$(SWIFT) build -c release $(STATIC) $(call ORDER,hako) --product hako
	$(SWIFT) build -c release $(STATIC) $(call ORDER,hako-runtime) --product hako-runtime
	$(SWIFT) build -c release $(EDGE) --product hako-edge
	@scripts/install-bin.sh

debug: deps ## build the tests and everything below them (debug)
	$(SWIFT) build --build-tests

deps: ## install the Debian packages that a build needs
	@scripts/deps.sh build

test-deps: ## install the Debian packages that the tests need
	@scripts/deps.sh build test
	@scripts/peers/fetch.sh

bench-deps: ## install the Debian packages that the benchmarks need
	@scripts/deps.sh build bench

demo: build ## build, then run a container that shows what it is
	@scripts/demo.sh

test: test-deps build debug rootfs ## everything: format, unit tests, tidy, integration, conformance, leftover check
	@$(MAKE) --no-print-directory lint
	@scripts/unit.sh
	@$(SUDO) scripts/integration.sh
	@$(SUDO) scripts/conformance.sh
	@echo "make test: everything passed"

unit: ## the inner loop: tests that need no root and no binaries
	$(SWIFT) build --build-tests
	@scripts/unit.sh

tidy: ## the tidy tests alone
	@HAKO_UNIT_FILTER=TidyTests scripts/unit.sh

integration: test-deps rootfs ## the integration tests on this machine, and the leftover check
	@$(SUDO) scripts/integration.sh

conformance: test-deps build debug rootfs ## the conformance suite on RUNTIME=PATH, or on three runtimes for docs/conformance.md
	@scripts/deps.sh conformance
	@$(SUDO) scripts/conformance.sh $(or $(RUNTIME),--all)

guest: rootfs ## the integration and conformance tests in a guest with cgroup v2 (needs vmrun and what `make test` built)
	@VMRUN="$(VMRUN)" scripts/guest.sh

faults: test-deps build debug rootfs ## a thousand random kills; writes docs/faults.md
	@$(SUDO) scripts/faults.sh

rootfs: test-deps
	@$(SUDO) scripts/rootfs.sh
	@$(SUDO) scripts/images.py

order: build rootfs ## write down anew which functions a start executes, for the linker to put them together (root)
	@$(SUDO) scripts/order/make.sh

bench: bench-deps build ## compare with crun, runc and podman; writes BENCHMARKS.md and docs/bench.svg
	@$(SUDO) scripts/rootfs.sh busybox
	@$(SUDO) benchmarks/run.sh

bench-images: bench-deps test-deps build ## compare pull, push and load with podman, docker, ctr and skopeo; writes docs/bench-images.md
	@$(SUDO) scripts/rootfs.sh
	@$(SUDO) benchmarks/images.sh

bench-engine: bench-deps test-deps build rootfs ## compare what is done all day with podman and docker; writes docs/bench-engine.md
	@$(SUDO) benchmarks/engine.sh

bench-network: bench-deps test-deps build ## compare networks with podman and docker; writes docs/bench-network.md
	@$(SUDO) benchmarks/network.sh

format: ## rewrite the sources with the project's swift-format configuration
	$(SWIFT) format format --in-place --parallel --recursive Sources Tests Package.swift

lint: ## check them with the same configuration
	@$(SWIFT) format lint --strict --parallel --recursive Sources Tests Package.swift

clean: ## remove what was built (the root file systems in .build-rootfs stay)
	rm -rf .build .build-static .build-edge .build-bench bin

help:
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 14
