// The values that were used lately, in as many bytes as they may have.
//
// Why       a value that is in memory is worth ten that are on disk, and most reads are
//           of few keys.
// Idea      a second chance: a use leaves a mark. What comes to the end of the list with one
//           goes back to the front without it, and what has none is cold. A list in order of
//           use would be changed by every read, in three places of memory.
// Breaks if  bytes are counted without what keeping them costs: small values would take
//            several times what was allowed.
// Source    Corbato, "A Paging Experiment with the Multics System", MIT 1968.
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

  // Keeps the value for its key's entry, and lets go of those that were not used for long
  // where the room ends; what is larger than all the room is not kept.
  void keep(IndexEntry& owner, std::string_view bytes);

  // Of an entry that has a hot value: marks it as used, and returns it.
  [[nodiscard]] static const std::string& use(const IndexEntry& owner);

  // Lets go of an entry's value, if it is hot.
  void drop(IndexEntry& owner);

  // How many bytes all would take with one more.
  [[nodiscard]] std::size_t room_for(std::string_view more) const;

  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  [[nodiscard]] std::size_t count() const { return values_.size(); }

 private:
  static std::size_t cost(const std::string& bytes);
  void make_room();

  std::size_t bytes_max_;
  std::size_t bytes_ = 0;
  std::list<Value> values_;  // kept last first
};

}  // namespace kv
