#include "v4_replicated_kv/simulation/check_converged.hpp"

#include <algorithm>
#include <tuple>
#include <vector>

#include <fmt/format.h>

namespace kv {

namespace {

using Copies = std::span<const OwnersCopy* const>;

std::string name_of_bytes(const std::string& bytes) {
  return bytes.empty() ? "nothing" : fmt::format("{} bytes", bytes.size());
}

// "node 2 holds nothing; nodes 0, 4 hold 66 bytes"
std::string describe_groups(std::vector<const OwnersCopy*> copies) {
  std::ranges::sort(copies, {}, [](const OwnersCopy* copy) {
    return std::tie(copy->bytes, copy->owner);
  });
  std::string groups;
  for (auto from = copies.begin(); from != copies.end();) {
    const auto end = std::find_if(from, copies.end(), [&](const auto* copy) {
      return copy->bytes != (*from)->bytes;
    });
    std::string owners;
    for (const auto* copy : std::span(from, end)) {
      owners += fmt::format("{}{}", owners.empty() ? "" : ", ", copy->owner.raw());
    }
    const bool one = end - from == 1;
    groups +=
        fmt::format("{}{} {} {} {}", groups.empty() ? "" : "; ", one ? "node" : "nodes",
                    owners, one ? "holds" : "hold", name_of_bytes((*from)->bytes));
    from = end;
  }
  return groups;
}

std::optional<Violation> check_key(Copies copies) {
  const OwnersCopy& first = *copies.front();
  const auto other = std::ranges::find_if(
      copies, [&](const OwnersCopy* copy) { return copy->bytes != first.bytes; });
  if (other == copies.end()) return {};
  const auto at = std::ranges::mismatch(first.bytes, (*other)->bytes).in1;
  return Violation{
      .key = first.key,
      .sentence = fmt::format(
          "key {}: its owners do not agree: {} (nodes {} and {} differ from byte {} on)",
          first.key.raw(), describe_groups({copies.begin(), copies.end()}),
          first.owner.raw(), (*other)->owner.raw(), at - first.bytes.begin())};
}

}  // namespace

std::optional<Violation> check_converged(std::span<const OwnersCopy> copies) {
  std::vector<const OwnersCopy*> sorted;
  sorted.reserve(copies.size());
  for (const OwnersCopy& copy : copies) sorted.push_back(&copy);
  std::ranges::sort(sorted, {}, [](const OwnersCopy* copy) {
    return std::tie(copy->key, copy->owner);
  });
  for (auto from = sorted.begin(); from != sorted.end();) {
    const auto end = std::find_if(
        from, sorted.end(), [&](const auto* copy) { return copy->key != (*from)->key; });
    if (auto violation = check_key({from, end})) return violation;
    from = end;
  }
  return {};
}

}  // namespace kv
