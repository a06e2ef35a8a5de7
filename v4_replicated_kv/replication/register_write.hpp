// A put or delete of a register, at the coordinator.
//
//   put   offer (counter, dot) to all N owners      W of them took it: ok
//                                                   refused: again, above what they hold
//
// Idea      one phase. The coordinator guesses a counter; owners check it. A guess that is too
//           low costs another round, never a write.
// Why       a coordinator that missed put 1 gives put 2 a counter below it. If owners
//           acknowledged that, put 2 would be "stored", and gone once they compare notes.
// Two phases  read the largest counter from R owners first, then offer above it: where two
//           writes need not share an owner (2W <= N, or this W + the cluster's <= N), for the
//           linearizable level (a majority at least), and for requests that have an id, as a
//           retry has to find its first try.
// Linearizable  no second offer: owners that hold something newer acknowledge too, as the
//           write was then replaced at once. Offering it anew would let readers see it,
//           the newer one, and it again.
// Source    Attiya, Bar-Noy and Dolev, "Sharing Memory Robustly in Message-Passing
//           Systems", JACM 42(1), 1995; with many writers: Lynch and Shvartsman, FTCS 1997.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "v4_replicated_kv/replication/acknowledgements.hpp"
#include "v4_replicated_kv/replication/operation.hpp"
#include "v4_replicated_kv/versioning/key_state.hpp"
#include "v4_replicated_kv/versioning/version.hpp"

namespace kv {

class RegisterWrite final : public Operation {
 public:
  // `draft` gets its timestamp here. `reads` owners are asked first, none if it is 0; then
  // the first guess is above `above`.
  RegisterWrite(Call call, Version draft, std::size_t reads, std::uint64_t above)
      : Operation(std::move(call)),
        version_(std::move(draft)),
        reads_(reads),
        above_(above),
        acks_(this->call().owners.size()) {}

  void begin(Desk& desk) override;
  void answer(std::size_t place, Message&& message, Desk& desk) override;
  void lost(std::size_t place, Desk& desk) override;
  void suspected(std::size_t place, Desk& desk) override;

 private:
  enum class Phase : std::uint8_t {
    asking,    // what is the largest counter, and is the request known?
    offering,  // the new version
    pushing,   // what an earlier try of the same request left
  };

  void again(Desk& desk) override;
  [[nodiscard]] Failing failing(Trouble trouble) const override;

  void ask(std::size_t place, Desk& desk) const;
  void heard(std::size_t place, Held held, Desk& desk);
  void offer_all(Desk& desk);
  void push_all(Desk& desk);
  void send_to_all(Desk& desk) const;
  void send_what_is_due(std::size_t place, Desk& desk) const;
  void stored(std::size_t place, const Message& message, const Stored& stored,
              Desk& desk);
  void weigh(Desk& desk);
  [[nodiscard]] OwnerSet silent_suspects(const Desk& desk) const;
  [[nodiscard]] bool is_nowhere() const;
  void start_round();
  void ask_once_more(Desk& desk);
  void send_to_who_is_wanted(Desk& desk) const;

  Version version_;
  std::size_t reads_;
  std::uint64_t above_;
  Phase phase_ = Phase::asking;
  KeyState found_;  // what was heard, merged; for a request with an id
  OwnerSet heard_, refused_, failed_;
  Acknowledgements acks_;       // of what is offered, or pushed, now
  bool may_be_stored_ = false;  // in an earlier round, or at an owner that does not count
};

}  // namespace kv
