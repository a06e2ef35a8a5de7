// A put or delete where concurrent values stay side by side, at the coordinator.
//
//   put   read R owners, if the client brought no context
//         one owner makes the sibling, and says what the key's state is now
//         all others get that state, whole; W have it, the maker among them: ok
//
// Idea      only an owner gives dots, from its own numbers, and one after the other for each
//           key; so what it holds of its own versions has no gaps.
// Breaks if  only the new sibling is sent instead of the whole state. An owner that lacks an
//            earlier one would count it as seen, as the new one's history says so.
// Breaks if  others hear of a sibling before its maker has it on the disk. After a power cut
//            it gives the next dot of that key, which covers the one that it forgot: whoever
//            has that drops it, and what it had replaced is gone too. So a put takes two
//            syncs, one after the other.
// Source    Almeida and others, DAIS 2014, section 6: one server handles a put.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "v4_replicated_kv/replication/acknowledgements.hpp"
#include "v4_replicated_kv/replication/operation.hpp"
#include "v4_replicated_kv/versioning/history.hpp"
#include "v4_replicated_kv/versioning/key_state.hpp"
#include "v4_replicated_kv/versioning/version.hpp"

namespace kv {

class SiblingWrite final : public Operation {
 public:
  // Without a context, that of what `reads` owners hold is used. `maker` is the place of the
  // first owner to be asked.
  SiblingWrite(Call call, Version draft, std::optional<History> context,
               std::size_t reads, std::size_t maker)
      : Operation(std::move(call)),
        draft_(std::move(draft)),
        context_(std::move(context)),
        reads_(reads),
        maker_(maker),
        acks_(this->call().owners.size()) {}

  void begin(Desk& desk) override;
  void answer(std::size_t place, Message&& message, Desk& desk) override;
  void lost(std::size_t place, Desk& desk) override;
  // All owners were asked; but a maker that may have made it stays the maker.
  void suspected(std::size_t /*place*/, Desk& /*desk*/) override {}

 private:
  enum class Phase : std::uint8_t { asking, minting, pushing };

  void again(Desk& desk) override;
  [[nodiscard]] Failing failing(Trouble trouble) const override;

  void heard(std::size_t place, const Held& held, Desk& desk);
  void complete(const Timestamp& made, Desk& desk);
  void mint(Desk& desk);
  void minted(Minted minted, Desk& desk);
  void stored(std::size_t place, const Message& message, const Stored& stored,
              Desk& desk);
  void weigh(Desk& desk);
  void try_another_maker(Desk& desk);
  void send_what_is_due(std::size_t place, Desk& desk) const;
  void push_to_who_is_wanted(Desk& desk) const;

  Version draft_;
  std::optional<History> context_;
  std::size_t reads_;
  std::size_t maker_;
  bool needs_maker_ = true;  // among those that acknowledge
  Phase phase_ = Phase::asking;
  KeyState state_;  // first what was heard, then what was made
  OwnerSet heard_, failed_, tried_;
  Acknowledgements acks_;
  bool may_be_stored_ = false;
};

}  // namespace kv
