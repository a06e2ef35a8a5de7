// The identity on disk: bytes that are hostile, and a power cut at every call.
#include "v4_replicated_kv/membership/identity.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "common/base/bytes.hpp"
#include "common/hash/crc32c.hpp"
#include "tests/membership/other_bytes.hpp"
#include "tests/storage/disks.hpp"
#include "v4_replicated_kv/placement/ring_bytes.hpp"
#include "v4_replicated_kv/storage/recovery.hpp"
#include "v4_replicated_kv/storage/whole_file.hpp"

using namespace kv;

namespace {

Joining joining_of(std::uint64_t cluster, bool is_whole = true) {
  const std::vector<Newcomer> newcomers{{.name = "n1"}, {.name = "n2"}, {.name = "n3"}};
  return {.identity = {.cluster = ClusterId{cluster},
                       .hash_seed = 77,
                       .self = NodeId{1},
                       .members = {{.name = "n1", .grpc = "a:9000"},
                                   {.name = "n2", .grpc = "b:9000", .peer = "b:7000"},
                                   {.name = "n3", .http = "[::1]:80"}}},
          .ring = test::value(found_ring(newcomers, {.partitions = 16, .vnodes = 4})),
          .is_whole = is_whole};
}

}  // namespace

TEST_CASE("an identity comes back as it was written") {
  Identity identity = joining_of(5).identity;
  for (const JoinStage stage :
       {JoinStage::joining, JoinStage::joined, JoinStage::begun}) {
    identity.stage = stage;
    CHECK(test::value(decode_identity(encode(identity))) == identity);
  }
}

TEST_CASE(
    "other bytes are no identity: cut or flipped anywhere, or with too many members") {
  const std::string bytes = encode(joining_of(5).identity);
  test::check_no_others(bytes, decode_identity);
  // With a good checksum: lengths and counts that are lies.
  for (std::size_t i = 8; i < bytes.size(); ++i) {
    std::string lie = bytes;
    lie[i] = '\xFF';
    std::string sum;
    append_le(sum, crc32c(std::string_view(lie).substr(8)));
    const auto read = decode_identity(lie.replace(4, 4, sum));
    if (read) CHECK(encode(*read) == lie);
  }
}

TEST_CASE("a disk that joined says so, and its store is whole or knows that it is not") {
  for (const bool is_whole : {true, false}) {
    const auto platter = test::platter_of(1);
    const auto disk = test::value(open_simulated_disk(platter));
    CHECK_FALSE(test::value(read_identity(*disk)));
    Rng chance(1);
    const Joining joining = joining_of(5, is_whole);
    test::ok(join_on_disk(*disk, joining, chance));
    auto identity = test::value(read_identity(*disk));
    REQUIRE(identity);
    CHECK(identity->stage == JoinStage::joined);
    CHECK(identity->members == joining.identity.members);
    const auto ring =
        test::value(read_whole_file(*disk, std::string(kRingName), 1 << 20));
    CHECK(test::value(decode_ring(ring)) == joining.ring);
    const auto store = test::value(recover(*disk, {.partitions = 2}, 0, chance));
    CHECK(store.manifest.is_whole == is_whole);
    CHECK(store.manifest.partitions == 16);
    CHECK(store.manifest.hash_seed == 77);
    identity->stage = JoinStage::begun;
    test::ok(write_identity(*disk, *identity));
    CHECK(test::value(read_identity(*disk))->stage == JoinStage::begun);
  }
}

TEST_CASE("a store without an identity is not taken over") {
  const auto disk = test::value(open_simulated_disk(test::platter_of(1)));
  Rng chance(1);
  (void)test::value(recover(*disk, {.partitions = 2}, 0, chance));
  test::fails(read_identity(*disk), Errc::conflict, "has a store and no IDENTITY");
}

TEST_CASE(
    "without power at any call a disk is blank, or joined with all that belongs to it") {
  bool blank = false;
  bool joined = false;
  bool finished = false;
  for (std::uint64_t call = 1; !finished; ++call) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      CAPTURE(call);
      CAPTURE(seed);
      const auto platter = test::platter_of(seed);
      Rng chance(seed);
      {
        const auto disk = test::value(open_simulated_disk(platter));
        platter->inject({.call = call, .for_ever = true});
        finished = join_on_disk(*disk, joining_of(5), chance).has_value();
        platter->cut_power();
        platter->heal();
      }
      // The next start may lose power as well, while it cleans up.
      {
        const auto disk = test::value(open_simulated_disk(platter));
        platter->inject({.call = 1 + seed, .for_ever = true});
        disregard(read_identity(*disk));  // whatever it says: the power is gone
        platter->cut_power();
        platter->heal();
      }
      const auto disk = test::value(open_simulated_disk(platter));
      auto identity = test::value(read_identity(*disk));
      (identity ? joined : blank) = true;
      if (finished) REQUIRE(identity);
      // Who was cut off before belongs to another cluster now.
      const std::uint64_t cluster = identity ? 5 : 6;
      if (!identity) {
        test::ok(join_on_disk(*disk, joining_of(6), chance));
        identity = test::value(read_identity(*disk));
      }
      CHECK(identity->cluster == ClusterId{cluster});
      CHECK(identity->stage == JoinStage::joined);
      const auto ring =
          test::value(read_whole_file(*disk, std::string(kRingName), 1 << 20));
      CHECK(test::value(decode_ring(ring)) == joining_of(5).ring);
      const auto store = test::value(recover(*disk, {.partitions = 2}, 0, chance));
      CHECK(store.manifest.is_whole);
      CHECK(store.manifest.partitions == 16);
      CHECK_FALSE(store.is_new);
    }
  }
  CHECK((blank && joined));
}
