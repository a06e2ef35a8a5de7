// Scripts: what is read, what is refused, and what is done.
#include <string>

#include <doctest/doctest.h>

#include "tests/simulation/played.hpp"
#include "v4_replicated_kv/simulation/script/parse.hpp"
#include "v4_replicated_kv/simulation/script/player.hpp"
#include "v4_replicated_kv/simulation/script/write.hpp"

using namespace kv;
using namespace kv::test;

namespace {

// What is wrong with this line of a cluster of three, without the place.
std::string wrong_with(const std::string& line) {
  const auto script = parse_script("cluster nodes=3\n" + line + "\n", "s");
  if (script) return "";
  const std::string place = "s:2: ";
  REQUIRE(script.error().detail.starts_with(place));
  return script.error().detail.substr(place.size());
}

// The report of a script that has to end in a broken promise.
PlayReport broken(const std::string& text) {
  PlayReport report = played(text);
  REQUIRE(report.unmet);
  REQUIRE(report.unmet->broken);
  return report;
}

}  // namespace

TEST_CASE("a wrong word is named, and the one that was meant") {
  CHECK(wrong_with("put n1 cart") == "cart: takes a key and a value: cart=apples");
  CHECK(wrong_with("put n1") == "n1: the line ends here, and does not say KEY=VALUE");
  CHECK(wrong_with("get n1 cart lvel=one") == "lvel=one: did you mean level?");
  CHECK(wrong_with("get n1 cart level=quorun") == "quorun: did you mean quorum?");
  CHECK(wrong_with("get n1 cart r=4") == "r=4: takes a whole number from 1 to 3");
  CHECK(wrong_with("get n1 cart r") == "r: needs a value: r=...");
  CHECK(wrong_with("drop stor n1 n2") == "stor: did you mean store?");
  CHECK(wrong_with("run 20") == "20: is no time; write 20ms, 500us or 2s");
  CHECK(wrong_with("run 601s") == "601s: is too long: 600 s at most");
  CHECK(wrong_with("run 99999999999999999999s").find("is no time") != std::string::npos);
  CHECK(wrong_with("crash n0") == "n0: is no node; there are n1 to n3");
  CHECK(wrong_with("pause n1 n2") == "n2: the line should have ended before this");
  CHECK(wrong_with("expect refuse") == "refuse: did you mean refused?");
  CHECK(wrong_with("expect n1 holds cart=a hat=b") ==
        "hat=b: is not of cart: one key a line");
  CHECK(wrong_with("cluster nodes=5") ==
        "cluster: there is one already, in an earlier line");
  CHECK(wrong_with("put n1 " + std::string(65, 'k') + "=v").find("has 65 bytes") !=
        std::string::npos);
  CHECK(wrong_with("put n1 k=\xff").find("ASCII") != std::string::npos);
  CHECK(wrong_with("put n1 k=v as=Alice").find("is no name for a client") !=
        std::string::npos);
  CHECK(wrong_with("flip n1 ../etc/passwd").find("is no segment") != std::string::npos);
}

TEST_CASE("what would do nothing, or something twice, is refused") {
  CHECK(wrong_with("put n1 a=b w=2 w=3") == "w=3: w is given twice");
  CHECK(wrong_with("weather lost=1 lost=1") == "lost=1: lost is given twice");
  CHECK(wrong_with("put n1 a=b c") ==
        "c: takes one of as, w, level, id, ttl, fill, ignores");
  CHECK(wrong_with("delete n1 a ttl=5ms") ==
        "ttl=5ms: takes one of as, w, level, id, ignores");
  CHECK(wrong_with("delete n1 a fill=5").find("takes one of") != std::string::npos);
  CHECK(wrong_with("cut n1 n1") == "n1: sends nothing to itself: name two nodes");
  CHECK(wrong_with("drop store n2 n2") == "n2: sends nothing to itself: name two nodes");
  CHECK(wrong_with("partition n1 n2 n3") ==
        "partition: names all nodes, and nobody is on the other side");
  CHECK(wrong_with("expect n1") ==
        "n1: the line ends here; what follows is one of holds, lacks");
  CHECK(wrong_with("drop").starts_with(
      "drop: the line ends here; what follows is one of "));
  CHECK(wrong_with("at 5ms").starts_with(
      "5ms: the line ends here; what follows is one of put, get, "));
  CHECK_FALSE(parse_script("cluster nodes=3 nodes=5", "s").has_value());
}

TEST_CASE("a read that is not as expected shows what it got") {
  CHECK(surprise("cluster nodes=3\nput n1 a=b\nget n2 a\nexpect unknown\n") == "ok b");
  CHECK(surprise("cluster nodes=3\nput n1 a=b\nexpect unknown\n") == "ok");
}

TEST_CASE("where promises are expected, values tell which write is which") {
  const auto text = [](const std::string& second) {
    return "cluster nodes=3\nput n1 cart=apples id=a\n" + second + "\nexpect promises\n";
  };
  CHECK(parse_script(text("put n2 cart=apples id=a"), "s").has_value());
  const auto twice = parse_script(text("put n2 hat=apples"), "s");
  REQUIRE_FALSE(twice.has_value());
  CHECK(twice.error().detail ==
        "s:3: apples: where promises are expected, each value is put once, and without "
        "ttl");
  CHECK_FALSE(parse_script(text("put n2 cart=figs ttl=1s"), "s").has_value());
}

TEST_CASE("a cluster that cannot be is refused") {
  const auto refused = [](const std::string& cluster) {
    const auto script = parse_script("cluster " + cluster, "s");
    return script ? "" : script.error().detail;
  };
  CHECK(refused("nodes=2") == "s:1: n=3: 2 nodes cannot hold so many copies");
  CHECK(refused("nodes=3 w=4") == "s:1: w=4: there are 3 copies of a key");
  CHECK(refused("nodes=17") == "s:1: nodes=17: takes a whole number from 1 to 16");
  for (const std::string wrong : {"0", "1", "3", "63", "65", "128", "many"}) {
    CHECK(refused("nodes=3 partitions=" + wrong) ==
          "s:1: partitions=" + wrong + ": takes a power of two from 2 to 64");
  }
  CHECK(refused("nodes=3 delay=2ms..1ms") == "s:1: 2ms..1ms: ends before it begins");
  CHECK(refused("nodes=3 policy=sibling").find("is no policy") != std::string::npos);
}

TEST_CASE("each number of nodes and partitions that is taken makes a cluster") {
  for (std::size_t nodes = 1; nodes <= kScriptNodesMax; ++nodes) {
    for (const std::size_t partitions : {2U, 4U, 8U, 16U, 32U, 64U}) {
      CAPTURE(nodes);
      CAPTURE(partitions);
      const std::string cluster = "cluster n=1 r=1 w=1 nodes=" + std::to_string(nodes) +
                                  " partitions=" + std::to_string(partitions);
      CHECK(surprise(cluster + "\nput n1 cart=apples\nexpect ok\n").empty());
    }
  }
}

TEST_CASE("a script whose times fill the memory is stopped, and says so") {
  const std::string kLonger = "a longer one";
  const auto stops_at = [&](const std::string& text) {
    const PlayReport report = played(text);
    REQUIRE(report.unmet.has_value());
    CHECK(report.unmet->expected == "a script of 500000 events and messages at most");
    CHECK(report.unmet->came == kLonger);
    CHECK(report.lines.size() <= kScriptStepsMax);
    return report.unmet->line;
  };
  const std::string fast = "cluster nodes=3 again=1us delay=100ms patience=500s\n";
  CHECK(stops_at(fast + "partition n1\nput n1 a=b\nrun 600s\n") == 4);
  CHECK(stops_at(fast + "partition n1\nput n1 a=b\nexpect ok\n") == 4);
  CHECK(stops_at(fast + "partition n1\nput n1 a=b\nexpect promises\n") == 4);
  CHECK(stops_at("cluster nodes=3 hello=1us\nkill n1\nkill n2\nwipe n3\nstart n3\n"
                 "run 600s\n") == 6);
}

TEST_CASE("ten minutes of sixteen quiet nodes are no long script") {
  CHECK(surprise("cluster nodes=16\nrun 599s\nput n1 a=b\nexpect ok\n").empty());
}

TEST_CASE("comments, blank lines and a missing last newline are fine") {
  CHECK(surprise("# one\n\n  cluster nodes=3   # two\nput n1 a=b # three\nexpect ok")
            .empty());
}

TEST_CASE("a script that is written out reads as the same script") {
  const std::string text =
      "cluster nodes=3 n=3 r=2 w=2 seed=9 policy=siblings delay=1ms..3ms hedge=2ms "
      "mistake=no_read_repair\n"
      "at 5ms put n1 cart=apples fill=40 level=quorum id=a1 as=alice\n"
      "delete n2 cart w=3 ignores=context\nget n3 cart r=1\npartition n1\ncut n1 n2\n"
      "one-way n2 n3\nmend\ndrop store n1 n2\ndelay ack n2 n1 20ms\nduplicate push n1 n3 "
      "2ms\n"
      "weather lost=10\ncrash n1\nkill n2\nstart n1\npause n3\nresume n3\nsuspect n1 "
      "n3\ntrust n1 n3\nwipe n2\nkeep "
      "n1\n"
      "restore n1\nfill n1 room=100\nfree n1\nfail n1 call=3\ntear n1\ndamage n1 apples\n"
      "flip n1 segment-00000001.log offset=80 bit=3\nclock n2 -500ms\nrun "
      "20ms\nwait\nheal\n"
      "expect ok\nexpect alice ok apples pears\nexpect nothing\nexpect refused\n"
      "expect unknown\nexpect silence\nexpect n1 holds cart=a cart=b\nexpect n1 lacks "
      "cart\n"
      "expect promises\n";
  const auto script = parse_script(text, "s");
  REQUIRE_MESSAGE(script.has_value(), (script ? "" : script.error().detail));
  const std::string once = script_text(*script);
  const auto again = parse_script(once, "again");
  REQUIRE_MESSAGE(again.has_value(), (again ? "" : again.error().detail));
  CHECK(again->lines.size() == script->lines.size());
  // Ids get other names; all else is the same text.
  const auto id_at = once.find(" id=");
  const std::string twice = script_text(*again);
  CHECK(twice.substr(0, id_at) == once.substr(0, id_at));
  CHECK(twice.substr(twice.find(" as=alice")) == once.substr(once.find(" as=alice")));
}

TEST_CASE("faults do what they say") {
  const std::string begin =
      "cluster nodes=3 n=3 r=2 w=2\nput n1 cart=apples\nexpect ok\nrun 5ms\n";
  SUBCASE("a dropped message is lost once") {
    CHECK(surprise(begin + "drop store n1 n3\nput n1 cart=pears\nrun 5ms\n"
                           "expect n3 holds cart=apples\nput n1 cart=figs\nrun 5ms\n"
                           "expect n3 holds cart=figs\n")
              .empty());
  }
  SUBCASE("a delayed one comes later") {
    CHECK(surprise(begin +
                   "delay store n1 n3 20ms\nput n1 cart=pears\nrun 10ms\n"
                   "expect n3 holds cart=apples\nrun 20ms\nexpect n3 holds cart=pears\n")
              .empty());
  }
  SUBCASE("a duplicate changes nothing") {
    CHECK(surprise(begin +
                   "duplicate store n1 n3 20ms\nput n1 cart=pears\nexpect ok\n"
                   "put n2 cart=figs\nexpect ok\nrun 50ms\nexpect n3 holds cart=figs\n")
              .empty());
  }
  SUBCASE("one way is cut, the other is not") {
    CHECK(surprise(begin +
                   "one-way n1 n2\none-way n1 n3\nput n1 cart=pears\nexpect unknown\n"
                   "put n2 cart=figs\nexpect ok\n")
              .empty());
  }
  SUBCASE("a failing disk stops its node, and a start is a working one") {
    CHECK(surprise(begin + "fail n3\nput n1 cart=pears\nexpect ok\nrun 5ms\nstart n3\n"
                           "run 100ms\nget n3 cart level=all\nexpect ok pears\n")
              .empty());
  }
  SUBCASE("a request to a node that is down is refused") {
    CHECK(surprise(begin + "crash n1\nget n1 cart\nexpect refused\n").empty());
  }
  SUBCASE("what cannot be done is no expectation that came") {
    CHECK(surprise(begin + "restore n1\n") == "no copy of n1's disk was kept");
    CHECK(surprise(begin + "damage n1 figs\n") == "no such value");
  }
}

TEST_CASE("every promise is judged at the end, and one that is broken is named") {
  const std::string text =
      "cluster nodes=3 n=3 r=2 w=2 mistake=refusal_counts_as_ack\n"
      "put n1 cart=apples\nwait\nrun 5ms\npartition n1\nput n2 cart=pears\nwait\n"
      "put n2 cart=plums\nwait\nmend\nput n1 cart=figs\nwait\nexpect promises\n";
  const PlayReport report = broken(text);
  CHECK(report.unmet->broken->key == "cart");
  CHECK(report.unmet->line == 13);
}

TEST_CASE("who asks again with the same id goes on with one operation") {
  const std::string begin = "cluster nodes=3 n=3 r=2 w=2\n";
  SUBCASE("after a refusal, which did nothing") {
    CHECK(surprise(begin + "kill n2\nput n2 k=1 id=x as=c\nexpect refused\n"
                           "put n3 k=1 id=x as=c\nexpect ok\nget n3 k\nexpect ok 1\n"
                           "expect promises\n")
              .empty());
  }
  SUBCASE("though it looked meanwhile") {
    CHECK(surprise(begin +
                   "drop store n1 n2\ndrop store n1 n3\nput n1 k=1 id=x as=c\nrun 4ms\n"
                   "partition n1\nexpect c unknown\nmend\n"
                   "get n1 k r=3 as=c\nexpect ok 1\nput n2 k=2 as=d\nexpect ok\n"
                   "run 5ms\nput n3 k=1 id=x as=c\nexpect ok\nget n3 k\nwait\n"
                   "expect promises\n")
              .empty());
  }
}

TEST_CASE("puts of one copy are held to replace each other where they ask all first") {
  const std::string text =
      "cluster nodes=3 n=3 r=3 w=1 mistake=wall_clock_last_write_wins\nput n1 "
      "cart=apples\n"
      "expect ok\nrun 5ms\nclock n2 -1s\nput n2 cart=pears\nexpect ok\nrun 5ms\n"
      "get n3 cart\nwait\nexpect promises\n";
  (void)broken(text);
}

TEST_CASE("numbers that are not reserved go on behind what the disk holds") {
  const std::string text =
      "cluster nodes=3 n=3 r=2 w=2 mistake=numbers_not_reserved\nput n1 cart=apples\n"
      "wait\nrun 5ms\ncrash n1\nstart n1\nrun 50ms\nput n1 hat=red\nwait\n";
  const std::string trace = trace_text(played(text).lines);
  CHECK(trace.find("cart=apples [n1:1]") != std::string::npos);
  CHECK(trace.find("hat=red [n1:2]") != std::string::npos);
}

TEST_CASE("a retry that was acknowledged is held to be there") {
  const std::string lost =
      "cluster nodes=3 n=3 r=2 w=2 mistake=ack_at_w_minus_1\ncut n1 n2 n1 n3\n"
      "put n1 cart=apples as=ann id=a1\nrun 200us\ncrash n1\nmend\n"
      "drop store n2 n3\ndrop store n2 n3\nput n2 cart=apples as=ann id=a1\n"
      "expect ann ok\nwipe n2\nstart n2\nstart n1\nrun 200ms\nget n3 cart as=eve\n"
      "wait\nexpect promises\n";
  const PlayReport report = broken(lost);
  CHECK(report.unmet->broken->promise == "regular");
}

TEST_CASE("a script is the same run each time") {
  const std::string text =
      "cluster nodes=5 n=3 r=2 w=2 delay=100us..3ms seed=4\nput n1 a=b\nput n2 a=c\nput "
      "n4 d=e\n"
      "crash n3 unsynced=random\nwait\nstart n3\nrun 50ms\nget n5 a\nwait\n";
  const PlayReport once = played(text);
  CHECK(trace_text(once.lines) == trace_text(played(text).lines));
  CHECK(once.lines.size() > 20);
}
