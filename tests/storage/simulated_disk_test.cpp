// What only the simulated disk does: power cuts, faults, and all of it from a seed.
#include "v4_replicated_kv/simulation/simulated_disk.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/storage/disks.hpp"

using namespace kv;
using namespace kv::test;

namespace {

using Platter = std::shared_ptr<SimulatedPlatter>;

Platter platter_of(std::uint64_t seed) {
  return std::make_shared<SimulatedPlatter>(seed);
}

Platter after_power_cut(const Platter& platter, std::uint64_t seed,
                        Unsynced what = Unsynced::at_random) {
  Platter twin = platter->copy(seed);
  twin->cut_power(what);
  return twin;
}

std::string pages_of(char byte, std::size_t pages) {
  return std::string(pages * kPageBytes, byte);
}

constexpr std::uint64_t kSeeds = 400;

}  // namespace

TEST_CASE("a power cut takes what was not synced, and never what was") {
  const Platter platter = platter_of(1);
  const auto disk = value(open_simulated_disk(platter));
  store(*disk, "log", "durable");
  const auto log = value(disk->open("log"));
  ok(log->write(7, " and not"));
  ok(value(disk->create("nameless"))->sync());

  const Platter lost = after_power_cut(platter, 0, Unsynced::all_lost);
  CHECK(lost->content("log") == "durable");
  CHECK(!lost->content("nameless"));
  const Platter kept = after_power_cut(platter, 0, Unsynced::all_kept);
  CHECK(kept->content("log") == "durable and not");
  CHECK(kept->content("nameless") == "");

  std::set<std::string> logs;
  std::set<bool> names;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    CAPTURE(seed);
    const Platter cut = after_power_cut(platter, seed);
    logs.insert(*cut->content("log"));
    names.insert(cut->content("nameless").has_value());
  }
  // The sector and the size each survive or not.
  CHECK(logs == std::set<std::string>{"durable", "durable and not",
                                      std::string("durable\0\0\0\0\0\0\0\0", 15)});
  CHECK(names.size() == 2);
}

TEST_CASE("pages survive in any order, and are torn between sectors") {
  const Platter platter = platter_of(1);
  const auto disk = value(open_simulated_disk(platter));
  store(*disk, "log", pages_of('0', 2));
  const auto log = value(disk->open("log"));
  ok(log->write(0, pages_of('1', 1)));
  ok(log->write(kPageBytes, pages_of('2', 1)));

  bool later_alone = false;
  bool earlier_alone = false;
  bool torn = false;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    CAPTURE(seed);
    const std::string bytes = *after_power_cut(platter, seed)->content("log");
    REQUIRE(bytes.size() == 2 * kPageBytes);
    later_alone |= bytes == pages_of('0', 1) + pages_of('2', 1);
    earlier_alone |= bytes == pages_of('1', 1) + pages_of('0', 1);
    torn |= bytes.front() != bytes[kSectorBytes];
    for (std::size_t at = 0; at < bytes.size(); at += kSectorBytes) {
      const std::string sector = bytes.substr(at, kSectorBytes);
      CHECK(sector == std::string(kSectorBytes, sector[0]));
      CHECK((sector[0] == '0' || sector[0] == (at < kPageBytes ? '1' : '2')));
    }
  }
  CHECK(later_alone);
  CHECK(earlier_alone);
  CHECK(torn);
}

TEST_CASE("a sector is one of the versions that it had, and a size too") {
  const Platter platter = platter_of(1);
  const auto disk = value(open_simulated_disk(platter));
  store(*disk, "log", "0");
  const auto log = value(disk->open("log"));
  for (const std::string bytes : {"1", "22", "333"}) ok(log->write(0, bytes));
  ok(log->resize(1));

  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    seen.insert(*after_power_cut(platter, seed)->content("log"));
  }
  const std::set<std::string> may{"0",
                                  "1",
                                  "2",
                                  "3",
                                  std::string("0\0", 2),
                                  std::string("1\0", 2),
                                  "22",
                                  "33",
                                  std::string("3\0", 2),
                                  std::string("0\0\0", 3),
                                  std::string("1\0\0", 3),
                                  std::string("22\0", 3),
                                  "333",
                                  std::string("3\0\0", 3)};
  for (const std::string& bytes : seen) CHECK(may.contains(bytes));
  CHECK(seen.size() > 8);
}

TEST_CASE("bytes that were cut off do not come back when the file grows") {
  const Platter platter = platter_of(1);
  const auto disk = value(open_simulated_disk(platter));
  store(*disk, "log", pages_of('x', 3));
  const auto log = value(disk->open("log"));
  ok(log->resize(10));
  ok(log->resize(3 * kPageBytes));
  const std::string cut = std::string(10, 'x') + std::string(3 * kPageBytes - 10, '\0');
  CHECK(all_of(*log) == cut);
  ok(log->sync());
  CHECK(after_power_cut(platter, 0, Unsynced::all_lost)->content("log") == cut);
}

TEST_CASE("a rename survives a power cut whole or not at all") {
  const Platter platter = platter_of(1);
  const auto disk = value(open_simulated_disk(platter));
  store(*disk, "manifest", "old");
  const auto file = value(disk->create("manifest.tmp"));
  ok(file->write(0, "new"));
  ok(file->sync());
  ok(disk->rename("manifest.tmp", "manifest"));

  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    CAPTURE(seed);
    const Platter cut = after_power_cut(platter, seed);
    REQUIRE(cut->content("manifest"));
    seen.insert(*cut->content("manifest"));
    // The new bytes have one name at most.
    if (*cut->content("manifest") == "new") CHECK(!cut->content("manifest.tmp"));
  }
  CHECK(seen == std::set<std::string>{"old", "new"});
  ok(disk->sync_names());
  CHECK(after_power_cut(platter, 0, Unsynced::all_lost)->content("manifest") == "new");
}

TEST_CASE("names that were not synced survive in any order") {
  const Platter platter = platter_of(1);
  const auto disk = value(open_simulated_disk(platter));
  store(*disk, "a", "");
  store(*disk, "b", "");
  ok(disk->remove("a"));
  ok(value(disk->create("c"))->sync());
  ok(disk->remove("b"));
  std::set<std::vector<std::string>> seen;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    seen.insert(
        value(value(open_simulated_disk(after_power_cut(platter, seed)))->list()));
  }
  CHECK(seen.size() == 8);
}

TEST_CASE("a power cut ends every handle; the platter is opened again") {
  const Platter platter = platter_of(1);
  auto disk = value(open_simulated_disk(platter));
  store(*disk, "log", "bytes");
  const auto log = value(disk->open("log"));
  platter->cut_power();
  const std::uint64_t calls = platter->calls();
  std::string out;
  fails(log->write(0, "x"), Errc::stopped, "log");
  fails(log->read(0, 1, out), Errc::stopped, "log");
  fails(log->sync(), Errc::stopped, "log");
  fails(log->resize(0), Errc::stopped, "log");
  fails(log->size(), Errc::stopped, "log");
  fails(disk->create("new"), Errc::stopped, "new");
  fails(disk->open("log"), Errc::stopped, "log");
  fails(disk->list(), Errc::stopped, "went down");
  fails(disk->rename("log", "log2"), Errc::stopped, "log");
  fails(disk->remove("log"), Errc::stopped, "log");
  fails(disk->sync_names(), Errc::stopped, "went down");
  CHECK(platter->calls() == calls);

  const auto restarted = value(open_simulated_disk(platter));
  disk.reset();  // the old one gives back nothing that it does not have
  fails(open_simulated_disk(platter), Errc::locked, "open already");
  CHECK(all_of(*restarted, "log") == "bytes");
}

TEST_CASE("a killed process loses nothing until the power goes as well") {
  const Platter platter = platter_of(1);
  const auto disk = value(open_simulated_disk(platter));
  store(*disk, "log", "durable");
  ok(value(disk->open("log"))->write(0, "changed"));
  platter->kill_process();
  fails(disk->list(), Errc::stopped, "went down");
  CHECK(all_of(*value(open_simulated_disk(platter)), "log") == "changed");
  platter->cut_power(Unsynced::all_lost);
  CHECK(platter->content("log") == "durable");
}

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

TEST_CASE("the same seed tells the same story") {
  const auto story = [](std::uint64_t seed) {
    const Platter platter = platter_of(seed);
    const auto disk = value(open_simulated_disk(platter));
    for (char c = 'a'; c <= 'f'; ++c) {
      const auto file = value(disk->create(std::string(1, c)));
      for (int i = 0; i < 5; ++i) ok(file->write(std::uint64_t(i) * 700, pages_of(c, 1)));
    }
    platter->inject({});
    fails(disk->sync_names(), Errc::io, "names");
    platter->cut_power();
    std::string told;
    for (char c = 'a'; c <= 'f'; ++c) {
      told += c + platter->content(std::string(1, c)).value_or("none");
    }
    return told;
  };
  std::set<std::string> stories;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    CAPTURE(seed);
    CHECK(story(seed) == story(seed));
    stories.insert(story(seed));
  }
  CHECK(stories.size() > 40);
}

TEST_CASE("a copied platter goes its own way") {
  const Platter platter = platter_of(1);
  const auto disk = value(open_simulated_disk(platter));
  store(*disk, "log", "one");
  const Platter copy = platter->copy(2);
  const auto other = value(open_simulated_disk(copy));
  ok(value(other->open("log"))->write(0, "two"));
  ok(other->rename("log", "book"));
  CHECK(platter->content("log") == "one");
  CHECK(copy->content("book") == "two");
  CHECK(copy->calls() == 2 + 1);
  CHECK(copy->bytes_written() == 3);
}
