#include "common/experiment/key_set.hpp"

#include <algorithm>

namespace kv {

namespace {

// K keys of which some repeat scatter like fewer: a count over keys with multiplicities c
// has the variance of K^2 / sum(c^2) distinct ones (Kish's effective sample size).
void count_repeats(std::vector<KeyHash> sorted, KeyFacts& facts) {
  std::ranges::sort(sorted);
  double squares = 0;
  facts.distinct = 0;
  for (auto run = sorted.begin(); run != sorted.end();) {
    const auto end =
        std::find_if(run, sorted.end(), [=](KeyHash h) { return h != *run; });
    const auto count = static_cast<double>(end - run);
    squares += count * count;
    ++facts.distinct;
    run = end;
  }
  const auto keys = static_cast<double>(facts.count);
  facts.independent = keys * keys / squares;
}

}  // namespace

Result<KeySet> read_keys(const KeySource& source, const Hasher& hasher,
                         Progress& progress) {
  KeySet keys;
  keys.hashes.reserve(source.count);
  progress.begin("reading keys", source.count);
  const auto count = for_each_key(source, [&](std::string_view key) {
    keys.hashes.push_back(hash_key(hasher, key));
    if (keys.hashes.size() % 65536 == 0) progress.at(keys.hashes.size());
  });
  if (!count) return std::unexpected(count.error());
  keys.facts = {.made_up = source.kind == KeySource::Kind::synthetic,
                .source = describe(source),
                .count = count->keys,
                .skipped = count->skipped,
                .distinct = count->keys,
                .independent = static_cast<double>(count->keys)};
  if (source.kind != KeySource::Kind::synthetic) count_repeats(keys.hashes, keys.facts);
  return keys;
}

}  // namespace kv
