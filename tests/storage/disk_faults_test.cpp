// How the simulated disk fails, fills up and rots.
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/storage/disks.hpp"

using namespace kv;
using namespace kv::test;

namespace {

// Makes all calls there are, until one fails. Returns which.
Result<void> every_call(Disk& disk) {
  const auto file = disk.create("a");
  if (!file) return std::unexpected(file.error());
  std::string out;
  if (const auto done = (*file)->write(0, "12345678"); !done) return done;
  if (const auto done = (*file)->sync(); !done) return done;
  if (const auto done = (*file)->resize(6); !done) return done;
  if (const auto done = (*file)->read(0, 8, out); !done) return done;
  if (const auto size = (*file)->size(); !size) return std::unexpected(size.error());
  if (const auto done = disk.sync_names(); !done) return done;
  if (const auto done = disk.rename("a", "b"); !done) return done;
  if (const auto again = disk.open("b"); !again) return std::unexpected(again.error());
  if (const auto names = disk.list(); !names) return std::unexpected(names.error());
  return disk.remove("b");
}

}  // namespace

TEST_CASE("the k-th call fails, once or for ever") {
  for (const bool for_ever : {false, true}) {
    for (std::uint64_t k = 1; k <= kDiskCalls; ++k) {
      CAPTURE(k);
      const Platter platter = platter_of(k);
      const auto disk = value(open_simulated_disk(platter));
      platter->inject({.call = k, .for_ever = for_ever});
      fails(every_call(*disk), Errc::io, "as the simulation wants it");
      CHECK(platter->calls() == k);
      CHECK(every_call(*disk).has_value() == !for_ever);
      platter->heal();
      ok(every_call(*disk));
    }
  }
  const Platter platter = platter_of(1);
  platter->inject({.call = kDiskCalls + 1});
  ok(every_call(*value(open_simulated_disk(platter))));
}

TEST_CASE("only calls that need room find none, and one kind of call can be chosen") {
  const Platter platter = platter_of(1);
  const auto disk = value(open_simulated_disk(platter));
  const std::vector<DiskCall> need{DiskCall::create, DiskCall::write, DiskCall::resize,
                                   DiskCall::rename};
  for (std::size_t i = 0; i < need.size(); ++i) {
    platter->inject({.call = i + 1, .code = Errc::disk_full});
    const auto before = platter->calls(need[i]);
    fails(every_call(*disk), Errc::disk_full, "no room");
    CHECK(platter->calls(need[i]) == before + 1);
  }
  platter->inject({.code = Errc::io, .for_ever = true, .only = DiskCall::sync_names});
  fails(every_call(*disk), Errc::io, "cannot sync the names");
  fails(every_call(*disk), Errc::io, "cannot sync the names");
}

TEST_CASE("too many open files stop what opens one, and no other call") {
  const Platter platter = platter_of(1);
  const auto disk = value(open_simulated_disk(platter));
  const std::vector<DiskCall> open{DiskCall::create, DiskCall::open, DiskCall::list};
  for (std::size_t i = 0; i < open.size(); ++i) {
    platter->inject({.call = i + 1, .code = Errc::out_of_memory});
    const auto before = platter->calls(open[i]);
    fails(every_call(*disk), Errc::out_of_memory, "too many open files");
    CHECK(platter->calls(open[i]) == before + 1);
  }
  ok(every_call(*disk));
}

TEST_CASE("a write that fails has written some of its bytes, from the first on") {
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const Platter platter = platter_of(seed);
    const auto disk = value(open_simulated_disk(platter));
    const auto file = value(disk->create("log"));
    platter->inject({});
    fails(file->write(0, "1234"), Errc::io, "cannot write log");
    seen.insert(*platter->content("log"));
  }
  CHECK(seen == std::set<std::string>{"", "1", "12", "123", "1234"});
}

TEST_CASE("a create that fails may have removed the file that had the name") {
  std::set<bool> seen;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const Platter platter = platter_of(seed);
    const auto disk = value(open_simulated_disk(platter));
    store(*disk, "log", "old");
    platter->inject({});
    fails(disk->create("log"), Errc::io, "cannot create log");
    seen.insert(platter->content("log") == "old");
  }
  CHECK(seen.size() == 2);
}

TEST_CASE("after a sync that failed, one that succeeds makes nothing more durable") {
  std::set<std::string> seen;
  const std::string after = pages_of('1', 2);
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    CAPTURE(seed);
    const Platter platter = platter_of(seed);
    const auto disk = value(open_simulated_disk(platter));
    store(*disk, "log", pages_of('0', 2));
    const auto log = value(disk->open("log"));
    ok(log->write(0, after));
    platter->inject({.only = DiskCall::sync});
    fails(log->sync(), Errc::io, "cannot sync log");
    const std::string durable =
        *after_power_cut(platter, 0, Unsynced::all_kept)->content("log");
    seen.insert(durable);
    ok(log->sync());
    CHECK(all_of(*log) == after);  // readers are none the wiser
    CHECK(after_power_cut(platter, 0, Unsynced::all_kept)->content("log") == durable);

    ok(log->write(0, "2"));  // dirty again: its page is written whole
    ok(log->sync());
    CHECK(after_power_cut(platter, 0, Unsynced::all_lost)->content("log") ==
          "2" + pages_of('1', 1).substr(1) + durable.substr(kPageBytes));
  }
  CHECK(seen.size() > 10);
}

TEST_CASE("after sync_names failed, one that succeeds makes nothing more durable") {
  std::set<bool> seen;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const Platter platter = platter_of(seed);
    const auto disk = value(open_simulated_disk(platter));
    ok(value(disk->create("log"))->sync());
    platter->inject({});
    fails(disk->sync_names(), Errc::io, "cannot sync the names");
    ok(disk->sync_names());
    platter->cut_power(Unsynced::all_kept);
    seen.insert(platter->content("log").has_value());
  }
  CHECK(seen.size() == 2);
}

TEST_CASE("a full disk takes what fits, and more when there is room again") {
  const Platter platter = platter_of(1);
  const auto disk = value(open_simulated_disk(platter));
  platter->limit_capacity(3 * kPageBytes);
  store(*disk, "a", pages_of('a', 1));
  const auto b = value(disk->create("b"));
  fails(b->write(0, pages_of('b', 4)), Errc::disk_full, "cannot write b");
  CHECK(platter->bytes_used() == 3 * kPageBytes);
  CHECK(all_of(*b) == pages_of('b', 2));
  ok(b->write(10, "what is there can be overwritten"));

  const auto still_open = value(disk->open("a"));
  ok(disk->remove("a"));
  fails(b->write(2 * kPageBytes, "b"), Errc::disk_full, "cannot write b");
  CHECK(all_of(*still_open) == pages_of('a', 1));
}

TEST_CASE("room returns when a file goes, is cut, or the disk grows") {
  const Platter platter = platter_of(1);
  const auto disk = value(open_simulated_disk(platter));
  platter->limit_capacity(2 * kPageBytes);
  store(*disk, "a", pages_of('a', 1));
  const auto b = value(disk->create("b"));
  ok(b->resize(3 * kPageBytes));  // a hole takes no room
  ok(b->write(0, "b"));
  fails(b->write(kPageBytes, "b"), Errc::disk_full, "no room");
  ok(disk->remove("a"));
  ok(b->write(kPageBytes, "b"));
  fails(b->write(2 * kPageBytes, "b"), Errc::disk_full, "no room");
  platter->limit_capacity(3 * kPageBytes);
  ok(b->write(2 * kPageBytes, std::string(kPageBytes, '\0')));  // zeros take room
  CHECK(platter->bytes_used() == 3 * kPageBytes);
  ok(b->resize(kPageBytes + 1));
  CHECK(platter->bytes_used() == 2 * kPageBytes);
  platter->limit_capacity(0);
  fails(b->write(5 * kPageBytes, "b"), Errc::disk_full, "no room");
}

TEST_CASE("a flipped bit is seen at once and stays") {
  const Platter platter = platter_of(1);
  const auto disk = value(open_simulated_disk(platter));
  store(*disk, "log", "aaa");
  ok(value(disk->open("log"))->write(3, "b"));  // not durable
  platter->flip_bit("log", 1, 1);
  platter->flip_bit("log", 3, 0);
  CHECK(all_of(*disk, "log") == "acac");
  platter->cut_power(Unsynced::all_lost);
  CHECK(platter->content("log") == "aca");
}
