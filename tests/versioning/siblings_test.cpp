#include "v4_replicated_kv/versioning/siblings.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/versioning/replicas.hpp"
#include "tests/versioning/wrong_versions.hpp"

using namespace kv;

namespace {

using Values = std::vector<std::string>;

// A client's put through replica `self`; the answer's context.
History write(std::vector<Holder>& replicas, std::size_t self, const History& context,
              const std::string& value, RequestId request = {}) {
  KeyState& state = replicas[self].keys[0];
  const VersionVector horizon = horizon_of(replicas, self);
  Version version = make_version(replicas[self].source, state, value);
  version.request = request;
  return put(state, version, context, horizon).value();
}

void copy(std::vector<Holder>& replicas, std::size_t from, std::size_t to) {
  KeyState& state = replicas[to].keys[0];
  state = merge(Policy::siblings, state, replicas[from].keys[0]);
}

}  // namespace

TEST_CASE("two puts with one stale context through one coordinator both survive") {
  SUBCASE("with plain vectors the second erases the first") {
    wrong::PlainVectors key;
    const VersionVector nothing;
    key.put(ActorId{1}, nothing, "apples");
    key.put(ActorId{1}, nothing, "pears");
    CHECK(key.values() == Values{"pears"});
  }
  SUBCASE("with dots both are there") {
    auto replicas = make_replicas(1, 1);
    write(replicas, 0, {}, "apples");
    write(replicas, 0, {}, "pears");
    CHECK(visible_values(replicas[0].keys[0]) == Values{"apples", "pears"});
  }
}

TEST_CASE("who has put a value has seen that one, and no sibling of it") {
  auto replicas = make_replicas(2, 1);
  write(replicas, 0, {}, "apples");
  const History hers = write(replicas, 0, {}, "pears");
  write(replicas, 0, hers, "pears and plums");
  CHECK(visible_values(replicas[0].keys[0]) == Values{"apples", "pears and plums"});

  // The same through a replica that has seen neither: it must not take (A, 2) for all of
  // A.
  write(replicas, 1, hers, "pears and nuts");
  copy(replicas, 1, 0);
  CHECK(visible_values(replicas[0].keys[0]) ==
        Values{"apples", "pears and plums", "pears and nuts"});
}

TEST_CASE("a read's context covers all that was read, also where it was not heard of") {
  auto replicas = make_replicas(2, 1);
  write(replicas, 0, {}, "apples");
  write(replicas, 0, {}, "pears");
  write(replicas, 1, replicas[0].keys[0].seen, "apples and pears");
  copy(replicas, 0, 1);
  CHECK(visible_values(replicas[1].keys[0]) == Values{"apples and pears"});
}

TEST_CASE("a delete leaves alone what its writer had not seen") {
  auto replicas = make_replicas(2, 1);
  const History his = write(replicas, 0, {}, "apples");
  write(replicas, 1, {}, "pears");
  copy(replicas, 1, 0);
  REQUIRE(remove(replicas[0].keys[0], his, horizon_of(replicas, 0)));
  CHECK(visible_values(replicas[0].keys[0]) == Values{"pears"});
  copy(replicas, 0, 1);
  CHECK(visible_values(replicas[1].keys[0]) == Values{"pears"});
}

TEST_CASE("a delete is remembered where its value has not been yet") {
  auto replicas = make_replicas(2, 1);
  const History his = write(replicas, 0, {}, "apples");
  REQUIRE(remove(replicas[1].keys[0], his, horizon_of(replicas, 1)));
  copy(replicas, 0, 1);
  CHECK(visible_values(replicas[1].keys[0]).empty());
}

TEST_CASE("what was deleted and forgotten does not come back by a late message") {
  auto replicas = make_replicas(2, 1);
  const History his = write(replicas, 0, {}, "apples");
  const KeyState late = replicas[0].keys[0];
  KeyState& state = replicas[0].keys[0];
  REQUIRE(remove(state, his, horizon_of(replicas, 0)));
  Floors floors;
  CHECK_FALSE(is_reapable(Policy::siblings, state, floors));
  floors.reaped_dots = state.seen.vector();
  REQUIRE(is_reapable(Policy::siblings, state, floors));
  KeyState ahead = state;  // knows of a dot that not everybody has
  ahead.seen.add({ActorId{2}, 1});
  CHECK_FALSE(is_reapable(Policy::siblings, ahead, floors));
  state = {};
  CHECK(visible_values(merge(Policy::siblings, state, late)) ==
        Values{"apples"});  // wrong
  CHECK(visible_values(receive(Policy::siblings, state, late, floors)).empty());

  SUBCASE("nor beside a newer value, which stays") {
    write(replicas, 0, {}, "pears");
    state = receive(Policy::siblings, state, late, floors);
    CHECK(visible_values(state) == Values{"pears"});
  }
  SUBCASE("while a value from below the floor that is held stays") {
    KeyState held = late;
    CHECK_FALSE(is_reapable(Policy::siblings, held, floors));
    CHECK(visible_values(receive(Policy::siblings, held, late, floors)) ==
          Values{"apples"});
  }
}

TEST_CASE("at the limit a put is refused, and nothing is dropped") {
  auto replicas = make_replicas(1, 1);
  KeyState& state = replicas[0].keys[0];
  const SiblingLimits three{.siblings = 3, .value_bytes = 30};
  const auto attempt = [&](const History& context, const std::string& value) {
    const VersionVector horizon = horizon_of(replicas, 0);
    return put(state, make_version(replicas[0].source, state, value), context, horizon,
               three);
  };
  for (const char* value : {"a", "b", "c"}) REQUIRE(attempt({}, value));
  const KeyState full = state;
  CHECK(attempt({}, "d").error().code == Errc::conflict);
  CHECK(state == full);
  CHECK(attempt(full.seen, std::string(31, 'd')).error().code == Errc::conflict);
  CHECK(attempt(full.seen, std::string(kValueBytesMax + 1, 'd')).error().code ==
        Errc::too_large);
  CHECK(state == full);
  CHECK(attempt(full.seen, std::string(30, 'd')));  // a context makes room
  CHECK(visible_values(state).size() == 1);
}

TEST_CASE("a retry is not a second write") {
  auto replicas = make_replicas(2, 1);
  const RequestId request{77};
  const History first = write(replicas, 0, {}, "apples", request);
  const History again = write(replicas, 0, {}, "apples", request);
  CHECK(first == again);
  CHECK(visible_values(replicas[0].keys[0]) == Values{"apples"});

  SUBCASE("not even after its value was replaced") {
    write(replicas, 0, first, "pears");
    write(replicas, 0, {}, "apples", request);
    CHECK(visible_values(replicas[0].keys[0]) == Values{"pears"});
  }
  SUBCASE("nor through a coordinator that had not heard of it") {
    write(replicas, 1, {}, "apples", request);
    copy(replicas, 0, 1);
    CHECK(visible_values(replicas[1].keys[0]) == Values{"apples"});
    copy(replicas, 1, 0);
    CHECK(replicas[0].keys[0] == replicas[1].keys[0]);
  }
  SUBCASE("nor there after the first was replaced") {
    write(replicas, 0, first, "pears");
    write(replicas, 1, {}, "apples", request);
    copy(replicas, 1, 0);
    CHECK(visible_values(replicas[0].keys[0]) == Values{"pears"});
  }
  SUBCASE("nor there where the second was replaced, and the first comes later") {
    const History second = write(replicas, 1, {}, "apples", request);
    write(replicas, 1, second, "pears");
    copy(replicas, 0, 1);
    CHECK(visible_values(replicas[1].keys[0]) == Values{"pears"});
  }
  SUBCASE("while puts without an id are as many as were sent") {
    write(replicas, 0, {}, "nuts");
    write(replicas, 0, {}, "nuts");
    CHECK(visible_values(replicas[0].keys[0]) == Values{"apples", "nuts", "nuts"});
  }
}

TEST_CASE("no client can push a key's clock to its end") {
  auto replicas = make_replicas(2, 1);
  write(replicas, 0, {}, "apples");
  KeyState& state = replicas[0].keys[0];
  const KeyState before = state;
  const std::uint64_t peer_end = plausible_to(replicas[1].source.reserved_to());
  const std::vector<Dot> forged{{ActorId{1}, 2},        // mine, not given out yet
                                {ActorId{1}, kSeqMax},  // mine, near the end
                                {ActorId{2}, peer_end + 1},
                                {ActorId{2}, kSeqMax},
                                {ActorId{2}, UINT64_MAX},
                                {ActorId{99}, 1}};  // nobody
  for (const Dot& dot : forged) {
    CAPTURE(dot.actor.raw());
    CAPTURE(dot.seq);
    History vector, single;
    vector.raise(dot);
    single.add(dot);
    for (const History& context : {vector, single}) {
      const VersionVector horizon = horizon_of(replicas, 0);
      Version version{.at = {.counter = 9, .dot = {ActorId{1}, 1000}}, .value = "x"};
      CHECK(put(state, version, context, horizon).error().code == Errc::conflict);
      CHECK(remove(state, context, horizon).error().code == Errc::conflict);
      CHECK(state == before);
    }
  }
  SUBCASE("what can be believed moves a peer by two blocks, and its next put survives") {
    History forged_for_peer;
    forged_for_peer.raise({ActorId{2}, peer_end});
    REQUIRE(remove(state, forged_for_peer, horizon_of(replicas, 0)));
    copy(replicas, 0, 1);
    DotSource& peer = replicas[1].source;
    const std::uint64_t above = replicas[1].keys[0].seen.vector().at(ActorId{2});
    CHECK_FALSE(peer.next(above));
    peer.extend(peer.wanted(above));
    CHECK(peer.reserved_to() <= 3 * kReservationBlock);
    write(replicas, 1, {}, "pears");
    copy(replicas, 1, 0);
    CHECK(visible_values(state) == Values{"apples", "pears"});
  }
}

TEST_CASE("a dot is taken once, and only upwards") {
  auto replicas = make_replicas(1, 1);
  KeyState& state = replicas[0].keys[0];
  VersionVector horizon;
  horizon.raise({ActorId{1}, 10});
  const auto attempt = [&](std::uint64_t seq, const History& context) {
    Version version{.at = {.counter = 1, .dot = {ActorId{1}, seq}}, .value = "x"};
    return put(state, version, context, horizon).has_value();
  };
  CHECK(attempt(5, {}));
  CHECK_FALSE(attempt(5, {}));
  CHECK_FALSE(attempt(4, {}));
  History ahead;
  ahead.add({ActorId{1}, 8});
  CHECK_FALSE(attempt(7, ahead));
  CHECK_FALSE(attempt(8, ahead));
  CHECK(attempt(9, ahead));
  CHECK(visible_values(state).size() == 2);
}

TEST_CASE("a history is full once a put's own entry would not fit, and not before") {
  History context;
  VersionVector horizon;
  horizon.raise({ActorId{7}, kHistoryEntriesMax});
  const Version version{.at = {.counter = 1, .dot = {ActorId{1}, 1}}, .value = "x"};
  for (std::uint64_t i = 1; i < kHistoryEntriesMax; ++i) context.add({ActorId{7}, i});
  KeyState fits;
  CHECK(put(fits, version, context, horizon).value().size() == kHistoryEntriesMax);
  CHECK(fits.seen.size() == kHistoryEntriesMax);
  context.add({ActorId{7}, kHistoryEntriesMax});
  KeyState full;
  CHECK(put(full, version, context, horizon).error().code == Errc::conflict);
  CHECK(full.empty());
  // Nor may the answer be longer than any that can be sent, though the state is not.
  const Version raised{.at = {.counter = 1, .dot = {ActorId{7}, 2000}}, .value = "x"};
  CHECK(put(full, raised, context, horizon).error().code == Errc::conflict);
  CHECK(remove(full, context, horizon));
  CHECK(full.seen.size() == kHistoryEntriesMax);
}

TEST_CASE("a history that is full takes no new entries") {
  auto replicas = make_replicas(1, 1);
  KeyState& state = replicas[0].keys[0];
  VersionVector horizon;
  History context;
  for (std::uint64_t i = 1; i <= kHistoryEntriesMax; ++i) {
    context.add({ActorId{7}, i});
    context.add({ActorId{8}, i});
  }
  horizon.raise({ActorId{7}, kHistoryEntriesMax});
  horizon.raise({ActorId{8}, kHistoryEntriesMax});
  CHECK(remove(state, context, horizon).error().code == Errc::conflict);
  Version version{.at = {.counter = 1, .dot = {ActorId{1}, 1}}, .value = "x"};
  CHECK(put(state, version, context, horizon).error().code == Errc::conflict);
  CHECK(state.empty());
}

TEST_CASE("an actor that lost what it had sent erases it: so its own copy counts first") {
  // A sends (A, 1) to B, and its power fails before its own disk has it. B holds it.
  auto replicas = make_replicas(2, 1);
  write(replicas, 0, {}, "apples");
  copy(replicas, 0, 1);
  replicas[0].keys[0] = {};
  replicas[0].source = DotSource(ActorId{1}, kReservationBlock);
  replicas[0].source.extend(2 * kReservationBlock);
  write(replicas, 0, {}, "pears");
  copy(replicas, 0, 1);
  // (A, 65537) says that A has seen its earlier ones. "apples" must not have been
  // acknowledged: an acknowledgement takes the coordinator's own durable copy.
  CHECK(visible_values(replicas[1].keys[0]) == Values{"pears"});
}
