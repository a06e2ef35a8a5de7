// A disk without room, and with room again; a directory that somebody else has.
#include <chrono>
#include <filesystem>
#include <map>
#include <string>
#include <thread>

#include <doctest/doctest.h>

#include "common/base/rng.hpp"
#include "tests/crash/surroundings.hpp"
#include "v4_replicated_kv/runtime/store.hpp"

using namespace kv;
using namespace kv::test;

namespace {

std::unique_ptr<Store> open_store(const std::string& directory,
                                  std::uint64_t segment_bytes = 65536) {
  auto store = Store::open(directory, {.cache_bytes = 0, .segment_bytes = segment_bytes});
  if (!store) FAIL(store.error().detail);
  return std::move(*store);
}

// What no compression makes shorter.
std::string noise(Rng& rng, std::size_t bytes) {
  std::string text(bytes, '\0');
  for (char& byte : text) byte = static_cast<char>(rng.below(256));
  return text;
}

using Content = std::map<std::string, std::string>;

// Puts new keys until there is no room, and says so.
void fill(Store& store, Rng& rng, Content& content) {
  for (int i = 0; i < 10'000; ++i) {
    const std::string key = "key-" + std::to_string(content.size());
    const std::string value = noise(rng, 1000);
    const auto put = store.put(key, value);
    if (!put) {
      CAPTURE(put.error().detail);
      REQUIRE(put.error().code == Errc::disk_full);
      return;
    }
    content[key] = value;
  }
  FAIL("the disk was never full");
}

void holds(Store& store, const Content& content) {
  for (const auto& [key, value] : content) {
    CAPTURE(key);
    const auto found = store.get(key);
    REQUIRE(found);
    CHECK(*found == value);
  }
}

// Deletes the first of the keys, also where a delete has to wait until compaction has
// made room for it.
void erase_first(Store& store, std::size_t count, Content& content) {
  for (std::size_t i = 0; i < count; ++i) {
    const std::string key = "key-" + std::to_string(i);
    CAPTURE(key);
    auto erased = store.erase(key);
    for (int wait = 0; wait < 400 && !erased; ++wait) {
      CAPTURE(erased.error().detail);
      REQUIRE(erased.error().code == Errc::disk_full);
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      erased = store.erase(key);
    }
    if (!erased) FAIL(erased.error().detail);
    content.erase(key);
  }
}

// Whether a put works again within a while, without a restart.
bool put_works_soon(Store& store) {
  for (int i = 0; i < 400; ++i) {
    if (store.put("again", "yes")) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return false;
}

}  // namespace

TEST_CASE("a full disk refuses puts, reads and deletes go on, room ends it") {
  if (!can_mount()) return;
  const SmallDisk disk("1m");
  const std::string filler = disk.path() + "/filler";
  make_file(filler, std::string(200 << 10, 'x'));
  auto store = open_store(disk.path() + "/store");
  Rng rng(3);
  Content content;
  fill(*store, rng, content);
  CHECK(content.size() > 300);
  CHECK(store->stats().disk_full);
  holds(*store, content);
  for (int i = 0; i < 20; ++i) {
    const std::string key = "key-" + std::to_string(i);
    CAPTURE(key);
    const auto erased = store->erase(key);
    if (!erased) FAIL(erased.error().detail);
    content.erase(key);
    CHECK(*store->get(key) == std::nullopt);
    CHECK(!store->put("refused", noise(rng, 1000)));
  }
  std::filesystem::remove(filler);
  CHECK(store->put("again", "yes"));
  CHECK(!store->stats().disk_full);
  content["again"] = "yes";
  holds(*store, content);
  CHECK(store->close());
  store = open_store(disk.path() + "/store");
  holds(*store, content);
  CHECK(*store->get("key-0") == std::nullopt);
  CHECK(*store->get("refused") == std::nullopt);
}

TEST_CASE("on a full disk deletes alone win room back") {
  if (!can_mount()) return;
  const SmallDisk disk("1m");
  auto store = open_store(disk.path() + "/store");
  Rng rng(4);
  Content content;
  fill(*store, rng, content);
  erase_first(*store, content.size() * 3 / 4, content);
  CHECK(put_works_soon(*store));
  holds(*store, content);
}

TEST_CASE("a store that starts on a full disk reads, and deletes until there is room") {
  if (!can_mount()) return;
  const SmallDisk disk("1m");
  Rng rng(5);
  Content content;
  {
    auto store = open_store(disk.path() + "/store");
    fill(*store, rng, content);
  }
  auto store = open_store(disk.path() + "/store");
  holds(*store, content);
  erase_first(*store, content.size() * 3 / 4, content);
  CHECK(put_works_soon(*store));
  holds(*store, content);
}

TEST_CASE("a value that is longer than a segment and than the room is refused, no more") {
  if (!can_mount()) return;
  const SmallDisk disk("1m");
  auto store = open_store(disk.path() + "/store");
  Rng rng(6);
  Content content{{"small", "value"}};
  CHECK(store->put("small", "value"));
  const auto put = store->put("large", noise(rng, 2 << 20));
  REQUIRE(!put);
  CAPTURE(put.error().detail);
  CHECK(put.error().code == Errc::disk_full);
  holds(*store, content);
  CHECK(store->put("other", "value"));
  content["other"] = "value";
  const std::string fits = noise(rng, 300 << 10);
  CHECK(store->put("fits", fits));
  content["fits"] = fits;
  CHECK(store->close());
  store = open_store(disk.path() + "/store");
  holds(*store, content);
}

TEST_CASE("a directory that a process has is locked for all others until it ends") {
  const TempDir dir;
  const std::string path = dir.path() + "/store";
  Beside writer({"store_writer", path, "0", "1", "100000000", "never", "65536"},
                dir.path() + "/said");
  writer.wait_for("ack");
  const auto second = Store::open(path);
  REQUIRE(!second);
  CHECK(second.error().code == Errc::locked);
  const ProgramEnd import = run_program({"v4_replicated_kv", "wal", "import", path});
  CAPTURE(import.err);
  CHECK(import.status == 1);
  CHECK(import.err.starts_with("v4_replicated_kv wal: "));
  writer.kill();
  CHECK(writer.wait(20) == 128 + 9);
  CHECK(Store::open(path).has_value());
}
