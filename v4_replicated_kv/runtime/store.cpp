#include "v4_replicated_kv/runtime/store.hpp"

#include <bit>
#include <utility>

#include <fmt/format.h>
#include <sys/random.h>

#include "common/base/check.hpp"
#include "v4_replicated_kv/runtime/posix_disk.hpp"
#include "v4_replicated_kv/runtime/store_core.hpp"

namespace kv {

namespace {

Result<void> check(const StoreOptions& options) {
  const auto refuse = [](std::string what) {
    return fail(Errc::bad_usage, std::move(what));
  };
  if (!std::has_single_bit(options.partitions)) {
    return refuse(fmt::format("partitions {}: takes a power of two", options.partitions));
  }
  if (auto bytes = check_segment_bytes(options.segment_bytes); !bytes) {
    return std::unexpected(bytes.error());
  }
  if (options.sync_interval.count() < 1) {
    return refuse(fmt::format("sync_interval {} ms: takes at least 1",
                              options.sync_interval.count()));
  }
  return {};
}

Result<std::uint64_t> seed_of(const StoreOptions& options) {
  std::uint64_t seed = options.seed;
  if (seed == 0 && ::getrandom(&seed, sizeof seed, 0) != sizeof seed) {
    return fail(Errc::io, "the operating system gives no random numbers");
  }
  return seed;
}

}  // namespace

Store::Store(std::unique_ptr<Core> core) : core_(std::move(core)) {}
Store::~Store() = default;

Result<std::unique_ptr<Store>> Store::open(const std::string& directory,
                                           StoreOptions options) {
  if (options.engine == EngineKind::memory)
    return open(std::unique_ptr<Disk>(), std::move(options));
  auto disk = open_posix_disk(directory);
  if (!disk) return std::unexpected(disk.error());
  return open(std::move(*disk), std::move(options));
}

Result<std::unique_ptr<Store>> Store::open(std::unique_ptr<Disk> disk,
                                           StoreOptions options) {
  if (auto checked = check(options); !checked) return std::unexpected(checked.error());
  const auto seed = seed_of(options);
  if (!seed) return std::unexpected(seed.error());
  if (options.engine == EngineKind::memory) {
    return std::unique_ptr<Store>(
        new Store(std::make_unique<Core>(std::move(options), *seed)));
  }
  Rng rng(*seed);
  auto recovered =
      recover(*disk, {.partitions = options.partitions}, options.cache_bytes, rng);
  if (!recovered) return std::unexpected(recovered.error());
  if (recovered->keys_unknown && !options.accept_damage) {
    return fail(Errc::corrupt,
                fmt::format("{}; which keys that was nobody can tell: restore a copy, or "
                            "read what is left with `wal dump`",
                            describe(recovered->damage.front())));
  }
  return std::unique_ptr<Store>(new Store(std::make_unique<Core>(
      std::move(options), std::move(disk), std::move(*recovered), rng.next())));
}

Store::Core& Store::core() const {
  KV_CHECK(core_ != nullptr, "a store that was closed is not used any more");
  return *core_;
}

Result<void> Store::put(std::string_view key, std::string_view value,
                        const WriteOptions& how) {
  return core().put(key, value, how);
}
Result<void> Store::erase(std::string_view key, const WriteOptions& how) {
  return core().erase(key, how);
}
Result<std::optional<std::string>> Store::get(std::string_view key) {
  return core().get(key);
}
Result<Store::Page> Store::scan(const Cursor& from, std::size_t visited) {
  return core().scan(from, visited);
}
Result<void> Store::sync() {
  return core().sync();
}
Result<void> Store::compact(double above) {
  return core().compact(above);
}
Result<std::vector<Damage>> Store::scrub() {
  return core().scrub();
}
const std::vector<Damage>& Store::damage() const {
  return core().damage;
}
const std::optional<Damage>& Store::torn_tail() const {
  return core().torn_tail;
}
StoreStats Store::stats() const {
  return core().stats();
}
Result<void> Store::close() {
  auto closed = core().close();
  core_.reset();
  return closed;
}

}  // namespace kv
