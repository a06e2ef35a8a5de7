// What clients do, and how often: the mixes of YCSB.
//
//   a  half reads, half updates            d  95 % reads of what is new, 5 % inserts
//   b  95 % reads, 5 % updates             e  95 % scans, 5 % inserts
//   c  reads only                          f  half reads, half reads followed by a write
//
// Idea      each thread has its own keys to insert, so that no two have to agree on what is
//           new: thread t of T inserts keys N + t, N + t + T, N + t + 2T ...
// Source    Cooper et al., SoCC 2010, table 1; YCSB's files workloads/workloada to f.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "common/base/rng.hpp"
#include "v4_replicated_kv/bench/zipf.hpp"

namespace kv::bench {

enum class Kind : std::uint8_t { read, update, insert, scan, read_modify_write };
inline constexpr std::array kKinds{Kind::read, Kind::update, Kind::insert, Kind::scan,
                                   Kind::read_modify_write};
[[nodiscard]] std::string_view name_of(Kind kind);

enum class Distribution : std::uint8_t { zipf, uniform };

// Parts of a hundred.
struct Workload {
  std::string_view name;
  std::string_view told;  // for people
  std::uint64_t read = 0, update = 0, insert = 0, scan = 0, read_modify_write = 0;
  bool reads_newest = false;  // the newest are the hottest, not keys spread over all
};

inline constexpr std::array kWorkloads{
    Workload{.name = "a", .told = "50 % reads, 50 % updates", .read = 50, .update = 50},
    Workload{.name = "b", .told = "95 % reads, 5 % updates", .read = 95, .update = 5},
    Workload{.name = "c", .told = "reads", .read = 100},
    Workload{.name = "d",
             .told = "95 % reads of what is new, 5 % inserts",
             .read = 95,
             .insert = 5,
             .reads_newest = true},
    Workload{.name = "e", .told = "95 % scans, 5 % inserts", .insert = 5, .scan = 95},
    Workload{.name = "f",
             .told = "50 % reads, 50 % reads followed by a write",
             .read = 50,
             .read_modify_write = 50},
    Workload{.name = "put", .told = "updates", .update = 100},
    Workload{.name = "get", .told = "reads", .read = 100}};

struct Operation {
  Kind kind = Kind::read;
  std::uint64_t key = 0;    // its number; of a scan: none
  std::uint32_t limit = 0;  // of a scan: 1 to 100 keys
};

// What one thread does, in which order.
class OperationSource {
 public:
  OperationSource(const Workload& workload, Distribution distribution, std::uint64_t keys,
                  std::size_t thread, std::size_t threads, Rng rng);

  [[nodiscard]] Operation next();

  // The insert of this key was acknowledged: from now on it is read.
  void inserted(std::uint64_t key) { inserted_.push_back(key); }

 private:
  [[nodiscard]] std::uint64_t any_key();
  [[nodiscard]] std::uint64_t new_key();

  Workload workload_;
  Distribution distribution_;
  std::uint64_t keys_;
  std::uint64_t next_insert_;
  std::uint64_t threads_;
  Rng rng_;
  Zipf zipf_;
  std::vector<std::uint64_t> inserted_;  // oldest first
};

}  // namespace kv::bench
