// Reservations and a full disk: the later counts, and nobody waits for room with them.
#include "v4_replicated_kv/runtime/reserver.hpp"

#include <cstdint>
#include <functional>
#include <future>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

using namespace kv;

namespace {

Reservation up_to(std::uint64_t number) {
  return {.actor = ActorId{7}, .up_to = number};
}

// A manifest on a disk that is full, or broken, or well, as the test says.
struct Desk {
  Result<void> disk;
  std::function<void()> meanwhile;                    // happens once, during a try
  std::vector<std::uint64_t> tried, written, broken;  // the blocking thread's
  Reserver reserver;
  BlockingThread thread;

  Desk()
      : reserver(
            thread,
            [this](const Reservation& wanted) {
              tried.push_back(wanted.up_to);
              if (meanwhile) std::exchange(meanwhile, nullptr)();
              return disk;
            },
            [this](const Reservation& wanted, const Result<void>& done) {
              (done ? written : broken).push_back(wanted.up_to);
            }) {}

  // Runs it over there, behind all jobs that are there now.
  void there(const std::function<void()>& what) {
    std::promise<void> done;
    thread.run_soon([&] {
      what();
      done.set_value();
    });
    done.get_future().wait();
  }
  void disk_is(Result<void> how) {
    there([&] { disk = std::move(how); });
  }
  void settle() {
    there([] {});
  }
};

}  // namespace

TEST_CASE("on a full disk a reservation waits without keeping other jobs waiting") {
  Desk desk;
  desk.disk_is(fail(Errc::disk_full, "no room"));
  desk.reserver.want(up_to(10));
  desk.settle();  // a cold value, say: it is read at once
  CHECK(desk.tried == std::vector<std::uint64_t>{10});
  CHECK(desk.written.empty());
  desk.reserver.try_again();
  desk.settle();
  CHECK(desk.tried == std::vector<std::uint64_t>{10, 10});
  desk.disk_is({});
  desk.reserver.try_again();
  desk.settle();
  CHECK(desk.written == std::vector<std::uint64_t>{10});
  desk.reserver.try_again();  // there is nothing left
  desk.settle();
  CHECK(desk.tried.size() == 3);
}

TEST_CASE(
    "of two reservations the later is written last, and the one that waited never") {
  Desk desk;
  desk.disk_is(fail(Errc::disk_full, "no room"));
  desk.reserver.want(up_to(10));
  desk.settle();
  desk.reserver.want(up_to(20));
  desk.settle();
  desk.disk_is({});
  desk.reserver.try_again();
  desk.settle();
  CHECK(desk.tried == std::vector<std::uint64_t>{10, 20, 20});
  CHECK(desk.written == std::vector<std::uint64_t>{20});
}

TEST_CASE("one that comes while another finds no room is the one that waits") {
  Desk desk;
  desk.there([&] {
    desk.disk = fail(Errc::disk_full, "no room");
    desk.meanwhile = [&] { desk.reserver.want(up_to(20)); };
  });
  desk.reserver.want(up_to(10));
  desk.settle();
  desk.settle();  // the job that came meanwhile
  CHECK(desk.tried == std::vector<std::uint64_t>{10, 20});
}

TEST_CASE("two that come before the first try are one try") {
  Desk desk;
  desk.there([&] {
    desk.reserver.want(up_to(10));
    desk.reserver.want(up_to(20));
  });
  desk.settle();
  CHECK(desk.tried == std::vector<std::uint64_t>{20});
}

TEST_CASE("what does not pass is told, and not tried again") {
  Desk desk;
  desk.disk_is(fail(Errc::io, "broken"));
  desk.reserver.want(up_to(10));
  desk.settle();
  desk.reserver.try_again();
  desk.settle();
  CHECK(desk.broken == std::vector<std::uint64_t>{10});
  CHECK(desk.tried.size() == 1);
}
