#include "v4_replicated_kv/serve/own_life.hpp"

#include <utility>

#include "v4_replicated_kv/configuration/secret_file.hpp"
#include "v4_replicated_kv/serve/machine_chance.hpp"
#include "v4_replicated_kv/transport/grpc/grpc_transport.hpp"

namespace kv {

Result<OwnLife> begin_life(const Settings& settings) {
  OwnLife life;
  if (!settings.cluster.secret_file.empty()) {
    auto secret = read_secret(settings.cluster.secret_file);
    if (!secret) return std::unexpected(secret.error());
    life.secret = *std::move(secret);
  }
  const auto boot = machine_chance();
  const auto chance = machine_chance();
  if (!boot || !chance) return std::unexpected((boot ? chance : boot).error());
  life.boot = *boot;
  life.chance = *chance;
  return life;
}

Tick sure_after(const FailureSettings& rules) {
  const std::chrono::microseconds span =
      rules.suspect_after + kIntroductionTime + 10 * kProcessTick;
  return Tick{static_cast<std::uint64_t>(span.count())};
}

PeerOptions peer_options_of(const OwnLife& life, ClusterId cluster, NodeId self,
                            Policy policy, const Settings& settings) {
  PeerOptions options;
  options.self = {.greeting = {.cluster = cluster,
                               .node = self,
                               .boot = life.boot,
                               .has_secret = !life.secret.empty()},
                  .secret = life.secret,
                  .policy = policy};
  options.silent_max = settings.failure.fail_after;
  options.limits.alive_within = settings.failure.suspect_after;
  return options;
}

ServerLoop::MakeTransport over_streams(const PeerOptions& options, PeerService& service,
                                       std::uint16_t port) {
  return [options, &service, port](boost::asio::io_context& io, PeerEvents& events) {
    return open_grpc_transport(io, events, options, service, port);
  };
}

}  // namespace kv
