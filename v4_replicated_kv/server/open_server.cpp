#include "v4_replicated_kv/server/open_server.hpp"

#include <utility>

#include <fmt/format.h>
#include <sys/random.h>

#include "common/base/rng.hpp"
#include "common/base/text.hpp"
#include "common/hash/functions.hpp"
#include "common/hash/hasher.hpp"
#include "v4_replicated_kv/runtime/node_opener.hpp"
#include "v4_replicated_kv/runtime/posix_disk.hpp"
#include "v4_replicated_kv/versioning/identity.hpp"

namespace kv {

namespace {

Result<void> check(const ServerOptions& options, const NodePlace& place) {
  const std::size_t n = place.ring->table.copies();
  const bool is_member = place.ring->find(place.self) != nullptr;
  if (!is_member && !(is_guest(place.self) && options.data_dir.empty())) {
    return fail(Errc::bad_usage,
                fmt::format("node {} is no member of its ring", place.self.raw()));
  }
  if (options.r < 1 || options.r > n || options.w < 1 || options.w > n) {
    return fail(Errc::bad_usage, fmt::format("R {} and W {}: both are 1 to N, {}",
                                             options.r, options.w, n));
  }
  if (auto bytes = check_segment_bytes(options.segment_bytes); !bytes) {
    return std::unexpected(bytes.error());
  }
  if (options.timeout.count() < 1 || options.again_every.count() < 1) {
    return fail(Errc::bad_usage, "timeout and again_every: take at least 1 ms");
  }
  return {};
}

// Of values on their way to clients: each is there several times meanwhile.
constexpr std::size_t kReadingBytesMax = std::size_t{512} << 20;

Tick ticks_of(std::chrono::milliseconds span) {
  return Tick{static_cast<std::uint64_t>(std::chrono::microseconds(span).count())};
}

NodeSetup setup_of(const ServerOptions& options, const NodePlace& place,
                   std::uint64_t hash_seed, Boot boot) {
  NodeSetup setup{.boot = std::move(boot)};
  setup.rules.replica = {
      .state = {.policy = place.ring->policy, .digest_seed = hash_seed},
      .hash = Hasher(&xxh3, hash_seed),
      .compression = options.compression,
      .siblings = {.siblings = options.siblings_max}};
  setup.rules.coordinator = {
      .quorum = {.n = place.ring->table.copies(), .r = options.r, .w = options.w},
      .patience = ticks_of(options.timeout),
      .again_every = ticks_of(options.again_every),
      .repair_one_in = options.repair_one_in,
      .key_bytes_max = options.key_bytes_max,
      .value_bytes_max = options.value_bytes_max,
      .reading_bytes_max = kReadingBytesMax};
  setup.limits = {.segment_bytes = options.segment_bytes,
                  .index_bytes_max = options.index_bytes_max,
                  .keep_tombstones = true};
  setup.compact_above = options.compact_above;
  setup.scrub_every = options.scrub_every;
  setup.memory_value_bytes = options.cache_bytes;
  return setup;
}

ServerLoop::MakeNode in_memory(const ServerOptions& options, const NodePlace& place,
                               Rng& chance) {
  const std::uint64_t hash_seed = place.hash_seed.value_or(chance.next());
  Boot boot{.self = place.self,
            .ring = place.ring,
            .actor = mint_actor(chance),
            .seed = chance.next(),
            .is_founding = place.is_founding,
            .is_damaged = !is_guest(place.self)};
  return [setup =
              setup_of(options, place, hash_seed, std::move(boot))](LiveNode::Post post) {
    return std::make_unique<LiveNode>(setup, std::move(post));
  };
}

// What a cluster that is being founded holds is nothing, and that is all of it.
Result<void> say_that_it_is_whole(OpenedNode& opened) {
  Manifest& manifest = opened.recovered.manifest;
  manifest.is_whole = true;
  return write_manifest(*opened.disk, manifest);
}

// Others would copy what it lost from their peers.
std::unexpected<Error> nobody_has_it(const std::string& directory,
                                     const Recovered& recovered) {
  return fail(Errc::corrupt,
              fmt::format("{}: {}; this node is a cluster by itself, so nobody else has "
                          "what was there: bring the file back, or save what `wal dump` "
                          "finds and begin with an empty directory",
                          printable(directory), describe(recovered.damage.front())));
}

Result<ServerLoop::MakeNode> on_disk(const ServerOptions& options, const NodePlace& place,
                                     Rng& chance) {
  auto disk = open_posix_disk(options.data_dir);
  if (!disk) return std::unexpected(disk.error());
  const auto held_seed = hash_seed_of(**disk);
  if (!held_seed) return std::unexpected(held_seed.error());
  const std::uint64_t hash_seed =
      place.hash_seed ? *place.hash_seed : held_seed->value_or(chance.next());
  auto opened =
      open_node(*std::move(disk), *place.ring, hash_seed, options.cache_bytes, chance);
  if (!opened) return std::unexpected(opened.error());
  if (opened->recovered.keys_unknown && place.ring->members.size() == 1) {
    return nobody_has_it(options.data_dir, opened->recovered);
  }
  const bool is_founding = place.is_founding && opened->is_blank();
  if (is_founding) {
    if (auto said = say_that_it_is_whole(*opened); !said) {
      return std::unexpected(said.error());
    }
  }
  Boot boot = boot_of(*opened, place.self, place.ring, chance.next());
  boot.is_founding = is_founding;
  auto shared = std::make_shared<OpenedNode>(*std::move(opened));
  return [shared, setup = setup_of(options, place, hash_seed, std::move(boot))](
             LiveNode::Post post) {
    return std::make_unique<LiveNode>(setup, std::move(shared->disk),
                                      std::move(shared->recovered), std::move(post));
  };
}

}  // namespace

Result<std::unique_ptr<ServerLoop>> open_server(
    const ServerOptions& options, const NodePlace& place,
    const ServerLoop::MakeTransport& make_transport) {
  if (auto checked = check(options, place); !checked) {
    return std::unexpected(checked.error());
  }
  std::uint64_t seed = options.seed;
  if (seed == 0 && ::getrandom(&seed, sizeof seed, 0) != sizeof seed) {
    return fail(Errc::io, "the operating system gives no random numbers");
  }
  Rng chance(seed);
  ServerLoop::MakeNode make_node;
  if (options.data_dir.empty()) {
    make_node = in_memory(options, place, chance);
  } else {
    auto made = on_disk(options, place, chance);
    if (!made) return std::unexpected(made.error());
    make_node = *std::move(made);
  }
  auto loop = std::make_unique<ServerLoop>(place.ring, place.self, options.limits,
                                           place.guest_name);
  if (auto runs = loop->run(make_node, make_transport); !runs) {
    return std::unexpected(runs.error());
  }
  return loop;
}

ServerLoop::MakeTransport over_frames(const FramesOptions& options) {
  return [options](boost::asio::io_context& io, PeerEvents& events) {
    return open_frames_transport(io, events, options);
  };
}

// It has no peer that could know what it lost: as far as anybody can tell, it is whole.
Result<std::unique_ptr<ServerLoop>> open_lone_server(ServerOptions options,
                                                     const std::string& name,
                                                     std::uint32_t partitions,
                                                     Policy policy) {
  const std::vector<Newcomer> alone{{.name = name}};
  auto ring =
      found_ring(alone, {.copies = 1, .partitions = partitions, .policy = policy});
  if (!ring) return fail(Errc::bad_usage, ring.error().detail);
  options.r = options.w = 1;
  const NodeId self = ring->members.front().node.id;
  return open_server(options,
                     {.ring = std::make_shared<const RingState>(*std::move(ring)),
                      .self = self,
                      .is_founding = true});
}

}  // namespace kv
