// The words behind `v4_replicated_kv bench`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"
#include "common/command_line/vocabulary.hpp"
#include "v4_replicated_kv/bench/dialect.hpp"
#include "v4_replicated_kv/bench/schedule.hpp"
#include "v4_replicated_kv/bench/workload.hpp"

namespace kv::bench {

enum class Protocol : std::uint8_t { http, grpc, resp };
[[nodiscard]] std::string_view name_of(Protocol protocol);

// Where somebody listens.
struct Endpoint {
  std::string host;
  std::string port;

  // "127.0.0.1:8080", "[::1]:8080"
  [[nodiscard]] std::string text() const;
};

struct BenchWords {
  Workload workload = kWorkloads[0];
  std::vector<Endpoint> endpoints{};
  std::size_t threads = 1;
  std::size_t connections = 16;         // at least one a thread
  std::size_t pipeline = 1;             // requests under way on each
  double seconds = 10;                  // 0: only load
  std::uint64_t warmup = 2;             // seconds before those
  std::uint64_t timeout_ms = 5'000;     // for an answer
  std::optional<std::uint64_t> rate{};  // requests a second; none: a closed loop
  std::uint64_t keys = 100'000;
  std::size_t value_bytes = 100;
  std::uint64_t seed = 1;
  Copies copies{};
  Protocol protocol = Protocol::http;
  Distribution distribution = Distribution::zipf;
  Arrivals arrivals = Arrivals::even;
  bool load = false;
  bool progress = false;
  bool json = false;
  bool help = false;
};

[[nodiscard]] std::string_view bench_help();

// All that a person can type behind it.
[[nodiscard]] Vocabulary bench_vocabulary();

// Errc::bad_usage with the word, and what is taken instead. `argv[0]` is not looked at.
[[nodiscard]] Result<BenchWords> read_bench_words(int argc, const char* const* argv);

}  // namespace kv::bench
