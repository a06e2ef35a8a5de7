// Bugs on command: what a store would do that had them.
//
// Why       a checker that never found anything may be blind. Each of these is a mistake
//           that real stores made, and the checkers have to find it by themselves, in the
//           same runs that they find nothing in without it.
// How       nothing in the store knows of them. They change what goes into a node and
//           what comes out: a message, a request, what a disk is said to have done.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/result.hpp"
#include "v4_replicated_kv/node/store_node.hpp"
#include "v4_replicated_kv/replication/messages.hpp"
#include "v4_replicated_kv/replication/request.hpp"
#include "v4_replicated_kv/storage/index.hpp"

namespace kv {

enum class Mistake : std::uint8_t {
  none,
  ack_at_w_minus_1,
  no_fsync_before_ack,
  wall_clock_last_write_wins,
  plain_instead_of_dotted,
  own_id_reused,
  wiped_node_answers,
  wiped_counts_itself,
  repair_copies_damage,
  asynchronous_write_back,
  rolled_back_disk_unnoticed,
  retry_without_id,
  refusal_counts_as_ack,
  unknown_told_as_refused,
  no_read_repair,
  numbers_not_reserved,
  only_newest_sibling_sent,
  ack_of_lost_disk_counts,
};

struct MistakeName {
  Mistake mistake;
  std::string_view name;
  std::string_view what;
  // No seed below 2000 meets it: a scenario has to.
  bool is_rare = false;
};

// All of them, without `none`.
inline constexpr std::array kMistakes{
    MistakeName{.mistake = Mistake::ack_at_w_minus_1,
                .name = "ack_at_w_minus_1",
                .what = "writes are acknowledged with one copy fewer than asked for"},
    MistakeName{.mistake = Mistake::no_fsync_before_ack,
                .name = "no_fsync_before_ack",
                .what = "what is in the page cache counts as durable"},
    MistakeName{.mistake = Mistake::wall_clock_last_write_wins,
                .name = "wall_clock_last_write_wins",
                .what = "a write's place in the order is its coordinator's wall clock"},
    MistakeName{.mistake = Mistake::plain_instead_of_dotted,
                .name = "plain_instead_of_dotted",
                .what = "contexts are vectors, without dots of their own"},
    MistakeName{.mistake = Mistake::own_id_reused,
                .name = "own_id_reused",
                .what = "a node whose disk was lost goes on under its old name, from 1"},
    MistakeName{
        .mistake = Mistake::wiped_node_answers,
        .name = "wiped_node_answers",
        .what = "a node whose disk was lost counts before it has copied anything"},
    MistakeName{.mistake = Mistake::wiped_counts_itself,
                .name = "wiped_counts_itself",
                .what = "a node whose disk was lost counts itself where it coordinates"},
    MistakeName{.mistake = Mistake::repair_copies_damage,
                .name = "repair_copies_damage",
                .what = "what is read from the disk is not held against its checksum"},
    MistakeName{
        .mistake = Mistake::asynchronous_write_back,
        .name = "asynchronous_write_back",
        .what = "linearizable reads answer, and write back what they read 30 ms later"},
    MistakeName{.mistake = Mistake::rolled_back_disk_unnoticed,
                .name = "rolled_back_disk_unnoticed",
                .what = "nobody tells a node that its disk was further once"},
    MistakeName{.mistake = Mistake::retry_without_id,
                .name = "retry_without_id",
                .what = "a client that asks again does not say so"},
    MistakeName{.mistake = Mistake::refusal_counts_as_ack,
                .name = "refusal_counts_as_ack",
                .what = "an owner acknowledges a write below what it holds"},
    MistakeName{.mistake = Mistake::unknown_told_as_refused,
                .name = "unknown_told_as_refused",
                .what = "a write that may be there is reported as refused"},
    MistakeName{.mistake = Mistake::no_read_repair,
                .name = "no_read_repair",
                .what = "a read sends nothing to owners that hold less"},
    MistakeName{.mistake = Mistake::numbers_not_reserved,
                .name = "numbers_not_reserved",
                .what = "after a start versions are numbered from what the disk holds"},
    MistakeName{.mistake = Mistake::only_newest_sibling_sent,
                .name = "only_newest_sibling_sent",
                .what = "other owners get the new sibling without those beside it"},
    MistakeName{.mistake = Mistake::ack_of_lost_disk_counts,
                .name = "ack_of_lost_disk_counts",
                .what = "an acknowledgement counts though its disk was lost meanwhile",
                .is_rare = true},
};

// Errc::bad_usage for a name that none has.
[[nodiscard]] Result<Mistake> mistake_named(std::string_view name);

// "none" for none.
[[nodiscard]] std::string_view name_of(Mistake mistake);

// The places where a mistake gets its hands on something. Without one, nothing changes.
class Tamper {
 public:
  explicit Tamper(Mistake mistake) : mistake_(mistake) {}

  // Before a node gets a request. `hash` is its key's.
  void ask(Request& request, std::size_t w, KeyHash hash) const;

  // Before a message leaves, or is handed to its own sender.
  void send(Message& message, WallMs wall) const;

  // How much longer than others a message takes: what is pushed to repair a register.
  // Siblings are pushed as well, and are not late.
  [[nodiscard]] Tick lag(const Message& message) const;

  // Before a reply leaves.
  void reply(Reply& reply) const;

  // Before a process starts, with what its disk holds. `before`: who it was on the disk
  // that was lost, if one was.
  void start(Boot& boot, const Index& held, std::optional<ActorId> before) const;

  [[nodiscard]] bool syncs() const { return mistake_ != Mistake::no_fsync_before_ack; }
  [[nodiscard]] bool checks_what_it_reads() const {
    return mistake_ != Mistake::repair_copies_damage;
  }

 private:
  Mistake mistake_;
};

}  // namespace kv
