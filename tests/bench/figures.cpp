// Writes the documents' tables from what the benchmarks measured, so that no figure is
// typed by hand.
//
//   figures RUN.json ... [-- FILE.md ...]
//
// Between `<!-- figures: NAME -->` and `<!-- end -->` a document gets the table called
// NAME. Without documents all tables are printed.
#include <cstdio>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "tests/bench/measurements.hpp"
#include "tests/bench/storage_tables.hpp"

namespace {

using kv::Measurement;
using kv::Measurements;
using Names = std::vector<std::string>;

constexpr const char* kOurs = "fast ring";

struct Table {
  std::string group;
  std::string unit;
  double scale;  // from nanoseconds an item
  Names rows;
  std::vector<int> nodes;
  const char* reference = kOurs;  // the row that others are held against
};

const std::map<std::string, Table>& tables() {
  const Names rings{"hash alone", "slot table",    "fast ring",
                    "eytzinger",  "sorted vector", "tree of names"};
  const Names all{"hash alone",
                  "slot table",
                  "equal partitions",
                  "maglev",
                  "fast ring",
                  "anchor",
                  "dx",
                  "jump",
                  "memento",
                  "eytzinger",
                  "sorted vector",
                  "multi-probe",
                  "tree of names",
                  "rendezvous",
                  "libmemcached ketama"};
  const std::vector<int> four{10, 100, 1000, 10000};
  static const std::map<std::string, Table> kTables{
      {"find", {"hash and find", "ns a key", 1, rings, four}},
      {"find all", {"hash and find", "ns a key", 1, all, {10, 100, 1000}}},
      {"find without hashing", {"find", "ns a key", 1, rings, four}},
      {"find dependent", {"find, each after the other", "ns a key", 1, rings, four}},
      {"find many", {"find many", "ns a key", 1, {"portable", "AVX2"}, four, "portable"}},
      {"three owners",
       {"three owners",
        "ns a key",
        1,
        {"slot table", "fast ring", "sorted vector"},
        four}},
      {"build", {"build", "ns a token", 1, {"fast ring", "sorting"}, four}},
      {"join", {"join", "us a node", 1e-3, {"fast ring", "sorted vector"}, four}},
      {"leave", {"leave", "us a node", 1e-3, {"fast ring", "sorted vector"}, four}},
      {"tokens", {"tokens a node", "ns a key", 1, {"160", "20000"}, {4}, "160"}},
  };
  return kTables;
}

std::string number(double value) {
  return fmt::format("{:.{}f}", value, value < 10 ? 2 : value < 100 ? 1 : 0);
}

std::string cell(const Table& table, const Measurements& measured, const std::string& row,
                 int nodes) {
  const auto name = [&](std::string_view structure) {
    return fmt::format("{}/{}/{}", table.group, structure, nodes);
  };
  const auto own = measured.of(name(row));
  if (!own) return "";
  const auto reference = measured.of(name(table.reference));
  const std::string text = number(own->median * table.scale);
  if (!reference || row == table.reference) return text;
  return fmt::format("{} ({:.1f}x)", text, own->median / reference->median);
}

std::string render(const Table& table, const Measurements& measured) {
  std::string out = fmt::format("| {} |", table.unit);
  std::string rule = "|---|";
  for (const int nodes : table.nodes) {
    out += fmt::format(" {} nodes |", nodes);
    rule += "--:|";
  }
  out += "\n" + rule + "\n";
  for (const std::string& row : table.rows) {
    out += row == kOurs ? fmt::format("| **{}** |", row) : fmt::format("| {} |", row);
    for (const int nodes : table.nodes) {
      out += fmt::format(" {} |", cell(table, measured, row, nodes));
    }
    out += "\n";
  }
  return out;
}

std::string render_memory(const Measurements& measured) {
  std::string out = "| bytes a token | 10 nodes | 1000 nodes | 10000 nodes |\n";
  out += "|---|--:|--:|--:|\n";
  for (const char* row : {"fast ring", "eytzinger", "sorted vector", "tree of names"}) {
    out += fmt::format("| {} |", row);
    for (const int nodes : {10, 1000, 10000}) {
      const auto bytes =
          measured.counted(fmt::format("hash and find/{}/{}", row, nodes), "bytes");
      out += bytes ? fmt::format(" {:.1f} |", *bytes / (160.0 * nodes)) : " |";
    }
    out += "\n";
  }
  return out;
}

std::string render_stages(const Measurements& measured) {
  std::string out = "| default run, `--trials 0` | median ms | times the floor |\n";
  out += "|---|--:|--:|\n";
  const auto floor = measured.of("hash_and_count");
  for (const char* row : {"hash_and_count", "v1_modular", "v2_consistent",
                          "v3_virtual_nodes", "v3_virtual_nodes and sweep"}) {
    const auto found = measured.of(row);
    if (!found || !floor) continue;
    out += fmt::format("| {} | {:.1f} | {:.2f} |\n", row, found->median / 1e6,
                       found->median / floor->median);
  }
  return out;
}

std::map<std::string, std::string> render_all(const Measurements& measured) {
  std::map<std::string, std::string> all;
  for (const auto& [name, table] : tables()) all[name] = render(table, measured);
  all["memory"] = render_memory(measured);
  all["stages"] = render_stages(measured);
  all.merge(render_storage(measured));
  all["machine"] = fmt::format(
      "Medians of 9 interleaved repetitions in one run on {}; in brackets, how many "
      "times "
      "the fast ring's time.\n",
      measured.machine());
  return all;
}

// The document with its tables written anew; an error names a table that nobody knows.
kv::Result<std::string> rewritten(const std::string& text,
                                  const std::map<std::string, std::string>& all) {
  constexpr std::string_view kBegin = "<!-- figures: ";
  constexpr std::string_view kEnd = "<!-- end -->";
  std::string out;
  std::size_t at = 0;
  for (;;) {
    const auto begin = text.find(kBegin, at);
    if (begin == text.npos) return out + text.substr(at);
    const auto name_at = begin + kBegin.size();
    const auto name_end = text.find(" -->", name_at);
    const auto end = text.find(kEnd, name_at);
    if (name_end == text.npos || end == text.npos) {
      return kv::fail(kv::Errc::bad_input, "a table is begun and not ended");
    }
    const auto found = all.find(text.substr(name_at, name_end - name_at));
    if (found == all.end()) {
      return kv::fail(
          kv::Errc::bad_input,
          fmt::format("no table is called {}", text.substr(name_at, name_end - name_at)));
    }
    out += text.substr(at, name_end + 4 - at) + "\n\n" + found->second + "\n";
    at = end;
  }
}

kv::Result<void> rewrite(const std::string& path,
                         const std::map<std::string, std::string>& all) {
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  if (!in) return kv::fail(kv::Errc::not_found, path + ": cannot be read");
  const auto written = rewritten(text.str(), all);
  if (!written)
    return kv::fail(kv::Errc::bad_input, path + ": " + written.error().detail);
  std::ofstream out(path);
  out << *written;
  out.close();
  if (!out) return kv::fail(kv::Errc::io, path + ": cannot be written");
  return {};
}

kv::Result<void> run(const std::vector<std::string>& words) {
  Measurements measured;
  bool documents = false;
  bool any = false;
  for (const std::string& word : words) {
    if (word == "--") {
      documents = true;
      continue;
    }
    any = any || documents;
    const auto done =
        documents ? rewrite(word, render_all(measured)) : measured.read(word);
    if (!done) return done;
  }
  if (any) return {};
  for (const auto& [name, table] : render_all(measured)) {
    fmt::print("{}\n\n{}\n", name, table);
  }
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  const auto done = run({argv + 1, argv + argc});
  if (done) return 0;
  fmt::print(stderr, "figures: {}\n", done.error().detail);
  return 1;
}
