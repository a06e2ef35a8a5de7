// What a power cut of the simulated disk leaves, and that a seed says what.
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/storage/disks.hpp"

using namespace kv;
using namespace kv::test;

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
