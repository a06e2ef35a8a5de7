// The values that were used last, in as many bytes as they may have.
//
// Why       a value that is in memory is worth ten that are on disk, and most reads are
//           of few keys. The list is in order of use; what falls off its end is cold.
// Breaks if  bytes are counted without what keeping them costs: small values would take
//            several times what was allowed.
#pragma once

#include <cstddef>
#include <list>
#include <string>
#include <string_view>

namespace kv {

struct IndexEntry;

class HotValues {
 public:
  struct Value {
    IndexEntry* owner;
    std::string bytes;
  };
  using Place = std::list<Value>::iterator;

  explicit HotValues(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  // Keeps the value for its key's entry, and lets go of those that were used longest ago
  // where the room ends; what is larger than all the room is not kept.
  void keep(IndexEntry& owner, std::string_view bytes);

  // Of an entry that has a hot value: marks it as used now, and returns it.
  [[nodiscard]] const std::string& use(const IndexEntry& owner);

  // Lets go of an entry's value, if it is hot.
  void drop(IndexEntry& owner);

  // How many bytes all would take with one more.
  [[nodiscard]] std::size_t room_for(std::string_view more) const;

  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  [[nodiscard]] std::size_t count() const { return values_.size(); }

 private:
  static std::size_t cost(const std::string& bytes);

  std::size_t bytes_max_;
  std::size_t bytes_ = 0;
  std::list<Value> values_;  // used last first
};

}  // namespace kv
