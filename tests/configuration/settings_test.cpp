// Files and flags: what they come to, and what each mistake is called.
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/docs/golden_block.hpp"
#include "v4_replicated_kv/configuration/keys.hpp"
#include "v4_replicated_kv/configuration/read_settings.hpp"
#include "v4_replicated_kv/configuration/yaml_file.hpp"

using namespace kv;

namespace {

using Words = std::vector<std::string_view>;

Settings settings_of(const Words& words) {
  const auto read = read_settings(words);
  if (!read) FAIL(read.error().detail);
  REQUIRE(read->has_value());
  return **read;
}

// The settings of a file with this text, and flags.
Settings settings_of_file(std::string_view text, const Words& flags = {}) {
  const TempDir dir;
  const std::string path = dir.file("node.yaml", text);
  Words words{"--config", path};
  words.insert(words.end(), flags.begin(), flags.end());
  return settings_of(words);
}

std::string why(const Words& words, Errc code = Errc::bad_usage) {
  const auto read = read_settings(words);
  REQUIRE_FALSE(read.has_value());
  CHECK(read.error().code == code);
  CHECK(read.error().detail.find('\n') == std::string::npos);
  return read.error().detail;
}

// Without the directory before the file's name.
std::string why_file(std::string_view text, Errc code = Errc::bad_input) {
  const TempDir dir;
  const std::string path = dir.file("node.yaml", text);
  std::string said = why({"--config", path}, code);
  const std::string before = dir.path() + "/";
  REQUIRE(said.starts_with(before));
  for (auto at = said.find(before); at != said.npos; at = said.find(before)) {
    said.erase(at, before.size());
  }
  return said;
}

std::vector<std::string> all_values(const Settings& settings) {
  std::vector<std::string> values;
  for (const Key& key : all_keys()) {
    values.push_back(fmt::format("{}={}", key.name, key.show(settings)));
  }
  return values;
}

}  // namespace

TEST_CASE("what is shown as a default can be typed, and is the default") {
  Settings settings;
  for (const Key& key : all_keys()) {
    CAPTURE(key.name);
    CHECK(key.set(settings, key.show(Settings{})));
    CHECK_FALSE(key.takes.empty());
    CHECK_FALSE(key.meaning.empty());
    const std::string_view section = key.name.substr(0, key.name.find('.'));
    CHECK(std::ranges::find(all_sections(), section) != all_sections().end());
    CHECK(std::ranges::find(later_keys(), key.name) == later_keys().end());
  }
  CHECK(all_values(settings) == all_values(Settings{}));
  CHECK(all_values(settings_of({})) == all_values(Settings{}));
}

TEST_CASE("the published defaults are the defaults") {
  const Settings settings = settings_of_file(
      R"(node:     {id: node1, weight: 1, zone: rack1, cores: 1}
listen:   {http: "127.0.0.1:8080", grpc: "127.0.0.1:9000", peer: "", resp: ""}
cluster:  {seeds: [], n: 3, partitions: 4096, vnodes: 256, conflict: last_write_wins, metadata: embedded, peer_transport: frames}
storage:  {engine: log, cache_bytes: 256MiB, index_bytes_max: 4GiB, compression: zstd, compression_min_bytes: 1KiB, sync: always, segment_bytes: 64MiB, scrub_every: 14d}
replication: {timeout: 2s, siblings_max: 32}
failure:  {heartbeat: 500ms, suspect_after: 2s, fail_after: 5s}
limits:   {key_bytes_max: 4096, value_bytes_max: 16MiB, inflight_max: 4096, connections_max: 20000}
security: {insecure: false}
log:      {level: info, format: json}
test:     {seed: 0}
)");
  CHECK(all_values(settings) == all_values(Settings{}));
}

TEST_CASE("every key is a flag, and flags win over the file") {
  const std::string_view file =
      "cluster: {n: 5, r: 4, seeds: [a:1, 'b:2']}\n"
      "node:\n  id: other # a remark\n";
  const Settings read = settings_of_file(file);
  CHECK(read.cluster.n == 5);
  CHECK(read.cluster.r == 4);
  CHECK_FALSE(read.cluster.w.has_value());
  CHECK(read.cluster.seeds == std::vector<Address>{{"a", 1}, {"b", 2}});
  CHECK(data_dir_of(read) == "./data/other");
  const Settings both = settings_of_file(
      file, {"--id", "n7", "--cluster.r=majority", "--seeds", "c:3,d:4", "--resp",
             "[::1]:6379", "--data-dir", "/tmp/x", "--listen.http", "",
             "--storage.scrub_every", "36h", "--node.weight=0.5"});
  CHECK(both.cluster.n == 5);
  CHECK_FALSE(both.cluster.r.has_value());
  CHECK(both.node.id == "n7");
  CHECK(both.node.weight == 0.5);
  CHECK(both.cluster.seeds == std::vector<Address>{{"c", 3}, {"d", 4}});
  CHECK(both.listen.resp == Address{"::1", 6379});
  CHECK_FALSE(both.listen.http.has_value());
  CHECK(data_dir_of(both) == "/tmp/x");
  CHECK(both.storage.scrub_every == std::chrono::hours(36));
}

TEST_CASE("a file's mistakes have their line") {
  const auto says = [](std::string_view text, std::string_view expected) {
    CAPTURE(text);
    CHECK(why_file(text) == expected);
  };
  says("cluster:\n  m: 3\n",
       "node.yaml:2: cluster.m: is not a key; did you mean cluster.n?");
  says("node: {heartbeat: 1s}",
       "node.yaml:1: node.heartbeat: is not a key; did you mean failure.heartbeat?");
  says("cluster: {sloppy_quorum: false}",
       "node.yaml:1: cluster.sloppy_quorum: is not known to this version, which lacks "
       "what it is for; leave it out");
  says("\nclutser: {n: 3}",
       "node.yaml:2: clutser: is not a section; did you mean cluster?");
  says("cluster: 3",
       "node.yaml:1: cluster: is a section: takes keys with values, such as {n: 3}");
  says("- cluster", "node.yaml:1: takes sections, such as cluster: {n: 3}");
  says(
      "storage:\n  cache_bytes: 256Mib\n",
      "node.yaml:2: storage.cache_bytes: 256Mib: takes bytes like 64MiB, from 0 to 1TiB");
  says("cluster: {n: 99}",
       "node.yaml:1: cluster.n: 99: takes whole numbers from 1 to 16");
  says("cluster: {n: }", "node.yaml:1: cluster.n: has no value; write \"\" for none");
  says("cluster:\n  n: 3\n  n: 4\n",
       "node.yaml:3: cluster.n: is given twice; first: node.yaml:2: cluster.n");
  says("cluster: {n: 3}\ncluster: {w: 1}",
       "node.yaml:2: cluster: is there twice; put its keys together");
  says("cluster: {n: [3]}", "node.yaml:1: cluster.n: takes one value, not a list");
  says("cluster: {n: {r: 3}}", "node.yaml:1: cluster.n: takes a value, not keys");
  says("cluster: {seeds: [[a]]}",
       "node.yaml:1: cluster.seeds: takes a list of words without commas");
  says("a: b: c", "node.yaml:1: is not YAML: illegal map value");
  says("cluster:\n\tn: 3\n",
       "node.yaml:2: is not YAML: illegal map value; there is a tab: indent with spaces");
  says(
      std::string(5000, '['),
      "node.yaml:1: brackets in brackets; takes sections with keys, such as cluster: {n: "
      "3}");
  says("cluster: {n: 3", "node.yaml:1: is not YAML: end of map flow not found");
  says("node: {id: a}\n---\nnode: {id: b}\n",
       "node.yaml: goes on after its first document; takes one");
  says(", x", "node.yaml: goes on after its first document; takes one");
  says("log: {\"le\\nvel\": info}",
       "node.yaml:1: log.le\\x0avel: is not a key; did you mean log.level?");
}

TEST_CASE("a word keeps its letters, whatever YAML could make of them") {
  CHECK(settings_of_file("node: {id: no, zone: 0x10}").node.id == "no");
  CHECK(settings_of_file("node: {zone: '0x10'}").node.zone == "0x10");
  CHECK(why_file("security: {insecure: yes}") ==
        "node.yaml:1: security.insecure: yes: takes true or false");
}

TEST_CASE("a file that is not there, is none, or is too long") {
  const TempDir dir;
  CHECK(why({"--config", dir.path() + "/no.yaml"}, Errc::not_found)
            .ends_with("/no.yaml: cannot be opened: No such file or directory"));
  CHECK(why({"--config", dir.path()}, Errc::io)
            .ends_with("cannot be read: Is a directory"));
  const std::string remark = "# " + std::string(kConfigurationBytesMax - 3, 'x') + "\n";
  CHECK(settings_of_file(remark).cluster.n == 3);
  CHECK(why_file(remark + "\n", Errc::too_large) == "node.yaml: is longer than 1 MiB");
  CHECK(settings_of_file("").cluster.n == 3);
  CHECK(settings_of_file("cluster:\n  # n: 4\n").cluster.n == 3);
}

TEST_CASE("a megabyte of nonsense is refused with a line") {
  for (const std::string_view piece :
       {"[", "{", "- ", "? ", "a: ", "&a ", "*a ", "\"", "|\n", ", ", "a: {", "---\n",
        "!!x ", "\x80", "{a: ["}) {
    CAPTURE(piece);
    std::string text;
    while (text.size() + piece.size() <= kConfigurationBytesMax) text += piece;
    const auto read = read_yaml(text, "f");
    REQUIRE_FALSE(read.has_value());
    CHECK(read.error().code == Errc::bad_input);
    CHECK(read.error().detail.size() < 400);
  }
}

TEST_CASE("a flag's mistakes are one line") {
  CHECK(why({"--cluster.nn", "3"}) ==
        "--cluster.nn: is not a key; did you mean cluster.n?");
  CHECK(why({"--clustern", "3"}) ==
        "--clustern: is not a flag; did you mean --cluster.n?");
  CHECK(why({"--quiet"}) == "--quiet: is not a flag (see --help)");
  CHECK(why({"serve"}) == "serve: is not a flag (see --help)");
  CHECK(why({"--cluster.n"}) == "--cluster.n: needs a value (see --help)");
  CHECK(why({"--id", "--http"}) == "--id: needs a value (see --help)");
  CHECK(why({"--id", "a", "--node.id", "b"}) == "--node.id: is given twice; first: --id");
  CHECK(why({"--id", ""}).starts_with("--id: \"\": takes names of 1 to 64 letters"));
  CHECK(why({"--id=../up"}).starts_with("--id: ../up: takes names"));
  CHECK(why({"--config="}) == "--config: needs the name of a file");
  CHECK(why({"--config", "a", "--config", "b"}) ==
        "--config: is given twice; takes one file");
  CHECK(why({"--failure.heartbeat", "2"})
            .starts_with("--failure.heartbeat: 2: takes times like"));
  CHECK(why({"--storage.cache_bytes", "18446744073709551615TiB"})
            .starts_with(
                "--storage.cache_bytes: 18446744073709551615TiB: takes bytes like"));
  CHECK(why({"--node.weight", "1e3"}).ends_with("takes numbers from 0.001 to 1000"));
  CHECK(why({"--node.weight", "nan"}).ends_with("takes numbers from 0.001 to 1000"));
  CHECK(why({"--node.cores", "2"}) == "--node.cores: 2: takes 1");
  CHECK(why({"--cluster.metadata", "etcd"}) ==
        "--cluster.metadata: etcd: takes embedded");
  CHECK(why({"--seeds", "a:1,a:1"})
            .starts_with("--seeds: a:1,a:1: takes at most 1024 diff"));
  CHECK(why({"--seeds", "a:1,"}).starts_with("--seeds: a:1,: takes"));
}

TEST_CASE(
    "values that do not fit each other name the key to change, where it was given") {
  CHECK(why({"--cluster.w", "4"}) ==
        "--cluster.w: 4 copies cannot answer: cluster.n is 3");
  CHECK(why_file("cluster:\n  n: 2\n  r: 3\n", Errc::bad_usage) ==
        "node.yaml:3: cluster.r: 3 copies cannot answer: cluster.n is 2");
  CHECK(why({"--cluster.partitions", "1000"}) ==
        "--cluster.partitions: 1000: takes a power of two, such as 512 or 1024");
  CHECK(
      why({"--failure.heartbeat", "3s"})
          .starts_with("failure.suspect_after: has to be longer than failure.heartbeat"));
  CHECK(why({"--failure.fail_after", "2s"}) ==
        "--failure.fail_after: has to be longer than failure.suspect_after");
  CHECK(why({"--http", "127.0.0.1:9000"}) ==
        "listen.grpc: 127.0.0.1:9000 is listen.http's; each takes a port of its own");
  CHECK(
      settings_of({"--http", "127.0.0.1:0", "--grpc", "127.0.0.1:0"}).listen.http->port ==
      0);
  CHECK(settings_of({"--cluster.peer_transport", "grpc"}).cluster.peer_transport ==
        PeerPath::grpc);
  CHECK(why({"--cluster.peer_transport", "grpc", "--listen.peer", "127.0.0.1:1"})
            .starts_with("--listen.peer: with cluster.peer_transport: grpc nodes talk"));
  CHECK(
      why({"--grpc", "", "--seeds", "a:1"})
          .starts_with("--grpc: nodes that cluster.seeds name look for this one there"));
}

TEST_CASE("nobody listens for other machines who has not said so") {
  for (const char* const open :
       {"0.0.0.0:8080", "[::]:8080", "node1:8080", "10.0.0.1:8080", "128.0.0.1:80",
        "127.evil.example:80", "127.1:80"}) {
    CAPTURE(open);
    CHECK(why({"--http", open}) ==
          fmt::format(
              "--http: other machines get to {}, and nothing asks who they are; use "
              "127.0.0.1, or say security.insecure: true in a network where all "
              "are trusted",
              open));
    CHECK(settings_of({"--http", open, "--security.insecure", "true"}).listen.http);
  }
  for (const char* const safe :
       {"127.0.0.1:80", "127.255.1.2:80", "localhost:80", "[::1]:80"}) {
    CAPTURE(safe);
    CHECK(settings_of({"--http", safe}).listen.http);
  }
  // Nodes that know a secret are asked for it; clients are not.
  const Words open{"--listen.peer", "0.0.0.0:7000"};
  CHECK(why(open).find("give cluster.secret_file") != std::string::npos);
  CHECK(settings_of({"--listen.peer", "0.0.0.0:7000", "--cluster.secret_file", "s"})
            .listen.peer);
  CHECK(why({"--grpc", "0.0.0.0:7000", "--cluster.secret_file", "s"})
            .starts_with("--grpc: other machines"));
}

TEST_CASE("what was not given follows the number of nodes, what was given does not") {
  const auto quorum = [](const Words& words, std::size_t members) {
    return quorum_of(settings_of(words).cluster, members);
  };
  const auto three = quorum({}, 3);
  CHECK((three->n == 3 && three->r == 2 && three->w == 2));
  const auto alone = quorum({}, 1);
  CHECK((alone->n == 1 && alone->r == 1 && alone->w == 1));
  const auto two = quorum({"--cluster.r", "1"}, 2);
  CHECK((two->n == 2 && two->r == 1 && two->w == 2));
  const auto refused = quorum({"--cluster.w", "2"}, 1);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().detail ==
        "cluster.w: 2 copies are to answer, and of nodes the cluster has 1; leave it "
        "out, or "
        "start more nodes");
}

TEST_CASE(
    "a proxy has defaults of its own, and needs neither seeds nor an address for gRPC") {
  const auto read = read_settings(Words{"--seeds", "127.0.0.1:9000"}, Role::proxy);
  REQUIRE(read.has_value());
  REQUIRE(read->has_value());
  CHECK((*read)->node.id == "proxy");
  CHECK(address_text((*read)->listen.http.value()) == "127.0.0.1:8090");
  CHECK_FALSE((*read)->listen.grpc);
  const auto alone = read_settings(Words{"--http", "127.0.0.1:0"}, Role::proxy);
  CHECK(alone.has_value());
}

TEST_CASE("--help names every key and flag") {
  const auto read = read_settings(Words{"--id", "x", "--help"});
  REQUIRE(read.has_value());
  CHECK_FALSE(read->has_value());
  const std::string help = configuration_help();
  for (const Key& key : all_keys()) {
    CAPTURE(key.name);
    CHECK(help.find("--" + std::string(key.name) + " [") != std::string::npos);
    CHECK(help.find(key.short_form) != std::string::npos);
  }
  std::size_t column = 0;
  for (const char c : help) {
    column = c == '\n' ? 0 : column + 1;
    CHECK(column <= 90);
  }
}

TEST_CASE("golden: the reference page has every key") {
  test::check_golden_block("docs/reference/configuration.md", "keys",
                           configuration_reference());
}
