// What a partition remembers of keys that it no longer holds.
//
// Idea      a delete must be remembered, but not for ever. Once every owner has it and no
//           message from before can matter, the tombstone goes, and these numbers stay:
//           one set a partition instead of one tombstone a key.
// Why       a key whose tombstone was reaped starts anew. Without a floor its counter
//           starts at 1 again, and a late copy of the old tombstone, with counter 9,
//           kills it.
// Breaks if  `reaped_counter` rises before every owner raised `counter` to it and
//            confirmed
//           that it is in step: a put below it that some owners took and others ignore
//           would keep them apart for good.
// Left out  when to raise them: replication's matter.
// Source    the loss: Basho, riak_kv issue 679.
#pragma once

#include <cstdint>

#include "v4_replicated_kv/versioning/version_vector.hpp"

namespace kv {

struct Floors {
  // New counters are above it: the largest that was ever reaped, dropped, streamed away,
  // or promised to be left alone. At least reaped_counter.
  std::uint64_t counter = 0;

  // Registers: all owners are in step up to it. A version at or below it that a replica
  // does not hold is a straggler.
  std::uint64_t reaped_counter = 0;

  // The same for siblings: dots of this partition up to which all owners are in step.
  VersionVector reaped_dots;
};

}  // namespace kv
