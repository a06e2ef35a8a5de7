// The siblings' rule against a twin that follows contexts by hand, and against replicas
// that merge: of what they do nothing is a violation, unless they are made to forget.
#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "common/base/rng.hpp"
#include "tests/simulation/told.hpp"
#include "tests/versioning/replicas.hpp"
#include "v4_replicated_kv/simulation/check_lost.hpp"
#include "v4_replicated_kv/simulation/check_regular.hpp"

using namespace kv;
using namespace kv::test;

namespace {

using Ids = std::set<WriteId>;

// All that `roots` replaced, and what those replaced, and so on.
Ids replaced_by(const std::vector<ClientOperation>& writes, Ids roots) {
  Ids replaced;
  for (bool grew = true; grew;) {
    grew = false;
    for (const ClientOperation& write : writes) {
      if (write.outcome == Outcome::refused) continue;
      if (!roots.contains(write.written)) continue;
      for (const WriteId id : write.covered) {
        grew = replaced.insert(id).second || grew;
        roots.insert(id);
      }
    }
  }
  return replaced;
}

// As if who came without a context had covered all that it may have found.
std::vector<ClientOperation> at_most(std::vector<ClientOperation> writes) {
  for (ClientOperation& write : writes) {
    if (!write.read_by) continue;
    for (const ClientOperation& other : writes) {
      const bool is_other = other.written != write.written;
      if (is_other && other.invoked <= *write.read_by)
        write.covered.push_back(other.written);
    }
  }
  return writes;
}

bool twin_accepts(const std::vector<ClientOperation>& writes, const Ids& shown) {
  Ids perhaps = shown, surely = shown;
  for (const ClientOperation& write : writes) {
    if (write.outcome == Outcome::refused) {
      if (shown.contains(write.written)) return false;
    } else {
      if (write.kind == OperationKind::remove) perhaps.insert(write.written);
      if (write.outcome == Outcome::ok) surely.insert(write.written);
    }
    if (write.kind == OperationKind::remove && shown.contains(write.written))
      return false;
  }
  const Ids excused = replaced_by(at_most(writes), perhaps);
  const Ids gone = replaced_by(writes, surely);
  return std::ranges::all_of(writes, [&](const ClientOperation& write) {
    const WriteId id = write.written;
    if (shown.contains(id)) return !gone.contains(id) || write.may_return;
    return write.kind == OperationKind::remove || write.outcome != Outcome::ok ||
           excused.contains(id);
  });
}

// Three replicas of one key; requests follow each other, and each reaches two of them.
class ThreeReplicas {
 public:
  explicit ThreeReplicas(std::uint64_t seed)
      : rng_(seed), replicas_(make_replicas(3, 1)) {}

  void step() {
    const std::size_t client = rng_.below(kClients);
    const std::uint64_t kind = rng_.below(10);
    if (kind < 4)
      read(client);
    else if (kind < 9)
      write(client);
    else
      erase(client);
    now_ += 2;
  }

  // An acknowledged value that only its two replicas have is taken from both.
  void forget() { replicas_[0].keys[0] = replicas_[1].keys[0] = {}; }

  // Every replica hears of every other, and the states are one.
  [[nodiscard]] FinalState heal() const {
    KeyState state;
    for (const Holder& replica : replicas_) {
      state = merge_siblings(state, replica.keys[0]);
    }
    return {.key = KeyNumber{3}, .values = seen_in(state)};
  }

  [[nodiscard]] const std::vector<ClientOperation>& operations() const {
    return operations_;
  }

 private:
  static constexpr std::size_t kClients = 4;

  struct Client {
    History context;
    std::vector<WriteId> seen;
  };

  [[nodiscard]] std::vector<WriteId> seen_in(const KeyState& state) const {
    std::vector<WriteId> seen;
    for (const Dot& dot : visible_dots(state)) seen.push_back(ids_.at(dot));
    return seen;
  }

  ClientOperation next(OperationKind kind, std::size_t client) {
    ClientOperation operation =
        told(kind, static_cast<std::uint32_t>(client), now_, now_ + 1);
    operation.level = Level::quorum;
    if (operation.is_write()) {
      operation.written = WriteId{next_id_++};
      operation.covered = clients_[client].seen;
    }
    return operation;
  }

  void read(std::size_t client) {
    const std::size_t other = rng_.below(3);
    const KeyState state =
        merge_siblings(replicas_[other].keys[0], replicas_[(other + 1) % 3].keys[0]);
    clients_[client] = {.context = state.seen, .seen = seen_in(state)};
    ClientOperation operation = next(OperationKind::get, client);
    operation.seen = clients_[client].seen;
    operations_.push_back(operation);
  }

  void write(std::size_t client) {
    const std::size_t self = rng_.below(3);
    ClientOperation operation = next(OperationKind::put, client);
    KeyState& state = replicas_[self].keys[0];
    Version version = make_version(replicas_[self].source, state, "v");
    ids_[version.dot()] = operation.written;
    const auto answer =
        kv::put(state, version, clients_[client].context, horizon_of(replicas_, self));
    REQUIRE(answer);
    clients_[client].context = *answer;
    clients_[client].seen.push_back(operation.written);
    finish(operation, self);
  }

  void erase(std::size_t client) {
    const std::size_t self = rng_.below(3);
    ClientOperation operation = next(OperationKind::remove, client);
    REQUIRE(kv::remove(replicas_[self].keys[0], clients_[client].context,
                       horizon_of(replicas_, self)));
    finish(operation, self);
  }

  // It reaches a second replica, or its client never hears.
  void finish(ClientOperation operation, std::size_t self) {
    if (rng_.below(4) == 0) {
      operation = unknown(operation);
    } else {
      KeyState& peer = replicas_[(self + 1 + rng_.below(2)) % 3].keys[0];
      peer = merge_siblings(peer, replicas_[self].keys[0]);
    }
    operations_.push_back(operation);
  }

  Rng rng_;
  std::vector<Holder> replicas_;
  std::vector<Client> clients_ = std::vector<Client>(kClients);
  std::map<Dot, WriteId> ids_;
  std::vector<ClientOperation> operations_;
  std::uint64_t next_id_ = 1;
  std::uint64_t now_ = 0;
};

}  // namespace

TEST_CASE("siblings at the end are judged as by following every context by hand") {
  int good = 0, bad = 0;
  for (std::uint64_t seed = 0; seed < 12'000; ++seed) {
    CAPTURE(seed);
    Rng rng(seed);
    std::vector<ClientOperation> writes;
    Ids shown;
    const std::uint64_t count = 1 + rng.below(6);
    for (std::uint64_t id = 1; id <= count; ++id) {
      ClientOperation write = rng.below(4) == 0 ? remove(1, id, 2 * id, 2 * id + 1)
                                                : put(1, id, 2 * id, 2 * id + 1);
      for (std::uint64_t other = 1; other < id; ++other) {
        if (rng.below(2) == 0) write.covered.emplace_back(other);
      }
      if (rng.below(3) == 0) write = unknown(write);
      if (rng.below(8) == 0) write = refused(write);
      if (rng.below(5) == 0) write = tried_twice(write);
      if (rng.below(6) == 0) write.read_by = Tick{2 * rng.below(count + 2)};
      if (rng.below(id == count ? 2 : 4) == 0) shown.insert(write.written);
      writes.push_back(write);
    }
    const FinalState end{.key = KeyNumber{3}, .values = {shown.begin(), shown.end()}};
    const auto violation = check_lost(history_of(writes), {&end, 1}, Policy::siblings);
    CAPTURE((violation ? violation->sentence : "no violation"));
    REQUIRE(violation.has_value() == !twin_accepts(writes, shown));
    ++(violation ? bad : good);
  }
  CHECK(good > 1000);
  CHECK(bad > 1000);
}

TEST_CASE("what replicas do that merge siblings is no violation, unless they forget") {
  int caught = 0;
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    CAPTURE(seed);
    ThreeReplicas replicas(seed);
    for (int i = 0; i < 40; ++i) replicas.step();
    const ClientHistory history = history_of(replicas.operations());
    const auto stale = check_regular(history, Policy::siblings);
    CAPTURE((stale ? stale->sentence : "no violation"));
    REQUIRE_FALSE(stale);
    const FinalState end = replicas.heal();
    const auto lost = check_lost(history, {&end, 1}, Policy::siblings);
    CAPTURE((lost ? lost->sentence : "no violation"));
    REQUIRE_FALSE(lost);
    replicas.forget();
    const FinalState poor = replicas.heal();
    if (check_lost(history, {&poor, 1}, Policy::siblings)) ++caught;
  }
  CHECK(caught > 300);
}
