// Does every read see a value that is no older than the last one acknowledged before it?
//
// Idea      ask each read by itself: is there an order of the writes, true to time, in
//           which it saw the one just before it? Reads need not agree with each other on
//           that order; that would be linearizable (check_linearizable.hpp).
// Good at   what quorums give by themselves: R + W > N makes a read meet every write that
//           was acknowledged. A new value may be seen, and the old one after it.
// Source    one writer: Lamport, "On Interprocess Communication, Part II", Distributed
//           Computing 1(2), 1986. Several, as here the weakest of the four definitions:
//           Shao, Welch, Pierce and Lee, "Multiwriter Consistency Conditions for Shared
//           Memory Registers", SIAM Journal on Computing 40(1), 2011.
#pragma once

#include <optional>

#include "v4_replicated_kv/simulation/client_history.hpp"
#include "v4_replicated_kv/versioning/key_state.hpp"

namespace kv {

// Judges all reads that were answered. A read is held to the writes whose level meets its
// own; to see what was never written, was refused, or had not begun is wrong at any
// level. Of siblings a read may miss only what was replaced, and must miss what was.
[[nodiscard]] std::optional<Violation> check_regular(
    const ClientHistory& history, Policy policy = Policy::last_write_wins);

}  // namespace kv
