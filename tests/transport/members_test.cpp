// Who may be connected with: members, wherever they are.
#include <doctest/doctest.h>

#include "tests/transport/table.hpp"

using namespace kv;
using namespace kv::test;

TEST_CASE("who answers at an address is who should be there") {
  for (const Adapter& adapter : adapters()) {
    CAPTURE(adapter.name);
    Table table(adapter);
    Sitter& one = table.seat(options_of(kNode1));
    Sitter& three = table.seat(options_of(kNode3));
    PeerAddress wrong = three.address();
    wrong.node = kNode2;
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
    Sitter& one = table.seat(options_of(kNode1));
    Sitter& two = table.seat(options_of(kNode2));
    const PeerAddress unknown{.node = kNode1, .host = {}, .port = 0};
    two.transport->set_peers({unknown});
    one.transport->set_peers({two.address()});
    REQUIRE(table.all_are_up());
    two.transport->set_peers({one.address()});
    two.transport->set_peers({unknown});
    two.send({.to = kNode1, .body = Heartbeat{}});
    REQUIRE(table.run_until([&] { return !one.mail.empty(); }));
    CHECK(one.downs == 0);
    CHECK(two.downs == 0);
  }
}

TEST_CASE("of two processes that are one member, the first stays while it lives") {
  for (const Adapter& adapter : adapters()) {
    CAPTURE(adapter.name);
    Table table(adapter);
    TransportOptions told = options_of(kNode2);
    told.limits.alive_within = kPatience;
    Sitter& two = table.seat(told);
    const Sitter& first = table.seat(options_of(kNode1));
    table.introduce();
    REQUIRE(table.all_are_up());
    const Sitter& second = table.seat(options_of(kNode1, 2));
    second.transport->set_peers({two.address()});
    REQUIRE(table.run_until([&] { return two.has_reason("two processes are node 1"); }));
    CHECK(two.peers_up.front().boot == 1);
    CHECK(two.downs == 0);
    table.leave(first);
    REQUIRE(table.all_are_up());
    CHECK(two.peers_up.front().boot == 2);
  }
}
