// docs/golden_placements.csv: what another language must compute to place as we do.
//
// This side writes the rows from the library. docs/check_placements.py computes the rows
// of FNV-1a and MD5 again, in another language and from the text of the documents alone.
#include <iterator>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "common/hash/hasher.hpp"
#include "tests/programs/run_program.hpp"
#include "v1_modular/placement.hpp"
#include "v2_consistent/placement.hpp"
#include "v3_virtual_nodes/placement.hpp"

using namespace kv;

namespace {

constexpr const char* kPath = KV_SOURCE_DIR "/docs/golden_placements.csv";
constexpr const char* kHeader =
    "placement,hash,seed,vnodes,nodes,key_hex,key_hash,position,owner\n";

std::string hex(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return text;
}

struct Cluster {
  std::string hash;
  std::uint64_t seed;
  std::vector<std::string> names;         // in the order of joining
  std::vector<std::string> weights = {};  // of each, as typed; all 1 if empty

  [[nodiscard]] Hasher hasher() const { return hasher_named(hash, seed).value(); }

  [[nodiscard]] std::string listed() const {
    std::string text;
    for (std::size_t i = 0; i < names.size(); ++i) {
      text += (i == 0 ? "" : " ") + names[i] + (weights.empty() ? "" : ":" + weights[i]);
    }
    return text;
  }
};

template <class P>
P filled(P placement, const Cluster& cluster) {
  std::uint32_t id = 0;
  for (const std::string& name : cluster.names) {
    const double weight = cluster.weights.empty() ? 1 : std::stod(cluster.weights[id]);
    placement.add({.id = NodeId{id++}, .name = name, .weight = weight});
  }
  return placement;
}

template <class P>
void add_row(const char* kind, const P& placement, std::uint64_t vnodes,
             const Cluster& cluster, KeyHash key, const std::string& key_hex,
             std::string& out) {
  fmt::format_to(std::back_inserter(out), "{},{},{},{},{},{},{:016x},{:012x},{}\n", kind,
                 cluster.hash, cluster.seed, vnodes, cluster.listed(), key_hex, key.raw(),
                 position(key).raw(), cluster.names[placement.owner(key).raw()]);
}

void add_tokens(const Cluster& cluster, std::string& out) {
  for (const std::uint64_t i : {0U, 1U, 19'999U}) {
    const std::string label = fmt::format("{}#{}", cluster.names[0], i);
    const KeyHash hash = hash_key(cluster.hasher(), label);
    fmt::format_to(std::back_inserter(out), "token,{},{},,{},{},{:016x},{:012x},{}\n",
                   cluster.hash, cluster.seed, cluster.names[0], hex(label), hash.raw(),
                   label_token(cluster.hasher(), cluster.names[0], i).raw(),
                   cluster.names[0]);
  }
}

// Weights whose tokens round up, round down, and round to none but one.
void add_weights(const std::string& hash, std::string& out) {
  const Cluster cluster{hash, 0, {"a", "b", "c"}, {"2.5", "1.25", "0.001"}};
  const auto ring = filled(VirtualNodePlacement(cluster.hasher(), 10), cluster);
  for (int i = 0; i < 10; ++i) {
    const std::string key = fmt::format("key-{}", i);
    add_row("ring", ring, 10, cluster, hash_key(cluster.hasher(), key), hex(key), out);
  }
}

void add_keys(const Cluster& cluster, std::string& out) {
  const auto modular = filled(ModularPlacement(), cluster);
  const auto ring = filled(RingPlacement(cluster.hasher()), cluster);
  const auto vnodes = filled(VirtualNodePlacement(cluster.hasher(), 160), cluster);
  for (const std::string& key :
       {std::string("key-0"), std::string("key-999999"), std::string("a"),
        std::string("na\xC3\xAFve"), std::string("\0\xFF\r", 3), std::string(100, 'x')}) {
    const KeyHash hash = hash_key(cluster.hasher(), key);
    add_row("modular", modular, 0, cluster, hash, hex(key), out);
    add_row("ring", ring, 1, cluster, hash, hex(key), out);
    add_row("ring", vnodes, 160, cluster, hash, hex(key), out);
  }
}

// Keys at the ends of the circle, and before, on and after the first node's token. Such
// keys have no bytes: the hash alone is given.
void add_edges(const Cluster& cluster, std::string& out) {
  const auto ring = filled(RingPlacement(cluster.hasher()), cluster);
  const std::uint64_t token = label_token(cluster.hasher(), cluster.names[0], 0).raw()
                              << 16;
  for (const std::uint64_t key : {std::uint64_t{0}, UINT64_MAX, token - 1, token,
                                  token + 0xFFFF, token + 0x10000}) {
    add_row("ring", ring, 1, cluster, KeyHash{key}, "", out);
  }
}

std::string golden_placements() {
  const std::vector<std::string> four{"node_1", "node_2", "node_3", "node_4"};
  std::string out = kHeader;
  for (const char* hash : {"xxh3", "xxh64", "fnv1a32", "fnv1a64", "md5"}) {
    for (const std::uint64_t seed : {std::uint64_t{0}, std::uint64_t{42}}) {
      const Cluster cluster{hash, seed, four};
      add_tokens(cluster, out);
      add_keys(cluster, out);
    }
    add_edges({hash, 0, four}, out);
    add_weights(hash, out);
  }
  // Names whose first tokens are one: the first name in byte order owns the arc,
  // whichever joined first. They were found by hashing 40 million names.
  add_edges({"xxh3", 0, {"node_4744603", "node_300630", "node_1"}}, out);
  add_edges({"xxh3", 0, {"node_300630", "node_4744603", "node_1"}}, out);
  add_edges({"fnv1a64", 0, {"node_9893708", "node_26591058", "node_1"}}, out);
  add_edges({"fnv1a64", 0, {"node_26591058", "node_9893708", "node_1"}}, out);
  return out;
}

}  // namespace

TEST_CASE("golden: placements are those published for other languages") {
  if (updating_golden()) make_file(kPath, golden_placements());
  const bool same = golden_placements() == read_file(kPath);
  CHECK_MESSAGE(same, "placements have changed: every key of every user would move");
}

TEST_CASE("the published ties are ties, and the first name owns the arc") {
  for (const Cluster& cluster :
       {Cluster{"xxh3", 0, {"node_4744603", "node_300630"}},
        Cluster{"fnv1a64", 0, {"node_9893708", "node_26591058"}}}) {
    const Token token = label_token(cluster.hasher(), cluster.names[0], 0);
    REQUIRE(label_token(cluster.hasher(), cluster.names[1], 0) == token);
    const auto ring = filled(RingPlacement(cluster.hasher()), cluster);
    CHECK(ring.owner(KeyHash{token.raw() << 16}) == NodeId{1});
  }
}

TEST_CASE("another language places the same from the published rules") {
  const ProgramEnd outcome = run_shell(
      "python3 " KV_SOURCE_DIR "/docs/check_placements.py " + std::string(kPath));
  CAPTURE(outcome.err);
  CHECK(outcome.status == 0);
  CHECK(outcome.out.find(" rows agree") != std::string::npos);
}
