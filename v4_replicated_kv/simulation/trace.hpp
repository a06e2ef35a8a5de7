// What happened, as a number for programs and as lines for people.
//
// Idea      two runs of one seed are the same run. The number takes in every message,
//           answer and fault in its order, so that one difference anywhere makes another
//           number.
// Why both  lines cost more than the run that they tell of. A run that goes wrong is run
//           once more, with lines: it is the same run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/strong.hpp"
#include "v4_replicated_kv/replication/messages.hpp"
#include "v4_replicated_kv/replication/request.hpp"
#include "v4_replicated_kv/simulation/message_text.hpp"
#include "v4_replicated_kv/simulation/network.hpp"
#include "v4_replicated_kv/types.hpp"

namespace kv {

enum class TraceKind : std::uint8_t { asked, sent, replied, noted };

struct TraceLine {
  Tick at;
  TraceKind kind = TraceKind::noted;
  std::string key{};  // that it is about; empty: all
  std::string from{};
  std::string to{};
  bool arrives = true;
  bool is_chatter = false;  // about the cluster itself, not about a key
  std::string text{};
};

class Trace {
 public:
  // `copies` is N, for the lines.
  Trace(bool keeps_lines, std::size_t copies)
      : keeps_lines_(keeps_lines), copies_(copies) {}

  // What became of a message. `usual`: a delay beyond it is worth a word.
  struct Passage {
    Network::Copies copies;
    Tick usual{};
    bool finds_nobody = false;
  };
  void sent(Tick at, const Message& message, const Passage& passage);
  void asked(Tick at, std::string_view client, NodeId node, const Request& request);
  // `wall`: the node's clock, as it decides what has expired.
  void replied(Tick at, NodeId node, const Reply& reply, WallMs wall);

  // Anything else, in words. Look at keeps_lines() where words take long to make.
  void note(Tick at, const std::string& what);

  [[nodiscard]] bool keeps_lines() const { return keeps_lines_; }
  [[nodiscard]] std::uint64_t hash() const { return hash_; }
  [[nodiscard]] std::span<const TraceLine> lines() const { return lines_; }

 private:
  struct Question {
    std::string client;
    std::string key;
    Verb verb = Verb::get;
  };

  void mix(std::uint64_t number);

  bool keeps_lines_;
  std::size_t copies_;
  std::uint64_t hash_ = 0;
  ActorNames names_;
  std::map<Ticket, Question> questions_;  // for lines
  std::vector<TraceLine> lines_;
};

// A time in milliseconds: "3", "0.25".
[[nodiscard]] std::string milliseconds_text(Tick time);

// A line each, in columns, and times counted from `origin`:
// "t=3      n1 -> n2       store cart=apples [n1:1]@1"
[[nodiscard]] std::string trace_text(std::span<const TraceLine> lines, Tick origin = {});

}  // namespace kv
