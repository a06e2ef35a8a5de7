// Three servers that know each other by sockets, beside the same three nodes in one process,
// where a message is moved and not written.
//
//   server_bench [--benchmark_...]     in a directory on the disk to be measured
//
// Each syncs before it acknowledges, W = 2 and R = 2. Callers are threads that wait; or, as
// behind a server's doors, callbacks on the thread of one server, which ask again.
// Repetitions of all are interleaved.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "common/base/check.hpp"
#include "common/base/rng.hpp"
#include "tests/bench/batches.hpp"
#include "tests/bench/interleaved.hpp"
#include "v4_replicated_kv/runtime/cluster.hpp"
#include "v4_replicated_kv/server/open_server.hpp"

namespace {

using namespace kv;
namespace fs = std::filesystem;

constexpr std::uint64_t kKeys = 100'000;
constexpr int kRepetitions = 5;
constexpr std::size_t kNodes = 3;

const fs::path& scratch() {
  static const fs::path path = fs::current_path() / "server_bench.data";
  return path;
}

template <class T>
T or_die(Result<T> result) {
  if (result) return *std::move(result);
  std::fputs((result.error().detail + "\n").c_str(), stderr);
  std::abort();
}

void check(const Reply& reply) {
  if (reply.outcome == Outcome::ok) return;
  std::fputs((reply.detail + "\n").c_str(), stderr);
  std::abort();
}

Request request_of(Verb verb, Rng& rng) {
  Request request{.verb = verb, .key = key_of(rng.below(kKeys))};
  if (verb == Verb::put) request.value = kValue;
  return request;
}

class Servers {
 public:
  Servers() {
    const std::vector<Newcomer> nodes{{.name = "n1"}, {.name = "n2"}, {.name = "n3"}};
    const auto ring = std::make_shared<const RingState>(
        or_die(found_ring(nodes, {.copies = kNodes, .partitions = 256})));
    std::vector<PeerAddress> all;
    for (const Member& member : ring->members) {
      FramesOptions frames;
      frames.self.greeting = {.cluster = ClusterId{1}, .node = member.node.id};
      ServerOptions options;
      options.data_dir = (scratch() / member.node.name).string();
      servers_.push_back(or_die(open_server(
          options,
          {.ring = ring, .self = member.node.id, .hash_seed = 1, .is_founding = true},
          over_frames(frames))));
      ServerLoop& server = *servers_.back();
      server.run_there([&] {
        all.push_back({member.node.id, "127.0.0.1", server.transport()->port()});
      });
    }
    for (const auto& server : servers_) introduce(*server, all);
    for (const auto& server : servers_) wait_for_peers(*server);
  }

  [[nodiscard]] ServerLoop& first() { return *servers_.front(); }

  // Any of them, and waits.
  Reply ask(Request request, Rng& rng) {
    ServerLoop& server = *servers_[rng.below(kNodes)];
    std::promise<Reply> promise;
    auto reply = promise.get_future();
    server.post([&]() mutable {
      server.ask(std::move(request),
                 [&](Reply answer) { promise.set_value(std::move(answer)); });
    });
    return reply.get();
  }

 private:
  static void introduce(ServerLoop& server, const std::vector<PeerAddress>& all) {
    server.run_there([&] { server.transport()->set_peers(all); });
  }
  static void wait_for_peers(ServerLoop& server) {
    KV_CHECK(server.wait_for(Stage::whole, std::chrono::minutes(1)), "it starts");
    for (std::size_t up = 0; up + 1 < kNodes;) {
      server.run_there([&] { up = server.transport()->counts().up; });
    }
  }

  std::vector<std::unique_ptr<ServerLoop>> servers_;
};

// So many callers on one server's thread: each asks again when it has its answer.
class Callers {
 public:
  Callers(ServerLoop& server, Verb verb, int total)
      : server_(server), verb_(verb), to_ask_(total), to_come_(total) {}

  void run(int callers) {
    server_.run_there([&] {
      for (int i = 0; i < callers; ++i) ask();
    });
    over_.get_future().wait();
  }

 private:
  void ask() {
    if (to_ask_-- <= 0) return;
    server_.ask(request_of(verb_, rng_), [this](const Reply& reply) {
      check(reply);
      if (--to_come_ == 0) return over_.set_value();
      ask();
    });
  }

  ServerLoop& server_;
  Verb verb_;
  int to_ask_;
  int to_come_;
  Rng rng_{1};
  std::promise<void> over_;
};

// Closed at the end of main(), before their files are gone.
std::unique_ptr<Servers>& servers() {
  static auto servers = std::make_unique<Servers>();
  return servers;
}
std::unique_ptr<Cluster>& cluster() {
  static auto cluster =
      or_die(Cluster::open((scratch() / "in one process").string(), {.loops = kNodes}));
  return cluster;
}

int each_of(int threads) {
  return std::max(500, 10'000 / threads);
}

void add(Verb verb, const char* what, int callers) {
  add_batch(what, "one process, threads", callers, kRepetitions,
            [=](benchmark::State& state) {
              run_batch(state, callers, each_of(callers), [&](Rng& rng) {
                const std::string key = key_of(rng.below(kKeys));
                const bool ok = verb == Verb::put ? cluster()->put(key, kValue).ok()
                                                  : cluster()->get(key).ok();
                KV_CHECK(ok, "a request succeeds");
              });
            });
  add_batch(
      what, "sockets, threads", callers, kRepetitions, [=](benchmark::State& state) {
        run_batch(state, callers, each_of(callers),
                  [&](Rng& rng) { check(servers()->ask(request_of(verb, rng), rng)); });
      });
  add_batch(what, "sockets, callbacks", callers, kRepetitions,
            [=](benchmark::State& state) {
              const int total = callers * each_of(callers);
              for (auto _ : state) {
                Callers batch(servers()->first(), verb, total);
                state.SetIterationTime(seconds([&] { batch.run(callers); }));
              }
              state.SetItemsProcessed(state.iterations() * total);
            });
}

}  // namespace

int main(int argc, char** argv) {
  if (!start_interleaved(argc, argv)) return 2;
  fs::remove_all(scratch());
  fs::create_directory(scratch());
  for (const int callers : {1, 16, 64}) {
    add(Verb::put, "durable put", callers);
    add(Verb::get, "quorum get", callers);
  }
  benchmark::RunSpecifiedBenchmarks();
  servers().reset();
  cluster().reset();
  fs::remove_all(scratch());
}
