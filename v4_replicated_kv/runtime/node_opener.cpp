#include "v4_replicated_kv/runtime/node_opener.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "v4_replicated_kv/placement/ring_bytes.hpp"
#include "v4_replicated_kv/storage/manifest.hpp"

namespace kv {

namespace {

const std::string kRingName = "RING";
constexpr std::size_t kRingBytesMax = std::size_t{8} << 20;

const std::string kIncompleteName = "INCOMPLETE";

Result<void> write_durably(Disk& disk, const std::string& name,
                           const std::string& bytes) {
  const std::string unfinished = name + ".tmp";
  if (const auto made = write_new_file(disk, unfinished, bytes); !made) {
    return std::unexpected(made.error());
  }
  if (auto renamed = disk.rename(unfinished, name); !renamed) return renamed;
  return disk.sync_names();
}

Result<bool> is_there(const Disk& disk, const std::string& name) {
  const auto names = disk.list();
  if (!names) return std::unexpected(names.error());
  return std::ranges::find(*names, name) != names->end();
}

Result<void> check_ring_on(Disk& disk, const RingState& ring) {
  const std::string bytes = encode(ring);
  const auto file = disk.open(kRingName);
  if (!file && file.error().code == Errc::not_found)
    return write_durably(disk, kRingName, bytes);
  if (!file) return std::unexpected(file.error());
  std::string held;
  if (auto read = (*file)->read(0, kRingBytesMax, held); !read) return read;
  if (held == bytes) return {};
  if (auto decoded = decode_ring(held); !decoded) {
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

Result<void> mark_incomplete(Disk& disk) {
  return write_durably(disk, kIncompleteName, "");
}

Result<void> mark_complete(Disk& disk) {
  const auto is_marked = is_there(disk, kIncompleteName);
  if (!is_marked) return std::unexpected(is_marked.error());
  if (!*is_marked) return {};
  if (auto removed = disk.remove(kIncompleteName); !removed) return removed;
  return disk.sync_names();
}

Result<OpenedNode> open_node(std::unique_ptr<Disk> disk, const RingState& ring,
                             std::uint64_t hash_seed, std::size_t cache_bytes,
                             Rng& chance) {
  if (auto checked = check_ring_on(*disk, ring); !checked) {
    return std::unexpected(checked.error());
  }
  const auto has_manifest = is_there(*disk, std::string(kManifestName));
  if (!has_manifest) return std::unexpected(has_manifest.error());
  if (!*has_manifest) {
    // Before there is a manifest: the next start must not take that for a whole store.
    if (auto marked = mark_incomplete(*disk); !marked) {
      return std::unexpected(marked.error());
    }
  }
  const auto is_incomplete = is_there(*disk, kIncompleteName);
  if (!is_incomplete) return std::unexpected(is_incomplete.error());
  const NewStore if_empty{
      .partitions = static_cast<std::uint32_t>(ring.table.partitions()),
      .hash_seed = hash_seed};
  auto recovered = recover(*disk, if_empty, cache_bytes, chance);
  if (!recovered) return std::unexpected(recovered.error());
  const bool fits = recovered->manifest.partitions == if_empty.partitions &&
                    recovered->manifest.hash_seed == hash_seed;
  if (!fits) return fail(Errc::bad_usage, "this data directory is another cluster's");
  return OpenedNode{.disk = std::move(disk),
                    .recovered = *std::move(recovered),
                    .is_incomplete = *is_incomplete};
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
          .is_damaged = opened.is_incomplete || recovered.keys_unknown};
}

}  // namespace kv
