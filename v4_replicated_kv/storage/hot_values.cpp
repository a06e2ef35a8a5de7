#include "v4_replicated_kv/storage/hot_values.hpp"

#include <iterator>
#include <utility>

#include "common/base/check.hpp"
#include "v4_replicated_kv/storage/index_entry.hpp"

namespace kv {

namespace {

// What the list and two allocations take besides the value's bytes.
constexpr std::size_t kOverhead = sizeof(HotValues::Value) + 2 * sizeof(void*) + 16;

// A string has so many bytes within itself.
constexpr std::size_t kInline = 15;

// Whether `bytes` may take the place of another value in its memory, without much waste.
bool fits_well(const std::string& place, std::string_view bytes) {
  return bytes.size() <= place.capacity() && bytes.size() * 2 >= place.capacity();
}

}  // namespace

std::size_t HotValues::cost(const std::string& bytes) {
  return kOverhead + (bytes.capacity() > kInline ? bytes.capacity() + 1 : 0);
}

std::size_t HotValues::room_for(std::string_view more) const {
  return bytes_ + kOverhead + (more.size() > kInline ? more.size() + 1 : 0);
}

void HotValues::keep(IndexEntry& owner, std::string_view bytes) {
  if (bytes.size() + 1 + kOverhead > bytes_max_) return drop(owner);
  if (owner.is_hot && fits_well(owner.hot->bytes, bytes)) {
    owner.hot->bytes = bytes;  // a value is mostly replaced by one that is about as long
    owner.is_used = true;
    return;
  }
  drop(owner);
  std::string kept(bytes);
  bytes_ += cost(kept);
  make_room();
  values_.push_front({.owner = &owner, .bytes = std::move(kept)});
  owner.hot = values_.begin();
  owner.is_hot = true;
  owner.is_used = false;
}

void HotValues::make_room() {
  while (bytes_ > bytes_max_ && !values_.empty()) {
    const auto last = std::prev(values_.end());
    if (std::exchange(last->owner->is_used, false)) {
      values_.splice(values_.begin(), values_, last);
    } else {
      drop(*last->owner);
    }
  }
}

const std::string& HotValues::use(const IndexEntry& owner) {
  KV_CHECK(owner.is_hot, "only a hot value can be used");
  owner.is_used = true;
  return owner.hot->bytes;
}

void HotValues::drop(IndexEntry& owner) {
  if (!owner.is_hot) return;
  bytes_ -= cost(owner.hot->bytes);
  values_.erase(owner.hot);
  owner.is_hot = false;
}

}  // namespace kv
