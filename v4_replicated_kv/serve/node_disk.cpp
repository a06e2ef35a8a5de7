#include "v4_replicated_kv/serve/node_disk.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "common/base/text.hpp"
#include "v4_replicated_kv/placement/ring_bytes.hpp"
#include "v4_replicated_kv/runtime/posix_disk.hpp"
#include "v4_replicated_kv/storage/whole_file.hpp"

namespace kv {

namespace {

constexpr std::size_t kRingBytesMax = std::size_t{8} << 20;

}  // namespace

Result<std::unique_ptr<Disk>> open_disk(const Settings& settings) {
  if (settings.storage.engine == StorageEngine::memory) return nullptr;
  const std::filesystem::path path = data_dir_of(settings);
  std::error_code failed;
  if (path.has_parent_path()) {
    std::filesystem::create_directories(path.parent_path(), failed);
  }
  if (failed) {
    return fail(Errc::io,
                fmt::format("{}: cannot be made: {}",
                            printable(path.parent_path().string()), failed.message()));
  }
  return open_posix_disk(path.string());
}

Result<std::optional<HeldCluster>> held_on(Disk* disk) {
  if (disk == nullptr) return std::nullopt;
  auto identity = read_identity(*disk);
  if (!identity) return std::unexpected(identity.error());
  if (!*identity) return std::nullopt;
  const auto bytes = read_whole_file(*disk, std::string(kRingName), kRingBytesMax);
  if (!bytes) return std::unexpected(bytes.error());
  auto ring = decode_ring(*bytes);
  if (!ring) return std::unexpected(ring.error());
  return HeldCluster{.identity = **std::move(identity),
                     .ring = std::make_shared<const RingState>(*std::move(ring))};
}

MemberAddresses own_addresses(const Settings& settings, std::uint16_t grpc_port) {
  MemberAddresses own{.name = settings.node.id};
  if (settings.listen.grpc) {
    own.grpc = address_text({.host = settings.listen.grpc->host, .port = grpc_port});
  }
  if (settings.listen.http) own.http = address_text(*settings.listen.http);
  return own;
}

FormationSetup setup_of(const Settings& settings, const MemberAddresses& own,
                        std::uint64_t boot, std::uint64_t chance) {
  FormationSetup setup{.self = {.addresses = own,
                                .weight = settings.node.weight,
                                .zone = settings.node.zone,
                                .boot = boot},
                       .plan = {.copies = settings.cluster.n,
                                .partitions = settings.cluster.partitions,
                                .policy = settings.cluster.conflict,
                                .vnodes = settings.cluster.vnodes},
                       .chance = chance};
  for (const Address& seed : settings.cluster.seeds) {
    setup.seeds.push_back(address_text(seed));
  }
  return setup;
}

std::string other_seeds(const Settings& settings) {
  std::vector<Address> others = settings.cluster.seeds;
  const std::optional<Address>& own = settings.listen.grpc;
  if (own && std::erase(others, *own) == 0) {
    const auto same_port = std::ranges::find(others, own->port, &Address::port);
    if (same_port != others.end()) others.erase(same_port);
  }
  std::string text;
  for (const Address& one : others) {
    text += (text.empty() ? "" : ",") + address_text(one);
  }
  return text;
}

}  // namespace kv
