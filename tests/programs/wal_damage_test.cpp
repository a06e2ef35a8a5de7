// `wal verify` and `wal dump` on files that are not what they were: each damage with its
// place and cause, and the rest printed all the same.
#include <algorithm>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "common/base/bytes.hpp"
#include "common/hash/crc32c.hpp"
#include "common/hash/hasher.hpp"
#include "tests/programs/damaged_store.hpp"
#include "v4_replicated_kv/runtime/posix_disk.hpp"
#include "v4_replicated_kv/storage/hint.hpp"
#include "v4_replicated_kv/storage/log_engine.hpp"
#include "v4_replicated_kv/storage/log_writer.hpp"
#include "v4_replicated_kv/storage/manifest.hpp"
#include "v4_replicated_kv/storage/scan.hpp"

using namespace kv;
using namespace kv::test;
namespace fs = std::filesystem;

namespace {

void change(const std::string& path, std::size_t offset) {
  std::string bytes = read_file(path);
  bytes[offset] = static_cast<char>(bytes[offset] ^ 1);
  make_file(path, bytes);
}

}  // namespace

TEST_CASE("a flipped bit costs one group, and is found where the group begins") {
  const Damaged store;
  change(store.file(store.segment()), store.offset() + 70);
  store.check_says(fmt::format("{} at offset {}: ", store.segment(),
                               store.offset() - kGroupHeaderBytes),
                   1);
}

TEST_CASE("a single segment can be looked at alone, whatever its name") {
  const Damaged store;
  const std::string copy = store.path() + "-copy.bin";
  fs::copy_file(store.file(store.segment()), copy);
  const auto look = [&](const char* action) {
    return run_program({"v4_replicated_kv", "wal", action, copy});
  };
  CHECK(look("verify").status == 0);
  CHECK(Damaged::count_lines(look("dump").out) > 5);
  change(copy, store.offset());
  CHECK(look("verify").status == 1);
  CHECK(look("dump").err.find(fmt::format("-copy.bin at offset {}: ",
                                          store.offset() - kGroupHeaderBytes)) !=
        std::string::npos);
}

TEST_CASE("a sealed segment that was cut is damaged, an unsealed one has a torn tail") {
  {
    const Damaged store;
    fs::resize_file(store.file(store.segment()), store.offset() + 10);
    const ProgramEnd verified = store.wal("verify");
    CAPTURE(verified.out);
    CHECK(verified.status == 1);
    CHECK(verified.out.find(fmt::format(
              "{} at offset {}: the segment was sealed, and its end is missing",
              store.segment(), store.offset() - kGroupHeaderBytes)) != std::string::npos);
    CHECK(store.wal("dump").status == 1);
  }
  const TempDir dir;
  const std::string store = dir.path() + "/store";
  Beside writer({"store_writer", store, "0", "1", "100000", "never", "4194304"},
                dir.path() + "/said");
  writer.wait_for("ack 0 100\n");
  writer.kill();
  (void)writer.wait(20);
  const std::string segment = store + "/" + segment_name(SegmentId{1});
  const auto verify = [&] {
    return run_program({"v4_replicated_kv", "wal", "verify", store, "--format", "json"});
  };
  const auto before = nlohmann::json::parse(verify().out);
  CHECK(before["whole"] == true);
  // In the middle of the last record.
  std::string bytes = read_file(segment);
  const std::size_t end = bytes.find_last_not_of('\0');
  fs::resize_file(segment, end - 20);
  const ProgramEnd torn = verify();
  CAPTURE(torn.out);
  CHECK(torn.status == 0);
  const auto object = nlohmann::json::parse(torn.out);
  CHECK(object["damage"].empty());
  CHECK(object["torn_tail"]["file"] == segment_name(SegmentId{1}));
  CHECK(object["torn_tail"]["offset"] < end);
  CHECK(object["records"] == before["records"].get<int>() - 1);
  CHECK(run_program({"v4_replicated_kv", "wal", "dump", store}).status == 0);
}

TEST_CASE("segments that were swapped are found, and still dumped") {
  const Damaged store;
  const std::string other = "segment-00000001.log";
  REQUIRE(store.segment() != other);
  fs::rename(store.file(other), store.file("x"));
  fs::rename(store.file(store.segment()), store.file(other));
  fs::rename(store.file("x"), store.file(store.segment()));
  store.check_says(fmt::format("{} at offset 0: its header says that it is {}", other,
                               store.segment()));
}

TEST_CASE("a segment that is gone, or whose header is, is named") {
  {
    const Damaged store;
    change(store.file(store.segment()), 20);
    store.check_says(store.segment() + " at offset 0: its header does not match");
  }
  const Damaged store;
  auto disk = open_posix_disk(store.path());
  REQUIRE(disk);
  auto manifest = read_manifest(**disk);
  REQUIRE(manifest);
  manifest->live.push_back(manifest->next_segment);
  std::ranges::sort(manifest->live);
  const SegmentId more{1000};
  manifest->live.push_back(more);
  REQUIRE(write_manifest(**disk, *manifest));
  store.check_says(segment_name(more) +
                   " at offset 0: the manifest lists it, and it is not there");
}

TEST_CASE("a manifest that is damaged or gone leaves the segments readable") {
  const Damaged store;
  change(store.file("MANIFEST"), 12);
  store.check_says("MANIFEST at offset 0: does not match its checksum");
  fs::remove(store.file("MANIFEST"));
  store.check_says("MANIFEST at offset 0: is missing beside segments");
}

TEST_CASE("files in another format are refused, not guessed") {
  const Damaged store;
  const std::string path = store.file(store.segment());
  std::string bytes = read_file(path);
  store_le(bytes.data() + 8, std::uint32_t{9});
  store_le(bytes.data() + 28, crc32c(std::string_view(bytes).substr(0, 28)));
  make_file(path, bytes);
  const ProgramEnd verified = store.wal("verify");
  CAPTURE(verified.out);
  CHECK(verified.status == 1);
  CHECK(verified.out.find(store.segment() +
                          " at offset 0: written in format 9, this program reads "
                          "format 1") != std::string::npos);
  std::string manifest = read_file(store.file("MANIFEST"));
  store_le(manifest.data() + 8, std::uint32_t{9});
  const std::size_t end = manifest.size() - 4;
  store_le(manifest.data() + end, crc32c(std::string_view(manifest).substr(0, end)));
  make_file(store.file("MANIFEST"), manifest);
  const ProgramEnd refused = store.wal("dump");
  CHECK(refused.status == 1);
  CHECK(refused.out.empty());
  CHECK(refused.err.find("MANIFEST: written in format 9") != std::string::npos);
}

TEST_CASE("files that somebody made up are refused within bounds") {
  const TempDir dir;
  const std::string huge = dir.file("segment-00000001.log", "");
  fs::resize_file(huge, std::uintmax_t{1} << 40);
  make_file(dir.path() + "/segment-00000002.log", std::string(100000, '\xFF'));
  make_file(dir.path() + "/segment-00000003.log", "");
  std::string announces = encode_segment_header({.id = SegmentId{4}, .nonce = 7});
  for (int i = 0; i < 1000; ++i) {
    append_le(announces, std::uint32_t{1});
    append_le(announces, std::uint32_t{17 << 20});
    append_le(announces, std::uint64_t{7});
  }
  make_file(dir.path() + "/segment-00000004.log", announces);
  for (const std::string action : {"dump", "verify"}) {
    const ProgramEnd outcome =
        run_program({"v4_replicated_kv", "wal", action, dir.path()});
    CAPTURE(outcome.err);
    CHECK(outcome.status == 1);
    const std::string& said = action == "dump" ? outcome.err : outcome.out;
    CHECK(said.find("segment-00000001.log at offset 0: has 1099511627776 bytes") !=
          std::string::npos);
    CHECK(said.find("segment-00000002.log at offset 0: its header is damaged") !=
          std::string::npos);
    CHECK(outcome.peak_bytes < std::uint64_t{200} << 20);  // half of it a sanitizer's
  }
}

TEST_CASE("what was in a partition before it was dropped is not dumped") {
  const TempDir dir;
  const std::string path = dir.path() + "/store";
  {
    auto disk = open_posix_disk(path);
    REQUIRE(disk);
    Rng rng(1);
    auto recovered = recover(**disk, {.partitions = 4}, 0, rng);
    REQUIRE(recovered);
    const Hasher hash = store_hasher(recovered->manifest);
    LogEngine engine({.segment_bytes = 65536}, std::move(*recovered));
    const auto put = [&](const std::string& key) {
      REQUIRE(engine.write(
          {.hash = hash_key(hash, key), .key = key, .value = "v", .stored = "v"}));
    };
    const std::uint64_t nonce = rng.next();
    const auto spare = make_spare(**disk, spare_name(nonce), 65536);
    REQUIRE(spare);
    engine.spare({.nonce = nonce, .bytes = 65536, .file = *spare});
    for (int i = 0; i < 40; ++i) put("before-" + std::to_string(i));
    REQUIRE(engine.drop(PartitionId{2}));
    for (int i = 0; i < 40; ++i) put("after-" + std::to_string(i));
    LogWriter writer(**disk);
    while (const auto group = engine.take()) REQUIRE(writer.write(*group));
    REQUIRE(writer.sync());
  }
  const ProgramEnd dumped = run_program({"v4_replicated_kv", "wal", "dump", path});
  CHECK(dumped.status == 0);
  CHECK(dumped.out.find("# partition 2 dropped") != std::string::npos);
  const auto count = [&](const std::string& word) {
    std::size_t found = 0;
    for (std::size_t at = 0; (at = dumped.out.find(word, at)) != std::string::npos;
         ++at) {
      ++found;
    }
    return found;
  };
  CHECK(count("SET,after-") == 40);
  CHECK(count("SET,before-") > 20);
  CHECK(count("SET,before-") < 38);
  const std::string copy = dir.path() + "/copy";
  REQUIRE(run_program({"v4_replicated_kv", "wal", "import", copy}, {.input = dumped.out})
              .status == 0);
  const auto keys = [&](const std::string& store) {
    return nlohmann::json::parse(
        run_program({"v4_replicated_kv", "wal", "verify", "--format=json", store})
            .out)["keys"];
  };
  CHECK(keys(copy) == keys(path));
  CHECK(keys(path) == 40 + count("SET,before-"));
}
