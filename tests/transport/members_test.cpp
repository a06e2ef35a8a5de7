// Who may be connected with: members, wherever they are.
#include <doctest/doctest.h>

#include "tests/transport/table.hpp"

using namespace kv;
using namespace kv::test;

TEST_CASE("who answers at an address is who should be there") {
  for (const Adapter& adapter : adapters()) {
    CAPTURE(adapter.name);
    Table table(adapter);
    Sitter& one = table.seat(options_of(kOne));
    Sitter& three = table.seat(options_of(kThree));
    PeerAddress wrong = three.address();
    wrong.node = kTwo;
    three.transport->set_peers({one.address()});
    one.transport->set_peers({wrong});
    REQUIRE(
        table.run_until([&] { return one.has_reason("answers where node 2 should"); }));
    CHECK(one.peers_up.empty());
  }
}

TEST_CASE("who is no member any more is cut off") {
  for (const Adapter& adapter : adapters()) {
    CAPTURE(adapter.name);
    auto [table, one, two] = TwoConnected(adapter);
    two.transport->set_peers({});
    REQUIRE(
        table.run_until([&] { return one.peers_up.empty() && two.peers_up.empty(); }));
    table.introduce();
    CHECK(table.all_are_up());
  }
}

TEST_CASE("a member whose address nobody knows may dial, and keeps what it dialled") {
  for (const Adapter& adapter : adapters()) {
    CAPTURE(adapter.name);
    Table table(adapter);
    Sitter& one = table.seat(options_of(kOne));
    Sitter& two = table.seat(options_of(kTwo));
    const PeerAddress unknown{.node = kOne, .host = {}, .port = 0};
    two.transport->set_peers({unknown});
    one.transport->set_peers({two.address()});
    REQUIRE(table.all_are_up());
    two.transport->set_peers({one.address()});
    two.transport->set_peers({unknown});
    two.send({.to = kOne, .body = Heartbeat{}});
    REQUIRE(table.run_until([&] { return !one.mail.empty(); }));
    CHECK(one.downs == 0);
    CHECK(two.downs == 0);
  }
}

TEST_CASE("of two processes that are one member, the first stays while it lives") {
  for (const Adapter& adapter : adapters()) {
    CAPTURE(adapter.name);
    Table table(adapter);
    TransportOptions told = options_of(kTwo);
    told.limits.alive_within = kPatience;
    Sitter& two = table.seat(told);
    const Sitter& first = table.seat(options_of(kOne));
    table.introduce();
    REQUIRE(table.all_are_up());
    const Sitter& second = table.seat(options_of(kOne, 2));
    second.transport->set_peers({two.address()});
    REQUIRE(table.run_until([&] { return two.has_reason("two processes are node 1"); }));
    CHECK(two.peers_up.front().boot == 1);
    CHECK(two.downs == 0);
    table.leave(first);
    REQUIRE(table.all_are_up());
    CHECK(two.peers_up.front().boot == 2);
  }
}
