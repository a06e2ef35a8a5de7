// What `wal verify` says of hints: those that are missing, wrong, or left alone.
#include <algorithm>
#include <filesystem>
#include <string>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/programs/damaged_store.hpp"
#include "v4_replicated_kv/runtime/posix_disk.hpp"
#include "v4_replicated_kv/storage/hint.hpp"
#include "v4_replicated_kv/storage/manifest.hpp"
#include "v4_replicated_kv/storage/scan.hpp"

using namespace kv;
using namespace kv::test;
namespace fs = std::filesystem;

TEST_CASE("a hint that is missing is none, one that is wrong is damage of its own") {
  const Damaged store;
  const std::string hint = store.hint_of(store.segment());
  const std::string bytes = read_file(hint);
  fs::remove(hint);
  CHECK(store.wal("verify").status == 0);
  const std::string name = hint_name(*segment_named(store.segment()));
  make_file(hint, bytes.substr(0, bytes.size() - 1));
  store.check_says(name + " at offset 0: does not match its checksum");
  make_file(hint, read_file(store.file("segment-00000001.hint")));
  store.check_says(name + " at offset 0: does not match its checksum, or is another");
  // Whole, and wrong about one record.
  const auto disk = open_posix_disk_to_read(store.path());
  REQUIRE(disk);
  const auto header =
      read_segment_header(*(*disk)->open(store.segment()).value(), store.segment());
  REQUIRE(header);
  auto reader = HintReader::open(bytes, *header);
  REQUIRE(reader);
  HintBuilder wrong;
  std::uint32_t altered = 0;
  for (Hint one; reader->next(one);) {
    const std::string value(one.bytes - kRecordHeaderBytes - one.record.key.size(), 'x');
    one.record.value = value;
    if (altered == 0) {
      altered = one.offset;
      one.record.digest ^= 1;
    }
    wrong.add(one.hash, one.record, one.offset);
  }
  make_file(hint, wrong.encode(*header));
  store.check_says(
      fmt::format("{} at offset 0: disagrees with its segment about the "
                  "record at offset {}",
                  name, altered));
}

namespace {

// The newest segment that has a hint. Nothing but that is left to tell of it where it goes.
SegmentId newest_hinted(const Damaged& store) {
  SegmentId newest{};
  for (const auto& entry : fs::directory_iterator(store.path())) {
    if (const auto id = hint_named(entry.path().filename().string())) {
      newest = std::max(newest, *id);
    }
  }
  const auto manifest = read_manifest(**open_posix_disk_to_read(store.path()));
  REQUIRE(manifest);
  REQUIRE(newest >= manifest->next_segment);
  return newest;
}

}  // namespace

TEST_CASE("a segment that only its hint remembers is missed, unless nothing is lost") {
  const Damaged store;
  const SegmentId newest = newest_hinted(store);
  // What a compaction that was cut off leaves: a copy's hint, under a number of its own.
  make_file(store.file(hint_name(SegmentId{newest.raw() + 7})),
            read_file(store.hint_of(segment_name(newest))));
  CHECK(store.wal("verify").status == 0);
  fs::remove(store.file(segment_name(newest)));
  const ProgramEnd verified = store.wal("verify");
  CHECK(verified.status == 1);
  CHECK(verified.out.find(segment_name(newest) +
                          " at offset 0: is not there, and its hint knows of records") !=
        std::string::npos);
}

TEST_CASE("a hint alone that cannot be opened, or read, ends it with the reason") {
  if (!has_program("strace")) return;
  const Damaged store;
  const std::string segment = segment_name(newest_hinted(store));
  const std::string hint = store.hint_of(segment);
  fs::remove(store.file(segment));
  const auto check_ends = [&](std::string_view call, std::string_view code,
                              std::string_view reason) {
    const ProgramEnd verified = run_shell(fmt::format(
        // The file is opened by its name in its folder, and read as a whole path.
        "/usr/bin/strace -E {} -f -qq -o /dev/null -P {} -P {} -e inject={}:error={} "
        "$(command -v v4_replicated_kv) wal verify {}",
        kNoLeakCheck, hint, fs::path(hint).filename().string(), call, code,
        store.path()));
    CAPTURE(verified.err);
    CHECK(verified.status == 1);
    CHECK(verified.err.find(hint) != std::string::npos);
    CHECK(verified.err.find(reason) != std::string::npos);
  };
  check_ends("openat", "EMFILE", "Too many open files");
  check_ends("pread64", "EIO", "Input/output error");
}
