// What a disk knows of a cluster that is to take its own one's place: bytes that are hostile,
// and a power cut at every call.
#include "v4_replicated_kv/membership/refounding_record.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/membership/other_bytes.hpp"
#include "tests/storage/disks.hpp"
#include "v4_replicated_kv/storage/recovery.hpp"

using namespace kv;

namespace {

RefoundRecord decided_record() {
  const std::vector<Newcomer> newcomers{{.name = "n1"}, {.name = "n2", .weight = 2}};
  return {.disk = 8,
          .stage = RefoundStage::decided,
          .plan = Refoundation{
              .cluster = ClusterId{5},
              .founder = "n2",
              .before = ClusterId{4},
              .founder_disk = 9,
              .hash_seed = 77,
              .members = {{.name = "n1", .grpc = "a:9"}, {.name = "n2", .http = "b:8"}},
              .ring = test::value(
                  found_ring(newcomers, {.copies = 2, .partitions = 16, .vnodes = 4}))}};
}

Joining alone() {
  const std::vector<Newcomer> one{{.name = "n1"}};
  return {
      .identity = {.cluster = ClusterId{3},
                   .hash_seed = 6,
                   .self = NodeId{0},
                   .members = {{.name = "n1"}}},
      .ring = test::value(found_ring(one, {.copies = 1, .partitions = 32, .vnodes = 4})),
      .is_whole = true};
}

}  // namespace

TEST_CASE("a record comes back as it was written, and a disk without one is idle") {
  const RefoundRecord record = decided_record();
  CHECK(test::value(decode_refound_record(encode(record))) == record);
  CHECK(test::value(decode_refoundation(encode(*record.plan))) == *record.plan);
  const auto disk = test::value(open_simulated_disk(test::platter_of(1)));
  CHECK(test::value(read_refound_record(*disk)) == RefoundRecord{});
  test::ok(write_refound_record(*disk, {.disk = 7}));
  CHECK(test::value(read_refound_record(*disk)) == RefoundRecord{.disk = 7});
}

TEST_CASE("other bytes are no record: cut or flipped anywhere, or a plan of others") {
  test::check_no_others(encode(decided_record()), decode_refound_record);
  Refoundation stranger = *decided_record().plan;
  stranger.members[0].name = "n3";
  CHECK_FALSE(decode_refoundation(encode(stranger)));
  Refoundation fewer = *decided_record().plan;
  fewer.members.erase(fewer.members.begin());
  CHECK_FALSE(decode_refoundation(encode(fewer)));
}

TEST_CASE("a store is empty until it gets a key, or may have lost one") {
  Rng chance(1);
  const Joining joining = alone();
  const auto disk = test::value(open_simulated_disk(test::platter_of(1)));
  test::ok(join_on_disk(*disk, joining, chance));
  test::ok(check_nothing_kept(*disk, joining.ring, chance));
  const auto other = test::value(open_simulated_disk(test::platter_of(2)));
  Joining robbed = joining;
  robbed.is_whole = false;
  test::ok(join_on_disk(*other, robbed, chance));
  test::fails(check_nothing_kept(*other, joining.ring, chance), Errc::conflict,
              "may have lost something");
}

TEST_CASE("without power at any call a disk that has decided gets there") {
  bool finished = false;
  for (std::uint64_t call = 1; !finished; ++call) {
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
      CAPTURE(call);
      CAPTURE(seed);
      const auto platter = test::platter_of(seed);
      Rng chance(seed);
      const RefoundRecord record = decided_record();
      {
        const auto disk = test::value(open_simulated_disk(platter));
        test::ok(join_on_disk(*disk, alone(), chance));
        test::ok(write_refound_record(*disk, record));
        platter->inject({.call = call, .for_ever = true});
        finished = refound_on_disk(*disk, record, "n1", chance).has_value();
        platter->cut_power();
        platter->heal();
      }
      const auto disk = test::value(open_simulated_disk(platter));
      const auto found = test::value(read_refound_record(*disk));
      if (found.stage == RefoundStage::decided) {
        CHECK(found == record);
        test::ok(refound_on_disk(*disk, found, "n1", chance));
      }
      CHECK(test::value(read_refound_record(*disk)) == RefoundRecord{.disk = 8});
      const auto identity = test::value(read_identity(*disk));
      REQUIRE(identity);
      CHECK(identity->cluster == ClusterId{5});
      CHECK(identity->stage == JoinStage::begun);
      CHECK(identity->members == record.plan->members);
      const auto store = test::value(recover(*disk, {.partitions = 2}, 0, chance));
      CHECK(store.manifest.is_whole);
      CHECK(store.manifest.partitions == 16);
      CHECK(store.manifest.hash_seed == 77);
    }
  }
}

TEST_CASE("a disk is not given to a cluster in which its node is nobody") {
  Rng chance(1);
  const auto disk = test::value(open_simulated_disk(test::platter_of(1)));
  test::ok(join_on_disk(*disk, alone(), chance));
  test::fails(refound_on_disk(*disk, decided_record(), "n3", chance), Errc::conflict,
              "n3 is nobody");
  CHECK(test::value(read_identity(*disk))->cluster == ClusterId{3});
}
