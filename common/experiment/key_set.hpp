// The keys of a run: their hashes, and what they are like.
#pragma once

#include <vector>

#include "common/base/result.hpp"
#include "common/base/strong.hpp"
#include "common/experiment/run.hpp"
#include "common/hash/hasher.hpp"
#include "common/keys/key_source.hpp"
#include "common/progress.hpp"

namespace kv {

struct KeySet {
  std::vector<KeyHash> hashes;  // in the order of the source
  KeyFacts facts;
};

// Reads and hashes every key; 8 bytes a key are kept. Errors as of for_each_key.
[[nodiscard]] Result<KeySet> read_keys(const KeySource& source, const Hasher& hasher,
                                       Progress& progress);

}  // namespace kv
