# The whole house by name. Each target first installs what the machine lacks (scripts/setup, idempotent).
PREFIX ?= /usr/local
JOBS   ?= $(shell nproc)
PRESET ?= release
BUILD  := build/$(PRESET)
THALWEG := $(BUILD)/bin/thalweg
SOURCES = $(shell git ls-files '*.cpp' '*.hpp')

.DEFAULT_GOAL := build
.PHONY: setup configure build demo test test-slow install bench format format-check lint clean

setup:
	@scripts/setup build

configure: setup
	@cmake --preset $(PRESET) $(CMAKE_FLAGS)

build: configure
	@cmake --build --preset $(PRESET) -j $(JOBS)

demo: configure
	@cmake --build --preset $(PRESET) -j $(JOBS) --target thalweg_app
	@$(THALWEG) sample examples/stan/eight_schools.stan --data examples/stan/eight_schools.data.json --seed 1 --out demo.run --overwrite

test: build
	@ctest --preset $(PRESET) -j $(JOBS) -LE slow

test-slow: build
	@scripts/setup slow
	@ctest --preset $(PRESET) -j $(JOBS) -L slow

install: build
	@cmake --install $(BUILD) --prefix $(PREFIX)

bench: CMAKE_FLAGS += -DTHALWEG_BENCH=ON
bench: build
	@scripts/bench $(BUILD)

format:
	@scripts/setup format
	@clang-format-14 -i $(SOURCES)

format-check:
	@scripts/setup format
	@clang-format-14 --dry-run -Werror $(SOURCES)

lint: configure
	@scripts/setup lint
	@cppcheck --quiet --std=c++20 --enable=warning,performance,portability --inline-suppr --error-exitcode=1 -j $(JOBS) \
	  --suppressions-list=.cppcheck -I . thalweg app

clean:
	@rm -rf build
