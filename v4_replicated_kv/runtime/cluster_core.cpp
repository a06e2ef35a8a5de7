#include "v4_replicated_kv/runtime/cluster_core.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "common/base/check.hpp"
#include "common/base/text.hpp"
#include "common/hash/functions.hpp"
#include "v4_replicated_kv/versioning/identity.hpp"

namespace kv {

namespace {

// How much longer than a node's own deadline its client waits for it: for one that hangs.
constexpr std::chrono::milliseconds kGrace{100};

Tick tick_of(std::chrono::milliseconds span) {
  const auto us = std::chrono::microseconds(span).count();
  return Tick{static_cast<std::uint64_t>(std::max<std::int64_t>(us, 1))};
}

}  // namespace

Cluster::Core::Core(ClusterOptions options, RingState ring, OpenDisk open_disk,
                    std::uint64_t seed)
    : options_(std::move(options)),
      ring_(std::make_shared<const RingState>(std::move(ring))),
      open_disk_(std::move(open_disk)),
      chance_(seed),
      stages_(ring_->members.size()),
      all_(ring_->members.size()),
      starting_or_ending_(ring_->members.size()) {
  const std::size_t count = ring_->members.size();
  for (std::size_t place = 0; place < count; ++place) {
    all_.ids[place] = ring_->members[place].node.id;
  }
  all_.stage_changed = [this](std::size_t place, Stage stage) {
    {
      const std::scoped_lock lock(stages_mutex_);
      stages_[place] = stage;
    }
    stage_changed_.notify_all();
  };
  const std::size_t loops = std::clamp<std::size_t>(options_.loops, 1, count);
  for (std::size_t i = 0; i < loops; ++i) {
    loops_.push_back(std::make_unique<NodeLoop>(all_));
  }
  for (std::size_t place = 0; place < count; ++place) {
    all_.home[place] = loops_[place % loops].get();
  }
}

Cluster::Core::~Core() {
  for (std::size_t place = 0; place < all_.ids.size(); ++place) stop(place);
  for (const auto& loop : loops_) loop->stop();  // before one goes that another posts to
}

std::uint64_t Cluster::Core::chance() {
  const std::scoped_lock lock(chance_mutex_);
  return chance_.next();
}

Result<OpenedNode> Cluster::Core::open_node_at(std::size_t place,
                                               std::unique_ptr<Disk> disk) {
  Rng rng(chance());
  auto opened = open_node(std::move(disk), *ring_, hash_seed_, options_.cache_bytes, rng);
  if (opened) return opened;
  return fail(
      opened.error().code,
      fmt::format("node {}: {}", ring_->members[place].node.name, opened.error().detail));
}

Result<std::vector<OpenedNode>> Cluster::Core::open_disks() {
  std::vector<std::unique_ptr<Disk>> disks;
  std::optional<std::uint64_t> seed;
  for (const Member& member : ring_->members) {
    auto disk = open_disk_(member.node.name);
    if (!disk) return std::unexpected(disk.error());
    const auto its_seed = hash_seed_of(**disk);
    if (!its_seed) return std::unexpected(its_seed.error());
    if (!seed) seed = *its_seed;
    disks.push_back(*std::move(disk));
  }
  hash_seed_ = seed ? *seed : chance();
  std::vector<OpenedNode> nodes;
  for (std::size_t place = 0; place < disks.size(); ++place) {
    auto opened = open_node_at(place, std::move(disks[place]));
    if (!opened) return std::unexpected(opened.error());
    nodes.push_back(*std::move(opened));
  }
  return nodes;
}

Result<void> Cluster::Core::open() {
  const std::size_t count = ring_->members.size();
  if (!open_disk_) {
    hash_seed_ = chance();
    for (std::size_t place = 0; place < count; ++place) live_in_memory(place, true);
  } else {
    auto nodes = open_disks();
    if (!nodes) return std::unexpected(nodes.error());
    const bool is_founding = std::ranges::all_of(*nodes, &OpenedNode::is_blank);
    for (OpenedNode& node : *nodes) {
      if (!is_founding) break;
      // All of them, before the first takes a request.
      Manifest& manifest = node.recovered.manifest;
      manifest.is_whole = true;
      if (auto said = write_manifest(*node.disk, manifest); !said) return said;
    }
    for (std::size_t place = 0; place < count; ++place) {
      live(place, std::move(nodes->at(place)), is_founding);
    }
  }
  std::unique_lock lock(stages_mutex_);
  stage_changed_.wait_for(lock, options_.timeout, [&] {
    return std::ranges::none_of(stages_, [](const auto& stage) {
      return stage == Stage::down || stage == Stage::starting;
    });
  });
  return {};
}

NodeSetup Cluster::Core::setup_of(const Boot& boot) const {
  NodeSetup setup{.boot = boot};
  setup.rules.replica = {.state = {.policy = ring_->policy, .digest_seed = hash_seed_},
                         .hash = Hasher(&xxh3, hash_seed_),
                         .compression = options_.compression};
  setup.rules.coordinator = {.quorum = options_.quorum,
                             .patience = tick_of(options_.timeout),
                             .again_every = tick_of(options_.again_every),
                             .repair_one_in = options_.repair_one_in};
  setup.limits = {.segment_bytes = options_.segment_bytes,
                  .index_bytes_max = options_.index_bytes_max,
                  .keep_tombstones = true};
  setup.compact_above = options_.compact_above;
  setup.memory_value_bytes = options_.cache_bytes;
  return setup;
}

void Cluster::Core::live(std::size_t place, OpenedNode opened, bool is_founding) {
  Boot boot = boot_of(opened, all_.ids[place], ring_, chance());
  boot.is_founding = is_founding;
  NodeLoop& loop = *all_.home[place];
  const std::uint64_t life = chance() | 1U;
  loop.host(place, life,
            std::make_unique<LiveNode>(setup_of(boot), std::move(opened.disk),
                                       std::move(opened.recovered),
                                       loop.helper_post(place, life)));
}

void Cluster::Core::live_in_memory(std::size_t place, bool is_founding) {
  Rng rng(chance());
  const Boot boot{.self = all_.ids[place],
                  .ring = ring_,
                  .actor = mint_actor(rng),
                  .seed = chance(),
                  .is_founding = is_founding,
                  .is_damaged = true};
  NodeLoop& loop = *all_.home[place];
  const std::uint64_t life = chance() | 1U;
  loop.host(place, life,
            std::make_unique<LiveNode>(setup_of(boot), loop.helper_post(place, life)));
}

Result<std::size_t> Cluster::Core::place_of(std::string_view node) const {
  const Member* const member = ring_->find(node);
  if (member == nullptr) {
    return fail(Errc::not_found, fmt::format("no node is called {}", printable(node)));
  }
  return all_.place_of(member->node.id);
}

Result<void> Cluster::Core::start(std::size_t place) {
  const std::scoped_lock lock(starting_or_ending_[place]);
  if (stages_[place] == Stage::failed) {
    all_.home[place]->evict(place).reset();
  } else if (stages_[place] != Stage::down) {
    return {};
  }
  if (!open_disk_) {
    live_in_memory(place, false);
    return {};
  }
  auto disk = open_disk_(ring_->members[place].node.name);
  if (!disk) return std::unexpected(disk.error());
  auto opened = open_node_at(place, *std::move(disk));
  if (!opened) return std::unexpected(opened.error());
  live(place, *std::move(opened), false);
  return {};
}

void Cluster::Core::kill(std::size_t place) {
  const std::scoped_lock lock(starting_or_ending_[place]);
  const auto node = all_.home[place]->evict(place);
  all_.calls.place_is_gone(place);
}

void Cluster::Core::stop(std::size_t place) {
  const std::scoped_lock lock(starting_or_ending_[place]);
  all_.home[place]->seal(place);
  const auto node = all_.home[place]->evict(place);
  all_.calls.place_is_gone(place);
  if (node != nullptr) node->make_hints();
}

void Cluster::Core::pause(std::size_t place, bool is_paused) {
  all_.home[place]->pause(place, is_paused);
}

bool Cluster::Core::wait_for(std::size_t place, Stage stage,
                             std::chrono::milliseconds timeout) {
  std::unique_lock lock(stages_mutex_);
  return stage_changed_.wait_for(lock, timeout, [&] { return stages_[place] == stage; });
}

bool Cluster::Core::takes_requests(std::size_t place) const {
  const Stage stage = stages_[place];
  return stage == Stage::whole || stage == Stage::catching_up;
}

// Owners first: one of them has a copy at hand, and need not be sent to.
std::vector<std::size_t> Cluster::Core::whom_to_ask(std::string_view key) const {
  std::vector<std::size_t> places;
  const KeyHash hash = hash_key(Hasher(&xxh3, hash_seed_), key);
  for (const NodeId owner : ring_->table.owners(hash)) {
    places.push_back(all_.place_of(owner));
  }
  for (std::size_t place = 0; place < all_.ids.size(); ++place) {
    if (std::ranges::find(places, place) == places.end()) places.push_back(place);
  }
  std::ranges::stable_partition(places,
                                [&](std::size_t place) { return takes_requests(place); });
  return places;
}

Reply Cluster::Core::ask(Request request, const std::string& via,
                         std::optional<std::chrono::milliseconds> timeout) {
  const auto patience = timeout.value_or(options_.timeout);
  const auto until = std::chrono::steady_clock::now() + patience + kGrace;
  std::vector<std::size_t> places;
  if (via.empty()) {
    places = whom_to_ask(request.key);
  } else if (const auto place = place_of(via)) {
    places = {*place};
  } else {
    return {.outcome = Outcome::refused,
            .trouble = Trouble::bad_request,
            .detail = place.error().detail};
  }
  request.patience = tick_of(patience);
  Reply last;
  for (const std::size_t place : places) {
    request.ticket = all_.calls.open(place);
    all_.home[place]->post(place, request);
    auto reply = all_.calls.wait(request.ticket, until);
    if (!reply) {
      return {.outcome = Outcome::unknown,
              .trouble = Trouble::timed_out,
              .detail = "the node that was asked says nothing"};
    }
    const bool is_elsewhere_perhaps =
        reply->outcome == Outcome::refused && reply->trouble == Trouble::not_ready;
    last = *std::move(reply);
    if (!is_elsewhere_perhaps) break;
  }
  return last;
}

std::vector<std::string> Cluster::Core::owners(std::string_view key) const {
  std::vector<std::string> names;
  const KeyHash hash = hash_key(Hasher(&xxh3, hash_seed_), key);
  for (const NodeId owner : ring_->table.owners(hash)) {
    names.push_back(ring_->find(owner)->node.name);
  }
  return names;
}

std::vector<NodeStats> Cluster::Core::stats() {
  std::vector<NodeStats> all;
  for (std::size_t place = 0; place < all_.ids.size(); ++place) {
    all.push_back(all_.home[place]->stats(place));
    all.back().name = ring_->members[place].node.name;
  }
  return all;
}

}  // namespace kv
