// What an index counts as keys, and what as tombstones.
#include <memory>

#include <doctest/doctest.h>

#include "tests/storage/disks.hpp"
#include "tests/storage/driven_engine.hpp"

using namespace kv;
using namespace kv::test;

namespace {

std::unique_ptr<DrivenEngine> opened(const Platter& platter) {
  return value(DrivenEngine::open(value(open_simulated_disk(platter)),
                                  platter->calls() + 1, kAllCold));
}

}  // namespace

TEST_CASE("what is kept of a deleted key is a tombstone to who counts, now and later") {
  const Platter platter = platter_of(1);
  auto store = opened(platter);
  ok(store->put("value", "v"));
  ok(store->put_state(RecordKind::state, "state", "s"));
  ok(store->put_state(RecordKind::deleted_state, "gone", "what it was"));
  ok(store->put_state(RecordKind::state, "comes and goes", "s"));
  ok(store->put_state(RecordKind::deleted_state, "comes and goes", "what it was"));
  ok(store->put_state(RecordKind::deleted_state, "is back", "what it was"));
  ok(store->put("is back", "v"));
  ok(store->erase("plainly"));
  const auto check = [&] {
    const Index& index = store->engine().index();
    CHECK(index.keys() == 3);
    CHECK(index.tombstones() == 3);
    CHECK(value(store->get("gone")) == "what it was");  // it is to be read, all the same
  };
  check();
  store.reset();
  store = opened(platter);  // from records
  check();
  ok(store->close());
  store.reset();
  store = opened(platter);  // from hints
  check();
}
