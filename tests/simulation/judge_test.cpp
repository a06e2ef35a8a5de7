// What the judge of a script must not mind, however unusual it is; and what it must.
#include <string>

#include <doctest/doctest.h>

#include "tests/simulation/played.hpp"

using namespace kv;
using namespace kv::test;

namespace {

const std::string kRegister = "cluster nodes=3 n=3 r=2 w=2\n";
const std::string kSiblings = "cluster nodes=3 n=3 r=2 w=2 policy=siblings\n";

// What came instead where promises are expected too; `mistake` is a bug to have.
std::string broken_promise(const std::string& text, const std::string& mistake = "") {
  const auto end = text.find('\n');
  const std::string cluster =
      text.substr(0, end) + (mistake.empty() ? "" : " mistake=" + mistake);
  return surprise(cluster + text.substr(end) + "expect promises\n");
}

}  // namespace

TEST_CASE("who comes without a context covers what is found for it, and not less") {
  // Ann is first to ask. What is read for her comes late, and has what Bob put meanwhile.
  const std::string slow = kSiblings + "delay ask n1 n2 10ms\ndelay ask n1 n3 10ms\n";
  const std::string pears = "put n2 cart=pears as=bob\nexpect bob ok\n";
  SUBCASE("a put") {
    CHECK(broken_promise(slow + "put n1 cart=apples as=ann\n" + pears + "expect ann ok\n")
              .empty());
  }
  SUBCASE("a delete") {
    CHECK(broken_promise(slow + "delete n1 cart as=ann\n" + pears + "expect ann ok\n")
              .empty());
  }
  SUBCASE("a put whose client never hears of it") {
    CHECK(broken_promise(slow + "put n1 cart=apples as=ann\n" + pears +
                         "run 8ms\ncrash n1 unsynced=kept\nrun 20ms\nstart n1\nrun 50ms\n"
                         "get n2 cart level=all\nexpect ok apples\n")
              .empty());
  }
  SUBCASE("a delete whose client never hears of it") {
    CHECK(broken_promise(slow + "delete n1 cart as=ann\n" + pears +
                         "run 8ms\ncrash n1 unsynced=kept\nrun 20ms\nstart n1\nrun 50ms\n"
                         "get n2 cart level=all\nexpect nothing\n")
              .empty());
  }
  SUBCASE("one that is asked for twice") {
    CHECK(broken_promise(
              slow + "put n1 cart=apples as=ann id=a\n" + pears +
              "run 8ms\ncrash n1 unsynced=kept\nrun 20ms\nput n2 cart=apples as=ann "
              "id=a\nexpect ann ok\n")
              .empty());
  }
  SUBCASE("but two that overlapped, and found nothing, both stay") {
    const std::string both =
        kSiblings + "put n1 cart=apples as=ann\nput n2 cart=pears as=bob\nwait\n";
    CHECK(broken_promise(both + "get n3 cart\nexpect ok apples pears\n").empty());
  }
  SUBCASE("and what it did not find may not be lost") {
    const std::string lost =
        kSiblings +
        "put n1 cart=apples as=ann\nexpect ok\nrun 5ms\npartition n3\n"
        "put n1 cart=pears as=bob ignores=context\nexpect ok\nwipe n2\n"
        "start n2\nrun 20ms\nmend\npartition n1\nget n2 cart\nwait\n"
        "put n3 cart=figs as=eve\nwait\n";
    CHECK(broken_promise(lost).empty());
    CHECK(broken_promise(lost, "wiped_node_answers").find("pears (put of bob at t=") !=
          std::string::npos);
  }
}

TEST_CASE("siblings of which only one node knows have a name, too") {
  const std::string one = "cluster nodes=1 n=1 r=1 w=1 policy=siblings\n";
  const std::string puts =
      "put n1 cart=apples as=ann\nexpect ok\nput n1 cart=pears as=ann\nexpect ok\n";
  CHECK(broken_promise(one + puts + "get n1 cart\nexpect ok pears\n").empty());
  CHECK(broken_promise(one + puts + "delete n1 cart as=bob\nexpect ok\n").empty());
  const std::string three = "cluster nodes=3 n=1 r=1 w=1 policy=siblings\n";
  for (const std::string node : {"n1", "n2", "n3"}) {
    CAPTURE(node);
    const std::string put = "put " + node + " cart=";
    CHECK(broken_promise(three + put + "apples as=ann\nexpect ok\n" + put +
                         "pears as=ann\nexpect ok\nget n1 cart\nexpect ok pears\n")
              .empty());
  }
}

TEST_CASE("judged is what has come to its end") {
  SUBCASE("a request that was still running") {
    CHECK(broken_promise(
              "cluster nodes=3 n=3 r=2 w=2 patience=2s again=900ms\nput n1 cart=apples\n"
              "expect ok\nrun 5ms\ndelay store n1 n2 700ms\ndelay store n1 n3 700ms\n"
              "put n1 cart=pears\n")
              .empty());
    CHECK(broken_promise(kSiblings + "pause n1\nput n1 cart=apples as=ann\n").empty());
  }
  SUBCASE("messages that take longer than anybody would wait") {
    CHECK(
        broken_promise("cluster nodes=3 n=3 r=2 w=2 delay=50ms patience=2s again=500ms\n"
                       "partition n3\nput n1 cart=apples\nexpect ok\n")
            .empty());
    CHECK(broken_promise(kRegister +
                         "delay store n1 n3 599s\nput n1 cart=apples\nexpect ok\n")
              .empty());
  }
  SUBCASE("disks that do") {
    CHECK(broken_promise(
              "cluster nodes=3 n=3 r=2 w=2 sync=300ms patience=5s again=2s\nrun 5s\n"
              "partition n3\nput n1 cart=apples\nexpect ok\n")
              .empty());
  }
  SUBCASE("a node that copies all it lost, slowly") {
    CHECK(
        broken_promise("cluster nodes=3 n=3 r=2 w=2 delay=900ms patience=60s again=20s\n"
                       "put n1 cart=apples\nexpect ok\nwipe n2\nstart n2\n")
            .empty());
  }
  SUBCASE("and what was still to go wrong does not any more") {
    CHECK(broken_promise(kRegister +
                         "put n1 cart=apples\nexpect ok\ndelay ask n1 n2 500s\n"
                         "drop push n1 n2\ndrop push n1 n3\n")
              .empty());
  }
}

TEST_CASE("what was still to go wrong when all is healed does not any more") {
  CHECK(surprise(kRegister + "put n1 cart=apples\nexpect ok\nrun 5ms\ndrop store n1 n3\n"
                             "heal\nput n1 cart=pears\nexpect ok\nrun 5ms\n"
                             "expect n3 holds cart=pears\n")
            .empty());
}

TEST_CASE("an id is its key's, and binds to the value that came first") {
  SUBCASE("the first try did nothing") {
    CHECK(broken_promise(kRegister +
                         "one-way n1 n2 n1 n3\nput n1 cart=apples id=a\nrun 5ms\n"
                         "crash n1\nmend\nput n2 cart=pears id=a\nexpect ok\n"
                         "get n2 cart\nexpect ok pears\n")
              .empty());
  }
  SUBCASE("the first try did it, and the second finds that") {
    for (const std::string& cluster : {kRegister, kSiblings}) {
      CHECK(broken_promise(cluster + "put n1 cart=apples id=a\nexpect ok\nrun 5ms\n"
                                     "put n2 cart=pears id=a\nexpect ok\nget n2 cart\n"
                                     "expect ok apples\n")
                .empty());
    }
  }
  SUBCASE("or to both, where reads miss writes") {
    CHECK(broken_promise(
              "cluster nodes=3 n=3 r=1 w=1\ncut n1 n2 n1 n3\nput n1 cart=apples id=a\n"
              "expect ok\nput n2 cart=pears id=a\nexpect ok\nget n2 cart\n"
              "expect ok pears\nget n1 cart\nexpect ok apples\n")
              .empty());
  }
  SUBCASE("and what was told is what the last try had asked for") {
    const std::string weak =
        "cluster nodes=3 n=3 r=1 w=3\npartition n2\nput n1 cart=apples id=a\nrun 5ms\n"
        "put n1 cart=apples w=1 id=a\nexpect ok\nget n2 cart\nexpect nothing\n";
    CHECK(broken_promise(weak).empty());
  }
  SUBCASE("of another key it is another id") {
    for (const std::string& cluster : {kRegister, kSiblings}) {
      CHECK(broken_promise(cluster +
                           "put n1 cart=apples id=a\nexpect ok\nput n2 hat=red id=a\n"
                           "expect ok\nget n2 hat\nexpect ok red\nget n2 cart\n"
                           "expect ok apples\n")
                .empty());
    }
  }
}

TEST_CASE("what is broken is told in the words of the trace") {
  const std::string text =
      kRegister +
      "put n1 cart=apples as=ann fill=40\nexpect ok\npartition n1\n"
      "put n2 cart=pears as=bob\nwait\nput n2 cart=plums as=bob\nwait\n"
      "mend\nput n1 cart=figs as=ann\nwait\nget n1 cart as=eve\nwait\n";
  CHECK(broken_promise(text).empty());
  const std::string came = broken_promise(text, "refusal_counts_as_ack");
  CAPTURE(came);
  CHECK(came.find("is broken: key cart: ") != std::string::npos);
  CHECK(came.find(" (put of ann at t=") != std::string::npos);
}

TEST_CASE("a put that reads all first is held to replace one of a single copy") {
  // Three of five, and the cluster's own puts wait for one: 3 + 1 is not above 5.
  const std::string text =
      "cluster nodes=5 n=5 r=5 w=1\nput n1 cart=apples\nexpect ok\nrun 5ms\n"
      "clock n2 -1s\nput n2 cart=pears w=3\nexpect ok\nrun 5ms\nget n3 cart\nwait\n";
  CHECK(broken_promise(text).empty());
  CHECK(broken_promise(text, "wall_clock_last_write_wins")
            .find("pears (put of client at t=") != std::string::npos);
}
