#include "v4_replicated_kv/runtime/largest_change.hpp"

#include <variant>

namespace kv {

namespace {

// What a record has beside its key and value, and a state beside its values.
constexpr std::size_t kStateBytes = 1024;

}  // namespace

LogChange largest_change(const Message& message) {
  if (const auto* const offer = std::get_if<Offer>(&message.body)) {
    return {offer->key.size(), offer->version.value.size() + kStateBytes};
  }
  if (const auto* const mint = std::get_if<Mint>(&message.body)) {
    return {mint->key.size(), mint->draft.value.size() + kStateBytes};
  }
  if (const auto* const push = std::get_if<Push>(&message.body)) {
    return {push->key.size(), value_bytes(push->state) + kStateBytes};
  }
  LogChange largest;
  if (const auto* const page = std::get_if<Page>(&message.body)) {
    for (const Page::Entry& entry : page->entries) {
      const std::size_t bytes = value_bytes(entry.state) + kStateBytes;
      if (bytes > largest.value_bytes) largest = {entry.key.size(), bytes};
    }
  }
  return largest;
}

}  // namespace kv
