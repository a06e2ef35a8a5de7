// What happened, as a number for programs and as lines for people.
//
// Idea      two runs of one seed are the same run. The number takes in every message, answer
//           and fault in its order, so that one difference anywhere makes another number.
// Why both  lines cost more than the run that they tell of. A run that goes wrong is run once
//           more, with lines: it is the same run.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "common/base/strong.hpp"
#include "v4_replicated_kv/replication/messages.hpp"
#include "v4_replicated_kv/replication/request.hpp"
#include "v4_replicated_kv/simulation/message_text.hpp"
#include "v4_replicated_kv/types.hpp"

namespace kv {

struct TraceLine {
  Tick at;
  std::string key;  // that it is about; empty: all
  std::string text;
};

class Trace {
 public:
  explicit Trace(bool keeps_lines) : keeps_lines_(keeps_lines) {}

  void sent(Tick at, const Message& message, bool arrives);
  void asked(Tick at, NodeId node, const Request& request);
  void replied(Tick at, NodeId node, const std::string& key, const Reply& reply);

  // Anything else, in words. Look at keeps_lines() where words take long to make.
  void note(Tick at, const std::string& what);

  [[nodiscard]] bool keeps_lines() const { return keeps_lines_; }
  [[nodiscard]] std::uint64_t hash() const { return hash_; }
  [[nodiscard]] std::span<const TraceLine> lines() const { return lines_; }

 private:
  void mix(std::uint64_t number);
  void line(Tick at, const std::string& key, std::string text);

  bool keeps_lines_;
  std::uint64_t hash_ = 0;
  ActorNames names_;
  std::vector<TraceLine> lines_;
};

// "t=17      n1 -> n2   offer cart=apples [n1:1]@1"
[[nodiscard]] std::string text_of(const TraceLine& line);

}  // namespace kv
