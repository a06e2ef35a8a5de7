#include "v4_replicated_kv/serve/disk_fit.hpp"

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include "common/base/text.hpp"
#include "v4_replicated_kv/configuration/keys.hpp"
#include "v4_replicated_kv/storage/manifest.hpp"

namespace kv {

namespace {

// All that a ring fixes for life, of the settings; as the cluster has it.
Settings as_founded(const Settings& settings, const RingState& ring) {
  Settings founded = settings;
  // Of more copies than there are nodes there is one on each.
  const std::uint64_t possible = std::max<std::uint64_t>(ring.members.size(), 1);
  if (std::min(settings.cluster.n, possible) != ring.table.copies()) {
    founded.cluster.n = ring.table.copies();
  }
  founded.cluster.partitions = ring.table.partitions();
  founded.cluster.conflict = ring.policy;
  return founded;
}

struct Misfitting {
  ValueInForce value;
  std::string asked;
};

std::vector<Misfitting> misfitting(const Settings& settings, const HeldCluster& held) {
  const Settings founded = as_founded(settings, *held.ring);
  std::vector<Misfitting> all;
  for (const std::string_view name :
       {"cluster.n", "cluster.partitions", "cluster.conflict"}) {
    const Key& key = *key_named(name);
    const std::string asked = key.show(settings);
    if (asked == key.show(founded)) continue;
    all.push_back({.value = {.key = std::string(name),
                             .by_default = key.show(Settings{}),
                             .in_force = key.show(founded)},
                   .asked = asked});
  }
  return all;
}

}  // namespace

Result<void> check_keeps_nothing(const Settings& settings) {
  if (settings.storage.engine != StorageEngine::memory) return {};
  const std::filesystem::path directory = data_dir_of(settings);
  for (const std::string_view name : {kIdentityName, kManifestName}) {
    std::error_code ignored;  // what cannot be looked at is not used either
    if (!std::filesystem::exists(directory / name, ignored)) continue;
    return fail(
        Errc::conflict,
        fmt::format("storage.engine: memory, but {} holds a node's log, which would "
                    "miss all that is written meanwhile; take log, or another "
                    "node.data_dir",
                    printable(directory.string())));
  }
  return {};
}

Result<void> check_fits(const Settings& settings, const HeldCluster& held) {
  const std::string directory = printable(data_dir_of(settings));
  const Member* const self = held.ring->find(held.identity.self);
  if (self != nullptr && self->node.name != settings.node.id) {
    return fail(Errc::conflict,
                fmt::format("node.id: {}, but {} is the directory of {}; start it as {}, "
                            "or take another node.data_dir",
                            printable(settings.node.id), directory,
                            printable(self->node.name), printable(self->node.name)));
  }
  for (const Misfitting& one : misfitting(settings, held)) {
    if (one.asked == one.value.by_default) continue;  // nobody may have asked for it
    return fail(Errc::conflict,
                fmt::format("{}: {}, but the cluster of {} was founded with {}, for "
                            "good; give {}, or take another node.data_dir for a new "
                            "cluster",
                            one.value.key, one.asked, directory, one.value.in_force,
                            one.value.in_force));
  }
  return {};
}

std::vector<ValueInForce> others_in_force(const Settings& settings,
                                          const HeldCluster& held) {
  std::vector<ValueInForce> all;
  for (const Misfitting& one : misfitting(settings, held)) {
    if (one.asked == one.value.by_default) all.push_back(one.value);
  }
  return all;
}

}  // namespace kv
