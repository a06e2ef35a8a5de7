// What nodes say to each other, as bytes. FORMAT.md has the picture and an example.
//
// Idea      one message has one spelling. So what was read can be written again and is the
//           same to the byte, and a message that is not spelled like that is damaged, or not
//           for this version.
// Breaks if  a kind that is not known is passed over: its sender waits for an answer, or
//            believes that it told something. It is an error, and ends the connection; which
//            kinds may be sent is settled by both sides before (greeting.hpp).
// Left out  a checksum: a frame has one around its messages (frame.hpp).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "common/base/result.hpp"
#include "v4_replicated_kv/replication/messages.hpp"
#include "v4_replicated_kv/wire/field_reader.hpp"

namespace kv {

// No message is longer. A page ends behind the first key that takes it over 64 KiB of keys and
// values: the longest has a value at its limit, and histories of some hundred keys.
inline constexpr std::size_t kMessageBytesMax = 2 * kValueBytesMax;

// A page has no more keys, however short they are.
inline constexpr std::size_t kPageEntriesMax = 4096;

// Appends the message. `policy` is the cluster's. Errc::too_large, and nothing is appended,
// over either limit. Keys, values and contexts are within theirs, as wherever a node makes
// them.
[[nodiscard]] Result<void> append_message(std::string& out, Policy policy,
                                          const Message& message);

// Reads messages that follow one another.
class MessageReader {
 public:
  // Keeps no copy of `batch`.
  MessageReader(Policy policy, std::string_view batch) : policy_(policy), in_(batch) {}

  // Puts the next message into `message`; false at the end. Errc::corrupt, with the offset in
  // the batch, for bytes that append_message does not make; from then on always. Allocates
  // in proportion to the bytes, whatever they announce.
  [[nodiscard]] Result<bool> next(Message& message);

 private:
  Policy policy_;
  FieldReader in_;
};

}  // namespace kv
