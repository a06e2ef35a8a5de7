#include "v4_replicated_kv/simulation/check_converged.hpp"

#include <algorithm>
#include <tuple>
#include <vector>

#include <fmt/format.h>

#include "v4_replicated_kv/simulation/message_text.hpp"

namespace kv {

namespace {

using Copies = std::span<const OwnersCopy* const>;

std::string words_of(const OwnersCopy& copy) {
  if (copy.bytes.empty()) return "nothing";
  return fmt::format("{} ({} bytes)", copy.words, copy.bytes.size());
}

// "n3 holds nothing; n1, n5 hold apples (66 bytes)"
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
      owners += (owners.empty() ? "" : ", ") + name_of(copy->owner);
    }
    groups += fmt::format("{}{} {} {}", groups.empty() ? "" : "; ", owners,
                          end - from == 1 ? "holds" : "hold", words_of(**from));
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
      .wrong = Wrong::copies_differ,
      .sentence = fmt::format(
          "its owners do not agree: {}, and {} and {} differ from byte {} on",
          describe_groups({copies.begin(), copies.end()}), name_of(first.owner),
          name_of((*other)->owner), at - first.bytes.begin())};
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
