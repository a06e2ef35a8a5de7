#include "v4_replicated_kv/runtime/node_opener.hpp"

#include <string>
#include <utility>

#include "v4_replicated_kv/placement/ring_bytes.hpp"
#include "v4_replicated_kv/storage/manifest.hpp"
#include "v4_replicated_kv/storage/whole_file.hpp"

namespace kv {

namespace {

constexpr std::size_t kRingBytesMax = std::size_t{8} << 20;

Result<void> check_ring_on(Disk& disk, const RingState& ring) {
  const std::string bytes = encode(ring);
  const auto held = read_whole_file(disk, std::string(kRingName), kRingBytesMax);
  if (!held && held.error().code == Errc::not_found) {
    return replace_file(disk, std::string(kRingName), bytes);
  }
  if (!held) return std::unexpected(held.error());
  if (*held == bytes) return {};
  if (auto decoded = decode_ring(*held); !decoded) {
    return std::unexpected(decoded.error());
  }
  return fail(Errc::bad_usage,
              "this cluster was founded otherwise: open it with the same nodes, copies, "
              "partitions and policy");
}

}  // namespace

Result<std::optional<std::uint64_t>> hash_seed_of(Disk& disk) {
  const auto manifest = read_manifest(disk);
  if (manifest) return manifest->hash_seed;
  if (manifest.error().code == Errc::not_found) return std::nullopt;
  return std::unexpected(manifest.error());
}

Result<OpenedNode> open_node(std::unique_ptr<Disk> disk, const RingState& ring,
                             std::uint64_t hash_seed, std::size_t cache_bytes,
                             Rng& chance) {
  if (auto checked = check_ring_on(*disk, ring); !checked) {
    return std::unexpected(checked.error());
  }
  const NewStore if_empty{
      .partitions = static_cast<std::uint32_t>(ring.table.partitions()),
      .hash_seed = hash_seed,
      .is_whole = false};  // not before it is known that nothing was lost
  auto recovered = recover(*disk, if_empty, cache_bytes, chance);
  if (!recovered) return std::unexpected(recovered.error());
  const bool fits = recovered->manifest.partitions == if_empty.partitions &&
                    recovered->manifest.hash_seed == hash_seed;
  if (!fits) return fail(Errc::bad_usage, "this data directory is another cluster's");
  return OpenedNode{.disk = std::move(disk), .recovered = *std::move(recovered)};
}

Boot boot_of(const OpenedNode& opened, NodeId self, std::shared_ptr<const RingState> ring,
             std::uint64_t seed) {
  const Recovered& recovered = opened.recovered;
  return {.self = self,
          .ring = std::move(ring),
          .actor = recovered.manifest.actor,
          .reserved = recovered.manifest.dots_reserved,
          .durable = recovered.next_seq - 1,
          .seed = seed,
          .is_damaged = !recovered.manifest.is_whole,
          .keys_unknown = recovered.keys_unknown};
}

}  // namespace kv
