# The front door.  meson does the work; this file only knows the commands.

BUILD ?= build
PREFIX ?= /usr/local
DESTDIR ?=
PYTHON := /usr/bin/python3
MESON := meson
JOBS ?= $(shell nproc)

.PHONY: all build packages run test test-full bench fuzz lint install clean

all: build

build: $(BUILD)/build.ninja
	ninja -C $(BUILD) -j $(JOBS)
	@ln -sf src/daemon/kotaed $(BUILD)/kotaed
	@ln -sf src/cli/kotae $(BUILD)/kotae

# Without cmocka (it comes with `make test`) only the programs are built.
$(BUILD)/build.ninja:
	$(MESON) setup --prefix $(PREFIX) $(BUILD) \
	    -Dtests=$$(pkg-config --exists cmocka && echo true || echo false)

packages:
	@tools/install-packages build run

run: packages
	@$(MAKE) --no-print-directory build
	@exec $(BUILD)/kotaed -c etc/demo/kotae.yaml

test:
	@tools/install-packages build run test
	@$(PYTHON) tests/run

test-full:
	@tools/install-packages build run test lint
	@$(PYTHON) tests/run --full

bench:
	@tools/install-packages build test bench
	@$(MAKE) --no-print-directory build
	@bench/run

fuzz:
	@tools/install-packages build fuzz
	@fuzz/run

lint:
	@tools/install-packages build test lint
	@tools/lint

install: build
	DESTDIR=$(DESTDIR) $(MESON) install -C $(BUILD) --no-rebuild

clean:
	rm -rf $(BUILD) build-asan build-tsan build-lint-gcc build-lint-clang
