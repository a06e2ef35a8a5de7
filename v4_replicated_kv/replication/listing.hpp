// A page of the keys that there are, at the coordinator.
//
//   all hashes   | partitions with the same owners | others ... |
//   a round        ask so many owners that one of them has each acknowledged write
//                  --> what they have, up to where the first of them stopped
//                  --> merge, leave out what is deleted or over; the next round goes on there
//
// Idea      all keys stand in one row, by hash. A cursor is a place in that row: it needs no
//           memory anywhere, and means the same on every node and after any change.
// Breaks if  a round believes an owner about what lies behind the place where another one
//            stopped: a key that only the other has would be passed over.
// Left out   a moment: a page tells of the time when it is made, the next one of another. A
//            key that is there all the time comes, one that comes or goes may.
// Threads    one at a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/hash/functions.hpp"
#include "common/hash/hasher.hpp"
#include "v4_replicated_kv/placement/ring_state.hpp"
#include "v4_replicated_kv/replication/operation.hpp"
#include "v4_replicated_kv/replication/stored_state.hpp"

namespace kv {

struct ListingRules {
  StateRules state{};
  Hasher hash{&xxh3, 0};    // the cluster's, of keys
  std::uint32_t limit = 0;  // keys
  std::size_t page_bytes = 0;
};

class Listing final : public Operation {
 public:
  // The call's key is the prefix, its hash where to begin, its owners those of that place.
  Listing(Call call, std::shared_ptr<const RingState> ring, const ListingRules& rules)
      : Operation(std::move(call)),
        ring_(std::move(ring)),
        rules_(rules),
        from_(Place{this->call().hash, {}}) {}

  void begin(Desk& desk) override;
  void answer(std::size_t place, Message&& message, Desk& desk) override;
  void lost(std::size_t place, Desk& desk) override;
  void suspected(std::size_t place, Desk& desk) override;

 private:
  using Place = std::pair<KeyHash, std::string>;  // of a key, in the row of all

  void again(Desk& desk) override;
  [[nodiscard]] Failing failing(Trouble trouble) const override;

  void start_round(Desk& desk);
  void ask(std::size_t place, Desk& desk);
  void ask_another(Desk& desk);
  [[nodiscard]] KeyHash last_with_same_owners() const;
  [[nodiscard]] std::optional<Place> end_of_round() const;
  void take_in(const std::optional<Place>& end, WallMs wall);
  void conclude(Desk& desk);
  [[nodiscard]] bool has_enough(const Desk& desk) const;
  void answer_client(Desk& desk);

  std::shared_ptr<const RingState> ring_;
  ListingRules rules_;
  Tick enough_time_{};  // then a page goes out as it is
  std::size_t rounds_ = 0;
  std::optional<Place>
      from_;        // the next key that nobody was asked for; none: that is all
  KeyHash last_{};  // of this round
  OwnerSet asked_, heard_, failed_;
  std::array<Listed, kCopiesMax> said_{};
  std::vector<Place> keys_;  // what is there, in order
  std::size_t bytes_ = 0;
};

}  // namespace kv
