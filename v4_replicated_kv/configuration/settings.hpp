// What an operator decides about a server, as plain data.
//
// Idea      a key that nobody gave has its value from here, and from nowhere else: file,
//           flags, --help and the reference page take their defaults from a Settings{}.
// Left out  what the words mean to the parts that use them: those are in their rooms.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/binary_units.hpp"
#include "common/base/result.hpp"
#include "v4_replicated_kv/configuration/address.hpp"
#include "v4_replicated_kv/logging/level.hpp"
#include "v4_replicated_kv/replication/quorum.hpp"
#include "v4_replicated_kv/types.hpp"

namespace kv {

// A span of time as people write it. No clock is read in this room.
using Span = std::chrono::milliseconds;

// Of some there is one choice yet: so that a file which names it is understood, and one
// that names another is refused.
enum class StorageEngine : std::uint8_t { log, memory };
enum class StorageSync : std::uint8_t { always };
enum class ValueCompression : std::uint8_t { zstd, none };
enum class MetadataKeeper : std::uint8_t { embedded };
enum class PeerPath : std::uint8_t { frames, grpc };

struct NodeSettings {
  std::string id = "node1";
  std::string data_dir{};  // see data_dir_of()
  double weight = 1;
  std::string zone = "rack1";
  std::uint64_t cores = 1;
};

// Nothing: not at all; of `peer`: beside gRPC.
struct ListenSettings {
  std::optional<Address> http = Address{.host = "127.0.0.1", .port = 8080};
  std::optional<Address> grpc = Address{.host = "127.0.0.1", .port = 9000};
  std::optional<Address> peer{};
  std::optional<Address> resp{};
};

struct ClusterSettings {
  std::vector<Address> seeds{};  // of gRPC
  std::uint64_t n = 3;
  std::optional<std::uint64_t> r{};  // nothing: a majority of the copies; see quorum_of()
  std::optional<std::uint64_t> w{};
  std::uint64_t partitions = 4096;
  std::uint64_t vnodes = 256;
  Policy conflict = Policy::last_write_wins;
  MetadataKeeper metadata = MetadataKeeper::embedded;
  PeerPath peer_transport = PeerPath::frames;
  std::string secret_file{};
};

struct StorageSettings {
  StorageEngine engine = StorageEngine::log;
  std::uint64_t cache_bytes = 256 * kMiB;
  std::uint64_t index_bytes_max = 4 * kGiB;
  ValueCompression compression = ValueCompression::zstd;
  std::uint64_t compression_min_bytes = kKiB;
  StorageSync sync = StorageSync::always;
  std::uint64_t segment_bytes = 64 * kMiB;
  Span scrub_every = std::chrono::days(14);
};

struct ReplicationSettings {
  Span timeout{2000};
  std::uint64_t siblings_max = 32;
};

struct FailureSettings {
  Span heartbeat{500};
  Span suspect_after{2000};
  Span fail_after{5000};
};

struct LimitSettings {
  std::uint64_t key_bytes_max = kKeyBytesMax;
  std::uint64_t value_bytes_max = kValueBytesMax;
  std::uint64_t inflight_max = 4096;
  std::uint64_t connections_max = 20'000;
};

struct SecuritySettings {
  bool insecure = false;
};

struct TestSettings {
  std::uint64_t seed = 0;  // 0: from the machine
};

struct Settings {
  NodeSettings node{};
  ListenSettings listen{};
  ClusterSettings cluster{};
  StorageSettings storage{};
  ReplicationSettings replication{};
  FailureSettings failure{};
  LimitSettings limits{};
  SecuritySettings security{};
  LogRules log{};
  TestSettings test{};
};

// Who reads the settings. A proxy is a coordinator without a store, so what is said of
// stores means nothing to it.
enum class Role : std::uint8_t { node, proxy };

// What nobody has said otherwise. A proxy has a name and a port of its own, and opens no
// other door than HTTP.
[[nodiscard]] Settings defaults_of(Role role);

// The directory of this node: what was given, or one named after it, so that two nodes
// that are started in one directory do not meet in there.
[[nodiscard]] inline std::string data_dir_of(const Settings& settings) {
  if (!settings.node.data_dir.empty()) return settings.node.data_dir;
  return "./data/" + settings.node.id;
}

// What requests wait for that say nothing, in a cluster of so many members: N is no more
// than there are, and what was not given is its majority. Errc::bad_usage where more was
// asked for than there can be: fewer acknowledgements than somebody wrote down would be a
// lie.
[[nodiscard]] Result<Quorum> quorum_of(const ClusterSettings& cluster,
                                       std::size_t members);

}  // namespace kv
