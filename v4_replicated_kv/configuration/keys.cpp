#include "v4_replicated_kv/configuration/keys.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "common/base/closest_word.hpp"
#include "v4_replicated_kv/configuration/value_kinds.hpp"
#include "v4_replicated_kv/placement/member.hpp"
#include "v4_replicated_kv/placement/partition_table.hpp"
#include "v4_replicated_kv/storage/segment.hpp"

namespace kv {

namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

constexpr std::array<std::string_view, 10> kSections{
    "node",    "listen", "cluster",  "storage", "replication",
    "failure", "limits", "security", "log",     "test"};

constexpr std::array<std::string_view, 17> kLater{"node.datacenter",
                                                  "cluster.n_per_datacenter",
                                                  "cluster.sloppy_quorum",
                                                  "storage.sync_interval",
                                                  "storage.disk_bytes_max",
                                                  "storage.tombstone_grace",
                                                  "replication.hint_bytes_max",
                                                  "replication.anti_entropy_every",
                                                  "replication.anti_entropy_rate",
                                                  "replication.stream_rate",
                                                  "security.token_file",
                                                  "security.admin_token_file",
                                                  "security.tls_cert",
                                                  "security.tls_key",
                                                  "security.tls_ca",
                                                  "security.cors_origins",
                                                  "test.faults"};

constexpr std::uint64_t kTokensMax = 1'000'000;  // of a node, per unit of weight
constexpr std::uint64_t kSiblingsMax = 100;
constexpr std::uint64_t kMemoryMax = kGiB << 10;

// Words that belong to a key, but not to its value.
struct Words {
  std::string_view name;
  std::string_view meaning;
  std::string_view short_form = {};
};

// The key for one field of one section.
template <class Section, class T>
Key key(Section Settings::* section, T Section::* field, Words words,
        const ValueKind<T>& kind) {
  return {
      .name = words.name,
      .short_form = words.short_form,
      .meaning = words.meaning,
      .takes = kind.takes,
      .words = kind.words,
      .is_list = kind.is_list,
      .set =
          [=, read = kind.read](Settings& settings, std::string_view text) {
            auto value = read(text);
            if (!value) return false;
            settings.*section.*field = *std::move(value);
            return true;
          },
      .show = [=, show = kind.show](
                  const Settings& settings) { return show(settings.*section.*field); }};
}

using Keys = std::vector<Key>;

void add_node(Keys& keys) {
  const auto add = [&](auto field, Words words, const auto& kind) {
    keys.push_back(key(&Settings::node, field, words, kind));
  };
  using S = NodeSettings;
  add(&S::id,
      {"node.id", "the node's name: unlike all others of its cluster, and for life",
       "--id"},
      plain_names());
  add(&S::data_dir,
      {"node.data_dir", "the directory of its files; \"\" is ./data/ and the id",
       "--data-dir"},
      paths());
  add(&S::weight, {"node.weight", "its share of the copies, beside the others' weights"},
      decimals(kWeightMin, kWeightMax));
  add(&S::zone,
      {"node.zone",
       "what fails together with it, such as a rack: copies of a key lie in different "
       "zones while there are enough"},
      plain_names());
  add(&S::cores, {"node.cores", "threads that serve requests"}, whole_numbers(1, 1));
}

void add_listen(Keys& keys) {
  const auto add = [&](auto field, Words words) {
    keys.push_back(key(&Settings::listen, field, words, addresses()));
  };
  using S = ListenSettings;
  add(&S::http, {"listen.http", "HTTP, for clients", "--http"});
  add(&S::grpc, {"listen.grpc",
                 "gRPC, for clients and for nodes that look for each other", "--grpc"});
  add(&S::peer,
      {"listen.peer",
       "the other nodes' requests; \"\" is a free port at the host of listen.grpc"});
  add(&S::resp, {"listen.resp", "the Redis protocol, for clients", "--resp"});
}

void add_cluster(Keys& keys) {
  const auto add = [&](auto field, Words words, const auto& kind) {
    keys.push_back(key(&Settings::cluster, field, words, kind));
  };
  using S = ClusterSettings;
  add(&S::seeds,
      {"cluster.seeds",
       "gRPC addresses of nodes that it forms a cluster with, or finds its own by; none: "
       "a cluster of one",
       "--seeds"},
      address_lists());
  add(&S::n, {"cluster.n", "copies of a key, or as many as there are nodes"},
      whole_numbers(1, kCopiesMax));
  add(&S::r,
      {"cluster.r", "copies that a read waits for, where the request does not say"},
      numbers_or("majority", 1, kCopiesMax));
  add(&S::w,
      {"cluster.w", "copies that a write waits for, where the request does not say"},
      numbers_or("majority", 1, kCopiesMax));
  add(&S::partitions,
      {"cluster.partitions",
       "slices of the hash space, a power of two, fixed when the cluster is founded"},
      whole_numbers(2, kPartitionsMax));
  add(&S::vnodes,
      {"cluster.vnodes",
       "tokens for a weight of 1, on the walk to the first table of owners"},
      whole_numbers(1, kTokensMax));
  add(&S::conflict,
      {"cluster.conflict",
       "what becomes of two values that were written at once; fixed when the cluster is "
       "founded"},
      one_of<Policy>({{"last_write_wins", Policy::last_write_wins},
                      {"siblings", Policy::siblings}}));
  add(&S::metadata, {"cluster.metadata", "who keeps the list of members"},
      one_of<MetadataKeeper>({{"embedded", MetadataKeeper::embedded}}));
  add(&S::peer_transport,
      {"cluster.peer_transport",
       "how nodes talk to each other, all of them alike: frames over TCP at listen.peer, "
       "or "
       "streams of gRPC at listen.grpc, for about twice the work"},
      one_of<PeerPath>({{"frames", PeerPath::frames}, {"grpc", PeerPath::grpc}}));
  add(&S::secret_file,
      {"cluster.secret_file",
       "a file with the secret by which nodes know each other, 16 to 4096 bytes, that "
       "only its owner may read; \"\" is none"},
      paths());
}

void add_storage(Keys& keys) {
  const auto add = [&](auto field, Words words, const auto& kind) {
    keys.push_back(key(&Settings::storage, field, words, kind));
  };
  using S = StorageSettings;
  add(&S::engine,
      {"storage.engine", "log keeps data in files; memory keeps nothing over a restart"},
      one_of<StorageEngine>(
          {{"log", StorageEngine::log}, {"memory", StorageEngine::memory}}));
  add(&S::cache_bytes, {"storage.cache_bytes", "memory for values that are often read"},
      byte_counts(0, kMemoryMax));
  add(&S::index_bytes_max,
      {"storage.index_bytes_max", "memory for keys; a new key beyond it is refused"},
      byte_counts(kMiB, kMemoryMax));
  add(&S::compression, {"storage.compression", "of values in files"},
      one_of<ValueCompression>(
          {{"zstd", ValueCompression::zstd}, {"none", ValueCompression::none}}));
  add(&S::compression_min_bytes,
      {"storage.compression_min_bytes", "shorter values are stored as they are"},
      byte_counts(0, kValueBytesMax));
  add(&S::sync,
      {"storage.sync", "when a write is made durable: before it is acknowledged"},
      one_of<StorageSync>({{"always", StorageSync::always}}));
  add(&S::segment_bytes, {"storage.segment_bytes", "how long a file of the log becomes"},
      byte_counts(kSegmentBytesMin, kSegmentBytesMax));
  add(&S::scrub_every,
      {"storage.scrub_every", "how often all files are read, to find damage"},
      spans(minutes(1), days(3650)));
}

void add_requests(Keys& keys) {
  using R = ReplicationSettings;
  keys.push_back(key(&Settings::replication, &R::timeout,
                     {"replication.timeout",
                      "how long a request waits for other nodes, where it does not say"},
                     spans(Span(1), hours(1))));
  keys.push_back(key(&Settings::replication, &R::siblings_max,
                     {"replication.siblings_max",
                      "values of one key side by side; a write beyond it is refused"},
                     whole_numbers(1, kSiblingsMax)));
  const auto add = [&](auto field, Words words) {
    keys.push_back(key(&Settings::failure, field, words, spans(Span(10), hours(1))));
  };
  using F = FailureSettings;
  add(&F::heartbeat, {"failure.heartbeat",
                      "how often a node says that it is there, if it says nothing else"});
  add(&F::suspect_after,
      {"failure.suspect_after", "silence after which others are asked first"});
  add(&F::fail_after,
      {"failure.fail_after", "silence after which a node counts as failed"});
}

void add_limits(Keys& keys) {
  const auto add = [&](auto field, Words words, const auto& kind) {
    keys.push_back(key(&Settings::limits, field, words, kind));
  };
  using S = LimitSettings;
  add(&S::key_bytes_max, {"limits.key_bytes_max", "the longest key"},
      byte_counts(1, kKeyBytesMax));
  add(&S::value_bytes_max, {"limits.value_bytes_max", "the longest value"},
      byte_counts(1, kValueBytesMax));
  add(&S::inflight_max,
      {"limits.inflight_max",
       "requests that are worked on at once; more are told to come again"},
      whole_numbers(1, 1'000'000));
  add(&S::connections_max,
      {"limits.connections_max",
       "connections at once, at the door for HTTP and that for RESP each; what gRPC "
       "takes is bounded by its calls"},
      whole_numbers(1, 1'000'000));
}

void add_rest(Keys& keys) {
  keys.push_back(key(
      &Settings::security, &SecuritySettings::insecure,
      {"security.insecure", "let other machines in although nothing asks who they are"},
      yes_or_no()));
  keys.push_back(key(&Settings::log, &LogRules::level,
                     {"log.level", "the least that is logged, on standard error"},
                     one_of<LogLevel>({{"debug", LogLevel::debug},
                                       {"info", LogLevel::info},
                                       {"warn", LogLevel::warn},
                                       {"error", LogLevel::error}})));
  keys.push_back(
      key(&Settings::log, &LogRules::format, {"log.format", "json is an object a line"},
          one_of<LogFormat>({{"json", LogFormat::json}, {"text", LogFormat::text}})));
  keys.push_back(
      key(&Settings::test, &TestSettings::seed,
          {"test.seed", "of all that is left to chance; 0 is another one each time"},
          whole_numbers(0, std::numeric_limits<std::uint64_t>::max())));
}

Keys make_keys() {
  Keys keys;
  add_node(keys);
  add_listen(keys);
  add_cluster(keys);
  add_storage(keys);
  add_requests(keys);
  add_limits(keys);
  add_rest(keys);
  return keys;
}

std::string_view after_dot(std::string_view name) {
  return name.substr(name.find('.') + 1);
}

}  // namespace

std::span<const Key> all_keys() {
  static const Keys keys = make_keys();
  return keys;
}

const Key* key_named(std::string_view name) {
  const auto at = std::ranges::find(all_keys(), name, &Key::name);
  return at == all_keys().end() ? nullptr : &*at;
}

std::span<const std::string_view> all_sections() {
  return kSections;
}

std::span<const std::string_view> later_keys() {
  return kLater;
}

std::string why_no_key(std::string_view name) {
  if (std::ranges::find(kLater, name) != kLater.end()) {
    return "is not known to this version, which lacks what it is for; leave it out";
  }
  std::vector<std::string_view> names;
  for (const Key& one : all_keys()) names.push_back(one.name);
  std::string_view meant = closest_word(name, names);
  // The right word in the wrong section.
  const auto elsewhere = std::ranges::find(names, after_dot(name), after_dot);
  if (elsewhere != names.end()) meant = *elsewhere;
  if (meant.empty())
    return "is not a key; docs/reference/configuration.md has all of them";
  return fmt::format("is not a key; did you mean {}?", meant);
}

}  // namespace kv
