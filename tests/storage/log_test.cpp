// What a group says of the groups before it: never more than a sync has proved.
#include "v4_replicated_kv/storage/log.hpp"

#include <cstdint>
#include <string>

#include <doctest/doctest.h>

#include "tests/storage/disks.hpp"
#include "v4_replicated_kv/storage/scan.hpp"

using namespace kv;
using namespace kv::test;

namespace {

constexpr std::uint64_t kNonce = 7;

// A log in its first segment.
Log begun_log() {
  const auto disk = value(open_simulated_disk(platter_of(1)));
  Log log(std::uint64_t{1} << 26, 1);
  log.roll({.id = SegmentId{1}, .nonce = kNonce}, value(disk->create("spare")));
  return log;
}

void append(Log& log, std::size_t bytes = 10) {
  const std::string text(bytes, 'v');
  Record record{.key = "key", .value = text};
  log.append(record);
}

// Takes the next group and has it written.
GroupWrite write_next(Log& log) {
  const auto group = log.take();
  REQUIRE(group != nullptr);
  log.written();
  return *group;
}

std::uint64_t vouched_by(const GroupWrite& group) {
  return decode_group(group.bytes, kNonce).value().header.durable_up_to;
}

// What a scan of these bytes, behind a header, says of their end.
ScanReport report_of(const std::string& groups) {
  const auto disk = value(open_simulated_disk(platter_of(2)));
  const SegmentHeader header{.id = SegmentId{1}, .nonce = kNonce};
  store(*disk, "segment", encode_segment_header(header) + groups);
  return value(scan_segment(*value(disk->open("segment")), header, Ending::may_be_torn,
                            [](const Record&, std::uint32_t) {}));
}

}  // namespace

TEST_CASE("a group vouches for what was durable when it was closed, and for no more") {
  Log log = begun_log();
  append(log);
  const GroupWrite first = write_next(log);
  CHECK(vouched_by(first) == 0);
  append(log);
  const GroupWrite second = write_next(log);
  CHECK(vouched_by(second) == 0);  // no sync yet
  log.durable(first.last_seq);     // one that began before the second was written
  append(log);
  const GroupWrite third = write_next(log);
  CHECK(vouched_by(third) <= second.offset);
  log.durable(third.last_seq);
  append(log);
  CHECK(vouched_by(write_next(log)) == third.offset + third.bytes.size());
}

TEST_CASE("a group does not vouch for one that waited in the queue during the sync") {
  Log log = begun_log();
  append(log);
  const GroupWrite first = write_next(log);
  append(log, kGroupBytesAim);  // closes its group, which nobody has taken
  REQUIRE(log.has_queued());
  log.durable(first.last_seq);
  append(log);
  const GroupWrite second = write_next(log);
  const GroupWrite third = write_next(log);
  CHECK(vouched_by(third) == second.offset);
}

TEST_CASE(
    "of two groups after the last sync the first may be torn and the second whole") {
  Log log = begun_log();
  append(log);
  const GroupWrite durable = write_next(log);
  log.durable(durable.last_seq);
  append(log);
  GroupWrite torn = write_next(log);
  append(log);
  const GroupWrite whole = write_next(log);
  torn.bytes[kGroupHeaderBytes] ^= 1;
  const ScanReport report = report_of(durable.bytes + torn.bytes + whole.bytes);
  CHECK(report.torn_at == torn.offset);
  CHECK(report.damage.empty());
  // A sync between the two, and it is damage: the second says so.
  log = begun_log();
  append(log);
  GroupWrite first = write_next(log);
  log.durable(first.last_seq);
  append(log);
  const GroupWrite second = write_next(log);
  first.bytes[kGroupHeaderBytes] ^= 1;
  const ScanReport other = report_of(first.bytes + second.bytes);
  CHECK_FALSE(other.torn_at);
  REQUIRE(other.damage.size() == 1);
  CHECK(other.damage[0].offset == first.offset);
}

TEST_CASE("a group that comes a second time is none") {
  Log log = begun_log();
  append(log);
  const GroupWrite first = write_next(log);
  append(log);
  const GroupWrite second = write_next(log);
  const ScanReport report = report_of(first.bytes + second.bytes + first.bytes);
  CHECK(report.torn_at == second.offset + second.bytes.size());
  CHECK(report.last_seq == 2);
  CHECK(report.groups == 2);
}
