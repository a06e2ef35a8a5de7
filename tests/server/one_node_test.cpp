// One node on its loop, asked through the port that doors use.
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "tests/server/asking.hpp"
#include "tests/storage/temporary_directory.hpp"

using namespace kv;
using namespace kv::test;

TEST_CASE("a lone server keeps what it acknowledged, in memory and on disk") {
  const TemporaryDirectory directory;
  for (const std::string& data_dir : {std::string(), directory.path()}) {
    CAPTURE(data_dir);
    const auto loop = lone_server(quick_options(data_dir));
    CHECK(get(*loop, "cart") == "-");
    CHECK(put(*loop, "cart", "apples").outcome == Outcome::ok);
    CHECK(get(*loop, "cart") == "apples");
    NodeStats stats;
    REQUIRE(loop->run_there([&] { stats = loop->stats(); }));
    CHECK(stats.name == "node1");
    CHECK(stats.keys == 1);
  }
}

TEST_CASE("what was acknowledged is there after kill and after stop") {
  const TemporaryDirectory directory;
  for (int life = 0; life < 4; ++life) {
    CAPTURE(life);
    const auto loop = lone_server(quick_options(directory.path()));
    for (int earlier = 0; earlier < life; ++earlier) {
      CHECK(get(*loop, std::to_string(earlier)) == "of its life");
    }
    CHECK(put(*loop, std::to_string(life), "of its life").outcome == Outcome::ok);
    if (life % 2 == 0) {
      loop->kill();
    } else {
      loop->stop();
    }
    CHECK(loop->stage() == Stage::down);
    CHECK_FALSE(loop->post([] {}));
  }
}

TEST_CASE("many threads that ask at once are all answered, and share syncs") {
  const TemporaryDirectory directory;
  const auto loop = lone_server(quick_options(directory.path()));
  constexpr int kThreads = 8;
  constexpr int kEach = 100;
  std::atomic<int> ok = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < kEach; ++i) {
          const std::string key = std::to_string(t) + "/" + std::to_string(i);
          if (put(*loop, key, "v").outcome == Outcome::ok) ++ok;
        }
      });
    }
  }
  CHECK(ok == kThreads * kEach);
  NodeStats stats;
  REQUIRE(loop->run_there([&] { stats = loop->stats(); }));
  CHECK(stats.keys == kThreads * kEach);
  CHECK(stats.syncs < kThreads * kEach);
}

TEST_CASE(
    "a reply comes after ask() returned, and what follows the turn after all replies") {
  const auto loop = lone_server(quick_options());
  std::vector<std::string> order;
  std::promise<void> over;
  REQUIRE(loop->run_there([&] {
    for (const char* const key : {"a", "b"}) {
      loop->ask({.verb = Verb::get, .key = key}, [&, key](Reply) {
        order.emplace_back(key);
        if (order.size() == 3) {
          loop->after_turn([&] {
            order.emplace_back("after the turn");
            over.set_value();
          });
        }
      });
    }
    order.emplace_back("asked");
  }));
  over.get_future().wait();
  CHECK(order == std::vector<std::string>{"asked", "a", "b", "after the turn"});
}

TEST_CASE(
    "one request more than the limit is refused as overloaded, and the others go on") {
  ServerOptions options = quick_options();
  options.limits.inflight_max = 2;
  const auto loop = lone_server(options);
  std::vector<std::future<Reply>> replies;
  // In one turn: none has its answer before the next is made.
  std::vector<std::shared_ptr<std::promise<Reply>>> promises;
  for (int i = 0; i < 3; ++i) {
    promises.push_back(std::make_shared<std::promise<Reply>>());
    replies.push_back(promises.back()->get_future());
  }
  REQUIRE(loop->run_there([&] {
    for (const auto& promise : promises) {
      loop->ask({.verb = Verb::put, .key = "k", .value = "v"},
                [promise](Reply reply) { promise->set_value(std::move(reply)); });
    }
  }));
  CHECK(wait_for(std::move(replies[0])).outcome == Outcome::ok);
  CHECK(wait_for(std::move(replies[1])).outcome == Outcome::ok);
  const Reply third = wait_for(std::move(replies[2]));
  CHECK(third.outcome == Outcome::refused);
  CHECK(third.trouble == Trouble::overloaded);
  CHECK(put(*loop, "k", "later").outcome == Outcome::ok);
}

TEST_CASE(
    "a loop that is stopped ends what it has, takes no more, and says when it begins") {
  const TemporaryDirectory directory;
  const auto loop = lone_server(quick_options(directory.path()));
  std::promise<Reply> before;
  std::promise<Reply> after;
  REQUIRE(loop->run_there([&] {
    loop->ask({.verb = Verb::put, .key = "k", .value = "v"},
              [&](Reply reply) { before.set_value(std::move(reply)); });
    loop->when_stopping([&] {
      loop->ask({.verb = Verb::put, .key = "k", .value = "late"},
                [&](Reply reply) { after.set_value(std::move(reply)); });
    });
  }));
  loop->stop();
  CHECK(wait_for(before.get_future()).outcome == Outcome::ok);
  const Reply late = wait_for(after.get_future());
  CHECK(late.outcome == Outcome::refused);
  CHECK(late.trouble == Trouble::not_ready);
}

TEST_CASE("a connection that never writes its answer delays the end, and not for ever") {
  ServerOptions options = quick_options();
  options.limits.drain = std::chrono::milliseconds(50);
  const auto loop = lone_server(options);
  std::shared_ptr<void> held;
  REQUIRE(loop->run_there([&] { held = loop->something_to_write(); }));
  loop->stop();
  CHECK(loop->stage() == Stage::down);
}

TEST_CASE("a disk of another cluster, and R and W that cannot be, are refused") {
  const TemporaryDirectory directory;
  {
    const auto loop = lone_server(quick_options(directory.path()));
  }
  const auto other = open_lone_server(quick_options(directory.path()), "node1", 32);
  REQUIRE_FALSE(other.has_value());
  CHECK(other.error().code == Errc::bad_usage);

  const std::vector<Newcomer> alone{{.name = "n"}};
  const auto ring = std::make_shared<const RingState>(
      *found_ring(alone, {.copies = 1, .partitions = 16}));
  ServerOptions options = quick_options();
  options.r = 2;
  const auto loop =
      open_server(options, {.ring = ring, .self = ring->members.front().node.id});
  REQUIRE_FALSE(loop.has_value());
  CHECK(loop.error().code == Errc::bad_usage);
}
