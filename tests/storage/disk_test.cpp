// What every disk does, asked of the real one and of the simulated one alike.
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "common/base/bytes.hpp"
#include "common/base/rng.hpp"
#include "tests/storage/disks.hpp"
#include "tests/storage/temporary_directory.hpp"
#include "v4_replicated_kv/runtime/posix_disk.hpp"

using namespace kv;
using namespace kv::test;

namespace {

struct Simulated {
  Platter platter = platter_of(1);
  Result<std::unique_ptr<Disk>> open() { return open_simulated_disk(platter); }
};

struct Real {
  TemporaryDirectory place;
  Result<std::unique_ptr<Disk>> open() { return open_posix_disk(place.path() + "/data"); }
};

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE_TEMPLATE("a file gives back what was written into it", Place, Simulated, Real) {
  Place place;
  const auto disk = value(place.open());
  const auto file = value(disk->create("log-1.data_x"));
  CHECK(value(file->size()) == 0);
  ok(file->write(0, "hello"));
  ok(file->write(3, std::string("p\0!", 3)));
  CHECK(value(file->size()) == 6);
  CHECK(all_of(*file) == std::string("help\0!", 6));
  ok(file->write(0, ""));
  ok(file->write(100, ""));
  CHECK(value(file->size()) == 6);
  ok(file->sync());
  ok(disk->sync_names());
  CHECK(all_of(*disk, "log-1.data_x") == std::string("help\0!", 6));
}

TEST_CASE_TEMPLATE("a read appends what there is, and is short only at the end", Place,
                   Simulated, Real) {
  Place place;
  const auto disk = value(place.open());
  store(*disk, "log", "0123456789");
  const auto file = value(disk->open("log"));
  std::string out = "so far: ";
  ok(file->read(2, 3, out));
  CHECK(out == "so far: 234");
  ok(file->read(8, 100, out));
  CHECK(out == "so far: 23489");
  ok(file->read(10, 1, out));
  ok(file->read(std::uint64_t{1} << 40, 1, out));
  ok(file->read(~std::uint64_t{0}, 1, out));
  ok(file->read(0, 0, out));
  CHECK(out == "so far: 23489");
}

TEST_CASE_TEMPLATE("a file larger than any buffer comes back whole", Place, Simulated,
                   Real) {
  Place place;
  const auto disk = value(place.open());
  std::string bytes;
  Rng rng(7);
  for (int i = 0; i < 400'000; ++i) append_le(bytes, rng.next());
  store(*disk, "log", bytes);
  CHECK(all_of(*disk, "log") == bytes);
  std::string out;
  ok(value(disk->open("log"))->read(12'345, 2'000'000, out));
  CHECK(out == bytes.substr(12'345, 2'000'000));
}

TEST_CASE_TEMPLATE("what lies between the end and a write, or a resize, is zeros", Place,
                   Simulated, Real) {
  Place place;
  const auto disk = value(place.open());
  const auto file = value(disk->create("log"));
  ok(file->write(10'000, "x"));
  CHECK(all_of(*file) == std::string(10'000, '\0') + "x");
  ok(file->resize(2));
  CHECK(all_of(*file) == std::string(2, '\0'));
  ok(file->write(0, "abcdef"));
  ok(file->resize(3));
  ok(file->resize(6));
  CHECK(value(file->size()) == 6);
  CHECK(all_of(*file) == std::string("abc\0\0\0", 6));
  ok(file->resize(0));
  CHECK(all_of(*file).empty());
}

TEST_CASE_TEMPLATE("names are listed in order, renamed and removed", Place, Simulated,
                   Real) {
  Place place;
  const auto disk = value(place.open());
  CHECK(value(disk->list()).empty());
  for (const char* const name : {"b", "a", "C", "10", "9"}) store(*disk, name, name);
  CHECK(value(disk->list()) == Names{"10", "9", "C", "a", "b"});
  ok(disk->rename("a", "z"));
  ok(disk->rename("b", "9"));
  ok(disk->rename("C", "C"));
  ok(disk->remove("10"));
  CHECK(value(disk->list()) == Names{"9", "C", "z"});
  CHECK(all_of(*disk, "9") == "b");
  CHECK(all_of(*disk, "C") == "C");
  CHECK(all_of(*disk, "z") == "a");
}

TEST_CASE_TEMPLATE("who has a file open keeps it, whatever becomes of its name", Place,
                   Simulated, Real) {
  Place place;
  const auto disk = value(place.open());
  for (const char* const name : {"removed", "renamed", "replaced"}) {
    store(*disk, name, name);
  }
  store(*disk, "new", "new");
  const auto removed = value(disk->open("removed"));
  const auto renamed = value(disk->open("renamed"));
  const auto replaced = value(disk->open("replaced"));
  ok(disk->remove("removed"));
  ok(disk->rename("renamed", "other"));
  ok(disk->rename("new", "replaced"));
  CHECK(all_of(*removed) == "removed");
  ok(removed->write(0, "R"));
  ok(removed->sync());
  CHECK(all_of(*removed) == "Removed");
  ok(renamed->write(0, "R"));
  CHECK(all_of(*disk, "other") == "Renamed");
  CHECK(all_of(*replaced) == "replaced");
  CHECK(all_of(*disk, "replaced") == "new");

  const auto before = value(disk->open("other"));
  const auto after = value(disk->create("other"));
  CHECK(all_of(*before) == "Renamed");
  CHECK(all_of(*after).empty());
}

TEST_CASE_TEMPLATE("two handles of a file see each other's bytes", Place, Simulated,
                   Real) {
  Place place;
  const auto disk = value(place.open());
  const auto one = value(disk->create("log"));
  const auto two = value(disk->open("log"));
  ok(one->write(0, "one"));
  CHECK(all_of(*two) == "one");
  ok(two->resize(1));
  CHECK(value(one->size()) == 1);
}

TEST_CASE_TEMPLATE("a file that is not there is not found", Place, Simulated, Real) {
  Place place;
  const auto disk = value(place.open());
  fails(disk->open("none"), Errc::not_found, "cannot open");
  fails(disk->remove("none"), Errc::not_found, "cannot remove");
  fails(disk->rename("none", "some"), Errc::not_found, "none");
  CHECK(value(disk->list()).empty());
}

TEST_CASE_TEMPLATE("no name leads out of the directory, or to its lock", Place, Simulated,
                   Real) {
  Place place;
  const auto disk = value(place.open());
  store(*disk, "log", "log");
  const std::vector<std::string> bad{"",
                                     ".",
                                     "..",
                                     "../log",
                                     "/etc/passwd",
                                     "a/b",
                                     std::string("log\0", 4),
                                     "LOCK",
                                     ".hidden",
                                     "-rf",
                                     "_x",
                                     "a b",
                                     "\xC3\xA9t\xC3\xA9",
                                     "a\n",
                                     std::string(65, 'a')};
  for (const std::string& name : bad) {
    CAPTURE(name);
    fails(disk->create(name), Errc::bad_usage, "cannot be the name");
    fails(disk->open(name), Errc::bad_usage, "cannot be the name");
    fails(disk->remove(name), Errc::bad_usage, "cannot be the name");
    fails(disk->rename(name, "a"), Errc::bad_usage, "cannot be the name");
    fails(disk->rename("log", name), Errc::bad_usage, "cannot be the name");
  }
  ok(disk->rename("log", std::string(64, 'a')));
}

TEST_CASE_TEMPLATE("one Disk at a time, and the next finds what the last left", Place,
                   Simulated, Real) {
  Place place;
  {
    const auto disk = value(place.open());
    store(*disk, "log", "bytes");
    fails(place.open(), Errc::locked, "stop");
  }
  const auto disk = value(place.open());
  CHECK(value(disk->list()) == Names{"log"});
  CHECK(all_of(*disk, "log") == "bytes");
}

TEST_CASE_TEMPLATE("a File works on after its Disk is gone", Place, Simulated, Real) {
  Place place;
  auto disk = value(place.open());
  const auto file = value(disk->create("log"));
  disk.reset();
  ok(file->write(0, "late"));
  ok(file->sync());
  CHECK(all_of(*value(place.open()), "log") == "late");
}

namespace {

// The same steps on a disk and on a map of strings, which must stay alike.
void walk(Disk& disk, Rng& rng, int steps) {
  std::map<std::string, std::string> twin;
  const Names names{"a", "b", "c", "d"};
  for (int step = 0; step < steps; ++step) {
    CAPTURE(step);
    const std::string name = names[rng.below(names.size())];
    const std::string other = names[rng.below(names.size())];
    const std::uint64_t what = rng.below(10);
    if (!twin.contains(name)) {
      fails(disk.open(name), Errc::not_found, name);
      value(disk.create(name));
      twin[name] = "";
    } else if (what == 0) {
      ok(disk.remove(name));
      twin.erase(name);
    } else if (what == 1) {
      ok(disk.rename(name, other));
      const std::string bytes = twin[name];
      twin.erase(name);
      twin[other] = bytes;
    } else if (what == 2) {
      const auto size = static_cast<std::size_t>(rng.below(12'000));
      ok(value(disk.open(name))->resize(size));
      twin[name].resize(size);
    } else if (what == 3) {
      ok(value(disk.open(name))->sync());
      ok(disk.sync_names());
    } else {
      const auto offset = static_cast<std::size_t>(rng.below(9'000));
      const std::string bytes(static_cast<std::size_t>(rng.below(5'000)),
                              static_cast<char>('a' + step % 26));
      ok(value(disk.open(name))->write(offset, bytes));
      std::string& held = twin[name];
      if (!bytes.empty() && held.size() < offset + bytes.size()) {
        held.resize(offset + bytes.size());
      }
      if (!bytes.empty()) held.replace(offset, bytes.size(), bytes);
    }
    Names listed;
    for (const auto& [one, bytes] : twin) {
      listed.push_back(one);
      REQUIRE(all_of(disk, one) == bytes);
    }
    REQUIRE(value(disk.list()) == listed);
  }
}

}  // namespace

TEST_CASE_TEMPLATE("a disk is a map from names to strings", Place, Simulated, Real) {
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    CAPTURE(seed);
    Place place;
    Rng rng(seed);
    walk(*value(place.open()), rng, 200);
  }
}

TEST_CASE("what was synced is there after a power cut, whatever came before") {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    CAPTURE(seed);
    Simulated place;
    Rng rng(seed);
    const auto disk = value(place.open());
    walk(*disk, rng, 100);
    std::map<std::string, std::string> held;
    for (const std::string& name : value(disk->list())) {
      ok(value(disk->open(name))->sync());
      held[name] = all_of(*disk, name);
    }
    ok(disk->sync_names());
    place.platter->cut_power();
    const auto restarted = value(place.open());
    for (const auto& [name, bytes] : held) CHECK(all_of(*restarted, name) == bytes);
    CHECK(value(restarted->list()).size() == held.size());
  }
}
