#include "v4_replicated_kv/configuration/fitting.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <string_view>

#include <fmt/format.h>

namespace kv {

namespace {

using MaybeMisfit = std::optional<Misfit>;

struct Door {
  std::string_view key;
  const std::optional<Address>& address;
  bool asks_who;  // those who come
};

// A number of copies that a request waits for, and that there can be.
MaybeMisfit check_quorum(const ClusterSettings& cluster) {
  const auto check = [&](std::string_view key,
                         const std::optional<std::uint64_t>& answers) -> MaybeMisfit {
    if (!answers || *answers <= cluster.n) return {};
    return Misfit{
        std::string(key),
        fmt::format("{} copies cannot answer: cluster.n is {}", *answers, cluster.n)};
  };
  if (auto misfit = check("cluster.r", cluster.r)) return misfit;
  return check("cluster.w", cluster.w);
}

MaybeMisfit check_partitions(const ClusterSettings& cluster) {
  if (std::has_single_bit(cluster.partitions)) return {};
  return Misfit{
      "cluster.partitions",
      fmt::format("{}: takes a power of two, such as {} or {}", cluster.partitions,
                  std::bit_floor(cluster.partitions), std::bit_ceil(cluster.partitions))};
}

MaybeMisfit check_failure(const FailureSettings& failure) {
  if (failure.suspect_after <= failure.heartbeat) {
    return Misfit{"failure.suspect_after",
                  "has to be longer than failure.heartbeat, or all are suspected "
                  "between two beats"};
  }
  if (failure.fail_after <= failure.suspect_after) {
    return Misfit{"failure.fail_after", "has to be longer than failure.suspect_after"};
  }
  return {};
}

// Nobody who is not asked who they are gets in from another machine, unless an operator
// has said that it shall be so.
MaybeMisfit check_doors(const Settings& settings) {
  const ListenSettings& listen = settings.listen;
  const std::array<Door, 4> doors{
      {{"listen.http", listen.http, false},
       {"listen.grpc", listen.grpc, false},
       {"listen.peer", listen.peer, !settings.cluster.secret_file.empty()},
       {"listen.resp", listen.resp, false}}};
  for (const Door& door : doors) {
    if (!door.address || is_loopback(*door.address) || door.asks_who) continue;
    if (settings.security.insecure) continue;
    return Misfit{
        std::string(door.key),
        fmt::format("other machines get to {}, and nothing asks who they are; "
                    "use 127.0.0.1{}, or say security.insecure: true in a "
                    "network where all are trusted",
                    address_text(*door.address),
                    door.key == "listen.peer" ? ", give cluster.secret_file" : "")};
  }
  for (std::size_t i = 0; i < doors.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const auto& one = doors.at(i).address;
      if (!one || one->port == 0 || one != doors.at(j).address) continue;
      return Misfit{std::string(doors.at(i).key),
                    fmt::format("{} is {}'s; each takes a port of its own",
                                address_text(*one), doors.at(j).key)};
    }
  }
  return {};
}

MaybeMisfit check_peers(const Settings& settings) {
  const bool is_grpc = settings.cluster.peer_transport == PeerPath::grpc;
  if (!is_grpc || !settings.listen.peer) return {};
  return Misfit{
      "listen.peer",
      "with cluster.peer_transport: grpc nodes talk at listen.grpc; leave it out"};
}

MaybeMisfit check_seeds(const Settings& settings, Role role) {
  if (role == Role::proxy) return {};  // it looks for nodes, and nobody for it
  if (settings.cluster.seeds.empty() || settings.listen.grpc) return {};
  return Misfit{"listen.grpc",
                "nodes that cluster.seeds name look for this one there; "
                "give it an address"};
}

}  // namespace

Settings defaults_of(Role role) {
  Settings settings;
  if (role == Role::node) return settings;
  constexpr std::uint16_t kProxyPort = 8090;
  settings.node.id = "proxy";
  settings.listen.http->port = kProxyPort;
  settings.listen.grpc.reset();
  return settings;
}

std::optional<Misfit> misfit_of(const Settings& settings, Role role) {
  if (auto misfit = check_quorum(settings.cluster)) return misfit;
  if (auto misfit = check_partitions(settings.cluster)) return misfit;
  if (auto misfit = check_failure(settings.failure)) return misfit;
  if (auto misfit = check_doors(settings)) return misfit;
  if (auto misfit = check_peers(settings)) return misfit;
  return check_seeds(settings, role);
}

Result<Quorum> quorum_of(const ClusterSettings& cluster, std::size_t members) {
  const std::size_t n = std::min<std::size_t>(cluster.n, members);
  const Quorum quorum{
      .n = n, .r = cluster.r.value_or(majority(n)), .w = cluster.w.value_or(majority(n))};
  const std::size_t most = std::max(quorum.r, quorum.w);
  if (most <= n) return quorum;
  return fail(Errc::bad_usage,
              fmt::format("{}: {} copies are to answer, and of nodes the cluster has {}; "
                          "leave it out, or start more nodes",
                          quorum.r > n ? "cluster.r" : "cluster.w", most, members));
}

}  // namespace kv
