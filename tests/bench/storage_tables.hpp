// The tables of the store, its placement and the cluster: rates beside those of peers.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "tests/bench/measurements.hpp"

namespace kv {

struct Rates {
  std::string group;
  std::string column;  // what there are so many of
  std::vector<int> sizes;
  std::vector<std::string> rows;
};

// Thousands a second of each, and how many times as many as the first row's.
inline std::string render_rates(const Measurements& measured, const Rates& rates) {
  std::string out = "| thousands a second |";
  for (const int size : rates.sizes) {
    out += fmt::format(" {} {}{} |", size, rates.column, size == 1 ? "" : "s");
  }
  out += "\n|---|";
  for (std::size_t i = 0; i < rates.sizes.size(); ++i) out += "--:|";
  const auto of = [&](const std::string& row, int size) {
    return measured.of(fmt::format("{}/{}/{}", rates.group, row, size));
  };
  for (const std::string& row : rates.rows) {
    out += fmt::format("\n| {} |", row);
    for (const int size : rates.sizes) {
      const auto own = of(row, size);
      const auto first = of(rates.rows.front(), size);
      if (!own) {
        out += " |";
        continue;
      }
      out += fmt::format(" {:.1f}", 1e6 / own->median);
      const bool is_first = !first || row == rates.rows.front();
      out += is_first ? " |" : fmt::format(" ({:.2f}x) |", first->median / own->median);
    }
  }
  return out + "\n";
}

inline std::string render_partitions(const Measurements& measured) {
  std::string out = "| ns a key, three owners | 10 nodes | 200 nodes |\n|---|--:|--:|\n";
  const auto line = [&](const char* group, const char* row, const char* label) {
    out += fmt::format("| {} |", label);
    for (const int nodes : {10, 200}) {
      const auto own = measured.of(fmt::format("{}/{}/{}", group, row, nodes));
      const auto plain = measured.of(fmt::format("{}/plain table/{}", group, nodes));
      out += own && plain ? fmt::format(" {:.2f} ({:.2f}x) |", own->median,
                                        own->median / plain->median)
                          : " |";
    }
    out += "\n";
  };
  for (const char* row :
       {"plain table", "partition table", "the same, with a writer", "walk"}) {
    line("three owners", row, row);
  }
  line("hash and three owners", "plain table", "hash, and plain table");
  line("hash and three owners", "partition table", "hash, and partition table");
  line("hash and three owners", "the same, with a writer", "the same, with a writer");
  return out;
}

inline std::string render_changes(const Measurements& measured) {
  std::string out =
      "| ms a change, 4,096 partitions, 3 copies | 10 nodes | 200 nodes |\n";
  out += "|---|--:|--:|\n";
  for (const char* kind : {"join", "leave", "weight"}) {
    for (const int zones : {0, 3, 8}) {
      out += fmt::format("| {}, {} zones |", kind, zones);
      for (const int nodes : {10, 200}) {
        const auto own =
            measured.of(fmt::format("change/{}, {} zones/{}", kind, zones, nodes));
        out += own ? fmt::format(" {:.1f} |", own->median / 1e6) : " |";
      }
      out += "\n";
    }
  }
  return out;
}

// Two million records, opened: seconds, and how many times as long as the first row.
inline std::string render_open(const Measurements& measured) {
  std::string out = "| opening 2 million records | seconds | |\n|---|--:|--:|\n";
  const auto first = measured.of("open/store/2");
  for (const char* row : {"store", "store after a crash", "LevelDB", "RocksDB"}) {
    const auto own = measured.of(fmt::format("open/{}/2", row));
    if (!own || !first) continue;
    out += fmt::format("| {} | {:.2f} | {:.1f}x |\n", row, own->median * 2e6 / 1e9,
                       own->median / first->median);
  }
  return out;
}

inline std::string render_memory_a_key(const Measurements& measured) {
  const std::string one_million = "get from memory/store/1";
  const auto one = measured.counted(one_million, "bytes a key");
  const auto two = measured.counted("open/store after a crash/2", "bytes a key");
  const auto hot = measured.counted(one_million, "bytes a hot value");
  if (!one || !two || !hot) return "";
  std::string out = "| bytes of memory | |\n|---|--:|\n";
  out += fmt::format("| a key of 16 bytes, among a million | {:.0f} |\n", *one);
  out += fmt::format("| the same, among two million | {:.0f} |\n", *two);
  out += fmt::format("| a value that is hot, beside its own | {:.0f} |\n", *hot);
  return out;
}

// Sync puts by the store and by the lesson's first try, and how many share a sync.
inline std::string render_one_lock(const Measurements& measured) {
  const std::vector<int> threads{1, 4, 16, 64};
  std::string out =
      render_rates(measured, {"sync put", "thread", threads, {"store", "one lock"}});
  out += "| store, puts for a sync |";
  for (const int count : threads) {
    const auto puts =
        measured.counted(fmt::format("sync put/store/{}", count), "puts a sync");
    out += puts ? fmt::format(" {:.1f} |", *puts) : " |";
  }
  return out + "\n";
}

inline std::map<std::string, std::string> render_storage(const Measurements& measured) {
  const std::vector<std::string> engines{"store", "LevelDB", "RocksDB"};
  const std::vector<std::string> clusters{"cluster, 1 loop", "cluster, 3 loops"};
  return {
      {"sync puts", render_rates(measured, {"sync put",
                                            "thread",
                                            {1, 16, 64},
                                            {"store", "bare loop", "bare group commit",
                                             "LevelDB", "RocksDB"}})},
      {"unsynced puts", render_rates(measured, {"unsynced put", "thread", {1}, engines})},
      {"gets from memory",
       render_rates(measured, {"get from memory", "thread", {1}, engines})},
      {"open", render_open(measured)},
      {"memory a key", render_memory_a_key(measured)},
      {"one lock", render_one_lock(measured)},
      {"partition lookups", render_partitions(measured)},
      {"partition changes", render_changes(measured)},
      {"cluster puts",
       render_rates(measured, {"durable put",
                               "client",
                               {1, 4, 16, 64},
                               {"one file", "cluster, 1 loop", "cluster, 3 loops"}})},
      {"cluster gets",
       render_rates(measured, {"quorum get", "client", {1, 4, 16, 64}, clusters})},
  };
}

}  // namespace kv
