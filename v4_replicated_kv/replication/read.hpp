// A get, at the coordinator.
//
//   get   ask R owners, the first for the state, the others for its digest
//         all alike: answer            one differs: fetch its state, merge, answer, repair
//         one is silent, or suspected: ask another in its place; later, all of them
//         the state is long: wait until there is room for it, and ask one for all of it
//
// Idea      digests of equal states are equal, so R owners that agree send one value.
// Nothing   fewer than a majority that all say "nothing" may be just those who lost it, or
//           never had it: the other owners are asked before a client is told so. Who is
//           silent is waited for as long as it takes to be asked again, and no longer.
// Linearizable  before the answer, what was read is written to a majority, unless a majority
//           has it already. Else the next reader, who asks others, may still see the older
//           value: time went backwards.
// Breaks if  an owner is repaired with less than what R owners hold, or counted as a holder
//            of what is not on its disk.
// Source    repair: DeCandia and others, "Dynamo", SOSP 2007, section 4.6 and 5; write-back:
//           Attiya, Bar-Noy and Dolev, JACM 42(1), 1995, section 3.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "v4_replicated_kv/replication/acknowledgements.hpp"
#include "v4_replicated_kv/replication/operation.hpp"
#include "v4_replicated_kv/replication/stored_state.hpp"
#include "v4_replicated_kv/replication/value_room.hpp"
#include "v4_replicated_kv/versioning/key_state.hpp"

namespace kv {

struct ReadRules {
  bool ask_all =
      false;           // those that need not answer, too: to repair them after the reply
  Tick hedge_after{};  // who is silent for so long: another is asked in its place
};

class Read final : public Operation {
 public:
  Read(Call call, const StateRules& states, const ReadRules& rules)
      : Operation(std::move(call)),
        states_(states),
        rules_(rules),
        acks_(this->call().demand.linearizable ? this->call().owners.size() : 0) {}

  void begin(Desk& desk) override;
  void answer(std::size_t place, Message&& message, Desk& desk) override;
  void lost(std::size_t place, Desk& desk) override;
  void suspected(std::size_t place, Desk& desk) override;
  void has_room(const ValueLoan& loan, Desk& desk) override;

 private:
  void again(Desk& desk) override;
  void hedge(Desk& desk) override;
  [[nodiscard]] Failing failing(Trouble trouble) const override;
  [[nodiscard]] Trouble lateness() const override;

  void ask(std::size_t place, Detail detail, Desk& desk);
  void ask_in_place_of(std::size_t place, Desk& desk);
  [[nodiscard]] bool is_awaited(std::size_t place) const;
  void heard(std::size_t place, ActorId life, Held held, Desk& desk);
  [[nodiscard]] bool is_known(std::size_t place) const;
  [[nodiscard]] OwnerSet known() const;
  [[nodiscard]] bool has_heard_all() const;
  void keep_if_there_is_room(std::size_t place, Held& held, Desk& desk);
  void fetch_unknown(Desk& desk);
  [[nodiscard]] bool is_on_its_way(std::size_t place) const;
  void fetch_long(std::size_t place, Desk& desk);
  void fetch_into(const ValueLoan& loan, std::size_t place, Desk& desk);
  void give_back(std::size_t place);
  [[nodiscard]] std::vector<ValueLoan> loans() const;
  void conclude_or_look_further(Desk& desk);
  void conclude(Desk& desk);
  void write_back(Desk& desk);
  void push_to_others(Desk& desk) const;
  void written_back(std::size_t place, const Message& message, const Stored& stored,
                    Desk& desk);
  [[nodiscard]] bool is_written_back() const;
  void push(std::size_t place, Desk& desk) const;
  void repair(Desk& desk) const;
  void answer_client(Desk& desk);
  void heard_late(std::size_t place, const Held& held, Desk& desk);

  StateRules states_;
  ReadRules rules_;
  OwnerSet asked_, fetched_, heard_, failed_, holders_;
  OwnerSet replaced_;  // another was asked in their place
  OwnerSet damaged_;   // of those that failed: what they hold cannot be read
  std::array<std::uint64_t, kCopiesMax> digest_{};  // what each that was heard holds
  OwnerSet sent_state_;
  // Of what each holds, where it is long; and of whom is asked for all of it.
  std::array<std::size_t, kCopiesMax> long_bytes_{};
  std::array<ValueLoan, kCopiesMax> loans_{};
  std::optional<std::size_t> waits_for_room_;  // for what this one holds
  KeyState merged_;
  std::uint64_t merged_digest_ = 0;
  bool writes_back_ = false;
  Acknowledgements acks_;  // linearizable: of what holders_ said, or acknowledged
};

}  // namespace kv
