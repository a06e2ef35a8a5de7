# Everything a person types. `make help` lists it.
#
# `make demo` and `make test` work on a fresh Debian: both begin with `make deps`, which
# installs what is missing and does nothing when all is there.

PRESET ?= release
BUILD  := build/$(PRESET)
BIN    := $(BUILD)/bin
JOBS   ?= 2
# OFF leaves out what needs gRPC: chapters 1 to 3, and chapter 4 in one process, do without.
CLUSTER ?= ON

# What the stages need to build and run, and the real keys that tests and README use.
PACKAGES := g++ cmake ninja-build pkg-config ccache \
  libfmt-dev doctest-dev libcli11-dev libxxhash-dev libssl-dev libzstd-dev libjemalloc-dev \
  nlohmann-json3-dev python3-minimal wamerican wordnet-sense-index
CLUSTER_PACKAGES := libgrpc++-dev libprotobuf-dev protobuf-compiler protobuf-compiler-grpc \
  libboost1.81-dev libboost-json1.81-dev libyaml-cpp-dev libspdlog-dev \
  libcurl4-openssl-dev libhiredis-dev redis-tools redis-server curl python3
BENCH_PACKAGES := libbenchmark-dev libmemcached-dev libleveldb-dev librocksdb-dev
PEER_PACKAGES  := etcd-server nginx-light wrk
LINT_PACKAGES  := clang-19 libclang-rt-19-dev clang-format-19 clang-tidy-19
COVERAGE_PACKAGES := gcovr

FUZZERS := fuzz_configuration fuzz_contexts fuzz_frames fuzz_http fuzz_import fuzz_log \
  fuzz_messages fuzz_resp fuzz_ring
BENCHES := stage_bench placement_bench partition_bench storage_bench cluster_bench

# Its tables are side_by_side.py's; PEERS_FLAGS='--passes 1 --seconds 1' is a quick look.
PEERS_PAGE := docs/figures/peers.md

SOURCES = $(shell git ls-files '*.cpp' '*.hpp')

.PHONY: help
help: ## list these commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

.PHONY: demo
demo: build ## run the four stages, compare them, and leave the report page
	@for stage in v1_modular v2_consistent v3_virtual_nodes v4_replicated_kv; do \
	  $(BIN)/$$stage || exit 1; printf '\n%90s\n\n' '' | tr ' ' '-'; done
	@$(BIN)/compare --report $(BUILD)/report.html
	@printf '\nThe pictures: open $(BUILD)/report.html in a browser.\n'

.PHONY: test
test: build ## run every test
	@ctest --preset $(PRESET)

.PHONY: build
build: configure ## build all programs and tests into build/release/bin
	@cmake --build --preset $(PRESET) -j $(JOBS)

.PHONY: configure
configure: deps
	@test -f $(BUILD)/build.ninja || cmake --preset $(PRESET) -DKV_CLUSTER=$(CLUSTER)

.PHONY: deps
deps: ## install the Debian packages that are missing
	@.ci/install $(PACKAGES) $(if $(filter ON,$(CLUSTER)),$(CLUSTER_PACKAGES)) \
	  $(if $(filter clang fuzz,$(PRESET)),$(LINT_PACKAGES))

.PHONY: cluster
cluster: build ## start a cluster of three nodes on this machine; Ctrl-C ends it
	@$(BIN)/v4_replicated_kv cluster --nodes 3

.PHONY: run
run: build ## start one node on this machine, in ./data; Ctrl-C ends it
	@$(BIN)/v4_replicated_kv serve --resp 127.0.0.1:6380 --log.format text

.PHONY: bench
bench: deps ## time stages, rings, stores, a cluster and their peers, side by side (ten minutes)
	@.ci/install $(BENCH_PACKAGES)
	@cmake --preset bench > /dev/null
	@cmake --build --preset bench -j $(JOBS)
	@for bench in $(BENCHES); do \
	  build/bench/bin/$$bench --benchmark_out=build/bench/$$bench.json > /dev/null || exit 1; done
	@build/bench/bin/figures build/bench/*_bench.json

.PHONY: figures
figures: bench ## the same, and write the documents' tables anew
	@build/bench/bin/figures build/bench/*_bench.json -- \
	  $$(git grep -l '^<!-- figures: ' -- ':!$(PEERS_PAGE)')

.PHONY: peers
peers: deps ## time a cluster beside etcd, Redis and nginx, and write their tables (15 minutes)
	@.ci/install $(BENCH_PACKAGES) $(PEER_PACKAGES)
	@cmake --preset bench > /dev/null
	@cmake --build --preset bench -j $(JOBS) --target v4_replicated_kv etcd_load
	@tests/bench/side_by_side.py --bin build/bench/bin --dir build/bench \
	  --json build/bench/peers.json --write $(PEERS_PAGE) $(PEERS_FLAGS)

.PHONY: parts
parts: deps ## profile a cluster's puts (as root), and write which part takes how much
	@.ci/install $(BENCH_PACKAGES) linux-perf
	@cmake --preset bench > /dev/null
	@cmake --build --preset bench -j $(JOBS) --target v4_replicated_kv
	@tests/bench/cpu_by_part.py --bin build/bench/bin --dir build/bench --write $(PEERS_PAGE)

.PHONY: fuzz
fuzz: deps ## run each fuzz target for SECONDS (60), and say how much that was
	@.ci/install $(LINT_PACKAGES)
	@cmake --preset fuzz > /dev/null
	@cmake --build --preset fuzz -j $(JOBS) --target make_seeds $(FUZZERS)
	@.ci/fuzz build/fuzz $(or $(SECONDS),60) $(FUZZERS)

.PHONY: lint
lint: deps ## check the format of all sources, and the programs with clang-tidy
	@.ci/install $(LINT_PACKAGES)
	@clang-format-19 --dry-run --Werror $(SOURCES)
	@cmake --preset clang -DKV_CLUSTER=ON > /dev/null
	@cmake --build --preset clang --target kv_services > /dev/null
	@.ci/lint build/clang $(JOBS)

.PHONY: coverage
coverage: deps ## run the tests of chapter 4's rooms and print how much of them they run
	@.ci/install $(COVERAGE_PACKAGES)
	@cmake --preset coverage > /dev/null
	@cmake --build --preset coverage -j $(JOBS) --target \
	  placement_tests versioning_tests storage_tests published_tests replication_tests \
	  wire_tests
	@.ci/coverage build/coverage

.PHONY: format
format: ## rewrite the sources in the house format
	@.ci/install $(LINT_PACKAGES)
	@clang-format-19 -i $(SOURCES)

.PHONY: golden
golden: build ## write the tested screens and documents anew (then read the diff)
	@UPDATE_GOLDEN=1 ctest --preset $(PRESET) -R golden

.PHONY: clean
clean: ## remove everything that was built
	@rm -rf build
