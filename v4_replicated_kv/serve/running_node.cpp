#include "v4_replicated_kv/serve/running_node.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "v4_replicated_kv/serve/number_of.hpp"

namespace kv {

namespace {

// A silent owner is asked again several times before a request's time is over.
constexpr int kTriesInTime = 10;

Result<ServerOptions> options_of(const Settings& settings, const NodePlace& place) {
  // How many copies there are the cluster has decided, and not this node's settings.
  ClusterSettings cluster = settings.cluster;
  cluster.n = place.ring->table.copies();
  // Nobody is asked where there is nobody.
  if (place.ring->members.empty()) cluster.r = cluster.w = 1;
  const auto quorum =
      quorum_of(cluster, std::max(place.ring->members.size(), std::size_t{1}));
  if (!quorum) return std::unexpected(quorum.error());
  const StorageSettings& storage = settings.storage;
  const bool is_kept = storage.engine == StorageEngine::log && !is_guest(place.self);
  ServerOptions options{
      .data_dir = is_kept ? data_dir_of(settings) : std::string(),
      .r = quorum->r,
      .w = quorum->w,
      .timeout = settings.replication.timeout,
      .again_every = std::max(settings.replication.timeout / kTriesInTime, Span(1)),
      .key_bytes_max = settings.limits.key_bytes_max,
      .value_bytes_max = settings.limits.value_bytes_max,
      .siblings_max = settings.replication.siblings_max,
      .cache_bytes = storage.cache_bytes,
      .index_bytes_max = storage.index_bytes_max,
      .segment_bytes = storage.segment_bytes,
      .scrub_every =
          std::chrono::duration_cast<std::chrono::seconds>(storage.scrub_every),
      .limits = {.inflight_max = settings.limits.inflight_max,
                 .heartbeat = settings.failure.heartbeat},
      .seed = settings.test.seed};
  options.compression = {.on = storage.compression == ValueCompression::zstd,
                         .bytes_min = storage.compression_min_bytes};
  return options;
}

void tell(const EventLog& log, std::string_view door, const Address& asked,
          std::uint16_t port) {
  log.info("listening", {{"door", door},
                         {"address", address_text({.host = asked.host, .port = port})}});
}

}  // namespace

Result<std::unique_ptr<RunningNode>> RunningNode::start(
    const Settings& settings, const NodePlace& place,
    const ServerLoop::MakeTransport& make_transport, GrpcServer* grpc,
    http::AddServer add_server, std::unique_ptr<RunningNode> before) {
  const auto options = options_of(settings, place);
  if (!options) return std::unexpected(options.error());
  auto loop = open_server(*options, place, make_transport);
  if (!loop) return std::unexpected(loop.error());
  if (before != nullptr) before->make_way();
  std::unique_ptr<RunningNode> node(new RunningNode(*std::move(loop), grpc));
  if (auto opened = node->open_doors(settings, std::move(add_server)); !opened) {
    return std::unexpected(opened.error());
  }
  return node;
}

RunningNode::RunningNode(std::unique_ptr<ServerLoop> loop, GrpcServer* grpc)
    : loop_(std::move(loop)), grpc_(grpc) {}

Result<void> RunningNode::open_doors(const Settings& settings,
                                     http::AddServer add_server) {
  if (settings.listen.http) {
    const auto host = number_of(*settings.listen.http);
    if (!host) return std::unexpected(host.error());
    auto door = http::HttpDoor::open(
        *loop_, {.host = *host,
                 .port = settings.listen.http->port,
                 .names = {settings.listen.http->host},
                 .value_bytes_max = settings.limits.value_bytes_max,
                 .add_server = std::move(add_server),
                 .connections_max = settings.limits.connections_max});
    if (!door) return std::unexpected(door.error());
    http_ = *std::move(door);
  }
  if (settings.listen.resp) {
    const auto host = number_of(*settings.listen.resp);
    if (!host) return std::unexpected(host.error());
    auto door =
        resp::Door::open(*loop_, {.address = *host,
                                  .port = settings.listen.resp->port,
                                  .connections_max = settings.limits.connections_max});
    if (!door) return std::unexpected(door.error());
    resp_ = *std::move(door);
  }
  if (grpc_ != nullptr) grpc_->serve(loop_.get());
  return {};
}

void tell_grpc_door(const Address& asked, const GrpcServer& server, const EventLog& log) {
  tell(log, "grpc", asked, server.port());
}

void RunningNode::tell_doors(const ListenSettings& listen, const EventLog& log) const {
  if (http_ != nullptr && listen.http) tell(log, "http", *listen.http, http_->port());
  if (resp_ != nullptr && listen.resp) tell(log, "resp", *listen.resp, resp_->port());
}

void RunningNode::keep_ports(ListenSettings& listen) const {
  if (listen.http) listen.http->port = http_port();
  if (listen.resp)
    listen.resp->port = resp_ == nullptr ? std::uint16_t{0} : resp_->port();
}

RunningNode::~RunningNode() {
  stop();
}

void RunningNode::make_way() {
  if (grpc_ != nullptr) grpc_->serve(nullptr);
  grpc_ = nullptr;
  stop();
}

void RunningNode::stop() {
  if (loop_ == nullptr) return;
  if (grpc_ != nullptr) grpc_->end_calls();
  loop_->stop();
  resp_.reset();
  http_.reset();
  loop_.reset();
}

}  // namespace kv
