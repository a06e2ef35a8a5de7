// Bytes that are not what they were, or another version's: each is told, and none
// believed.
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include "common/base/bytes.hpp"
#include "common/hash/crc32c.hpp"
#include "tests/storage/disks.hpp"
#include "tests/storage/driven_engine.hpp"

using namespace kv;
using namespace kv::test;

namespace {

const std::string kFirst = segment_name(SegmentId{1});
const std::string kSecond = segment_name(SegmentId{2});

Result<std::unique_ptr<DrivenEngine>> try_open(const Platter& platter) {
  return DrivenEngine::open(value(open_simulated_disk(platter)), 7, kAllCold);
}

// Two segments, sealed, without hints: a start has to read them.
Platter two_segments() {
  const Platter platter = platter_of(1);
  {
    const auto store = value(try_open(platter));
    for (int i = 0; i < 50; ++i) {
      ok(store->put("key-" + std::to_string(i), std::string(40, 'v')));
    }
    ok(store->close());
    for (const Segment* segment : {&store->engine().segments().at(SegmentId{1}),
                                   &store->engine().segments().at(SegmentId{2})}) {
      ok(store->disk().remove(hint_name(segment->header.id)));
    }
    ok(store->disk().sync_names());
  }
  return platter;
}

void overwrite(const Platter& platter, const std::string& name, std::uint64_t offset,
               std::string_view bytes) {
  const auto disk = value(open_simulated_disk(platter));
  const auto file = value(disk->open(name));
  ok(file->write(offset, bytes));
  ok(file->sync());
}

// Where the footer of a sealed segment begins.
std::uint64_t footer_of(const Platter& platter, const std::string& name) {
  const auto disk = value(open_simulated_disk(platter));
  const auto file = value(disk->open(name));
  const auto header = value(read_segment_header(*file, name));
  const auto report = value(
      scan_segment(*file, header, Ending::sealed, [](const Record&, std::uint32_t) {}));
  REQUIRE(report.has_footer);
  return report.end - kGroupHeaderBytes;
}

// The bytes with the format's number after `magic` raised, and the checksum right again.
std::string of_next_format(std::string bytes, std::size_t covered) {
  store_le(bytes.data() + 8, kFormatVersion + 1);
  store_le(bytes.data() + covered, crc32c(std::string_view(bytes).substr(0, covered)));
  return bytes;
}

}  // namespace

TEST_CASE("files of another format are refused by name, not taken for damage") {
  const Platter manifest = two_segments();
  const std::string bytes = manifest->content(std::string(kManifestName)).value();
  overwrite(manifest, std::string(kManifestName), 0,
            of_next_format(bytes, bytes.size() - 4));
  fails(try_open(manifest), Errc::bad_input, "MANIFEST: written in format 2");
  const Platter segment = two_segments();
  const std::string header = segment->content(kFirst)->substr(0, kSegmentHeaderBytes);
  overwrite(segment, kFirst, 0, of_next_format(header, 8 + 4 + 4 + 4 + 8));
  fails(try_open(segment), Errc::bad_input, kFirst + ": written in format 2");
}

TEST_CASE("a manifest that is whole but for bytes that nobody wrote is damaged") {
  const Manifest manifest{
      .actor = ActorId{1}, .partitions = 4, .next_segment = SegmentId{1}};
  std::string longer = encode_manifest(manifest);
  longer.resize(longer.size() - 4);
  longer += "more";
  append_le(longer, crc32c(longer));
  fails(decode_manifest(longer), Errc::corrupt, "damaged");
  CHECK(value(decode_manifest(encode_manifest(manifest))) == manifest);
}

TEST_CASE("a sealed segment whose end is missing is damaged, never a torn tail") {
  for (const char left : {'\0', 'x'}) {
    CAPTURE(left);
    const Platter platter = two_segments();
    const std::uint64_t footer = footer_of(platter, kFirst);
    overwrite(platter, kFirst, footer, std::string(kGroupHeaderBytes, left));
    const auto store = value(try_open(platter));
    REQUIRE(store->damage.size() == 1);
    CHECK(describe(store->damage[0]) ==
          kFirst + " at offset " + std::to_string(footer) +
              ": the segment was sealed, and its end is missing");
    CHECK(store->keys_unknown);
    CHECK_FALSE(store->torn_tail);
    CHECK(value(store->get("key-0")));
    CHECK(store->engine().segments().at(SegmentId{1}).damaged);
    // Its damage is to be repaired, not compacted away.
    ok(store->write_hints());
    CHECK(store->engine().without_hint().empty());
    CHECK_FALSE(platter->content(hint_name(SegmentId{1})));
  }
}

TEST_CASE("a record that was damaged before its group was written is told by itself") {
  const Platter platter = two_segments();
  const std::string bytes = platter->content(kFirst).value();
  std::string group = bytes.substr(kSegmentHeaderBytes);
  const auto nonce = load_le<std::uint64_t>(std::string_view(bytes).substr(20));
  const auto decoded = decode_group(group, nonce);
  REQUIRE(decoded);
  const GroupHeader header = decoded->header;
  group = std::string(kGroupHeaderBytes, '\0') + std::string(decoded->payload);
  group[kGroupHeaderBytes + kRecordHeaderBytes] ^= 1;
  close_group(group, header);
  overwrite(platter, kFirst, kSegmentHeaderBytes, group);
  const auto store = value(try_open(platter));
  REQUIRE(store->damage.size() == 1);
  CHECK(store->damage[0].offset == kSegmentHeaderBytes + kGroupHeaderBytes);
  CHECK(store->damage[0].cause.find("though its group does") != std::string::npos);
  CHECK(value(store->get("key-0")) == std::nullopt);
  CHECK(value(store->get("key-1")));
}

TEST_CASE("a group of a kind that this program does not know is no group") {
  std::string group(kGroupHeaderBytes, '\0');
  close_group(group, {.nonce = 1, .kind = GroupKind::footer});
  CHECK(decode_group(group, 1));
  close_group(group, {.nonce = 1, .kind = static_cast<GroupKind>(3)});
  CHECK_FALSE(decode_group(group, 1));
  CHECK_FALSE(decode_group(group.substr(0, kGroupHeaderBytes - 1), 1));
}

TEST_CASE("a segment under another's name is not read as that one") {
  const Platter platter = two_segments();
  {
    const auto disk = value(open_simulated_disk(platter));
    ok(disk->rename(kFirst, kSecond));
    ok(disk->sync_names());
  }
  const auto store = value(try_open(platter));
  REQUIRE(store->damage.size() == 1);
  CHECK(describe(store->damage[0]).starts_with(kSecond + " at offset 0: its header"));
  CHECK(value(store->get("key-0")) == std::nullopt);
}

TEST_CASE("the hint of another segment costs a scan, and nothing else") {
  const Platter platter = two_segments();
  {
    const auto store = value(try_open(platter));
    ok(store->close());
  }
  const std::string other = platter->content(hint_name(SegmentId{2})).value();
  kv::test::store(*value(open_simulated_disk(platter)), hint_name(SegmentId{1}), other);
  const auto store = value(try_open(platter));
  CHECK(store->damage.empty());
  for (int i = 0; i < 50; ++i) {
    CAPTURE(i);
    CHECK(value(store->get("key-" + std::to_string(i))) == std::string(40, 'v'));
  }
}

TEST_CASE("only numbers of eight digits and more name a segment or a hint") {
  CHECK(segment_named("segment-00000007.log") == SegmentId{7});
  CHECK(hint_named("segment-00000007.hint") == SegmentId{7});
  CHECK(segment_named("segment-1234567890.log") == SegmentId{1234567890});
  for (const char* name :
       {"segment-7.log", "segment-0000000x.log", "segment-00000007.hint", "segment-.log",
        "segment-99999999999.log", "seg-00000007.log", "segment-00000007.log.tmp"}) {
    CAPTURE(name);
    CHECK_FALSE(segment_named(name));
  }
}

TEST_CASE("damage found while a hint is made or a segment compacted changes nothing") {
  const Platter platter = two_segments();
  auto store = value(try_open(platter));
  for (int i = 1; i <= 20; ++i) ok(store->erase("key-" + std::to_string(i)));
  platter->flip_bit(kFirst, kSegmentHeaderBytes + kGroupHeaderBytes + 5, 1);
  fails(store->write_hints(), Errc::corrupt, kFirst + " at offset 64");
  fails(store->compact(0), Errc::corrupt, kFirst + " at offset 64");
  CHECK_FALSE(platter->content(hint_name(SegmentId{1})));
  CHECK(platter->content(kFirst));
  CHECK(platter->content(kSecond));
  int there = 0;
  for (int i = 0; i < 50; ++i) {
    const auto found = store->get("key-" + std::to_string(i));
    if (!found) CHECK(found.error().code == Errc::corrupt);
    there += found && *found ? 1 : 0;
  }
  CHECK(there == 29);
}

TEST_CASE("a cold read believes neither another key's record nor a broken frame") {
  const Platter platter = platter_of(1);
  const auto store = value(DrivenEngine::open(value(open_simulated_disk(platter)), 7,
                                              {.hot_bytes = 0, .compress_from = 1}));
  ok(store->put("a", std::string(500, 'a')));
  const auto found = value(store->engine().find(store->hash_of("a"), "a")).value();
  const ColdValue cold = std::get<ColdValue>(found.value);
  const std::uint64_t seq = found.known.seq;
  CHECK(value(read_cold(cold, "a", seq)) == std::string(500, 'a'));
  fails(read_cold(cold, "b", seq), Errc::corrupt, "another key's record");
  fails(read_cold(cold, "a", seq + 1), Errc::corrupt, "another key's record");
  platter->inject({.only = DiskCall::read});
  fails(read_cold(cold, "a", seq), Errc::io, "cannot read");
  // A frame that was broken before it got its checksum.
  const auto file = value(store->disk().create("other"));
  std::string bytes;
  append_record(bytes, {.compressed = true, .seq = 1, .key = "k", .value = "no frame"});
  ok(file->write(0, bytes));
  const std::shared_ptr<File> shared = value(store->disk().open("other"));
  fails(read_cold({.file = shared,
                   .position = {.segment = SegmentId{9}, .offset = 0},
                   .bytes = static_cast<std::uint32_t>(bytes.size())},
                  "k", 1),
        Errc::corrupt, "segment-00000009.log at offset 0: the compressed value");
}

TEST_CASE("a frame that is cut, changed or too long is damaged, whatever it announces") {
  const std::string text(3000, 'z');
  const std::string frame = compress(text, {.on = true, .bytes_min = 1}).frame;
  CHECK(value(decompress(frame)) == text);
  for (std::size_t cut = 0; cut < frame.size(); ++cut) {
    CAPTURE(cut);
    fails(decompress(std::string_view(frame).substr(0, cut)), Errc::corrupt, "damaged");
  }
  const std::string longest(kStateBytesMax + 1, 'z');
  fails(decompress(compress(longest, {.on = true, .bytes_min = 1}).frame), Errc::corrupt,
        "damaged");
}

TEST_CASE("leftovers that cannot be removed are the disk's failure, and said at once") {
  const Platter platter = two_segments();
  kv::test::store(*value(open_simulated_disk(platter)), "old.tmp", "x");
  platter->inject({.only = DiskCall::remove});
  fails(try_open(platter), Errc::io, "cannot remove old.tmp");
  value(try_open(platter));
  CHECK_FALSE(platter->content("old.tmp"));
}
