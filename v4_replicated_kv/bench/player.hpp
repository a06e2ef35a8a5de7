// One thread's part: which request is next and when, and what came of it.
//
// Idea      the drivers of sockets and of gRPC know connections; this knows operations. A
//           driver has a seat for each request that may be under way: it asks for something
//           to send from there, brings back the answer, and is sometimes given a second
//           request, the write that follows a read.
// Breaks if  the latency is counted from when a request was sent, where it was due earlier.
// Threads   one; what `live` counts may be read by others.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "v4_replicated_kv/bench/record.hpp"
#include "v4_replicated_kv/bench/request.hpp"
#include "v4_replicated_kv/bench/schedule.hpp"
#include "v4_replicated_kv/bench/tally.hpp"
#include "v4_replicated_kv/bench/workload.hpp"

namespace kv::bench {

inline constexpr Ns kNever = INT64_MAX;

// A request under way.
struct Seat {
  Operation operation{};
  bool is_second = false;  // the write behind a read
  Ns due = 0;              // its latency counts from here
  Ns sent = 0;             // and its patience from here
  Verb verb = Verb::get;
  std::string key{};
  std::string value{};
  std::string cursor{};  // where the last scan from this seat ended
};

// When operations begin. One that is due before `from` is not measured.
struct Times {
  Ns begin = 0;
  Ns from = 0;
  Ns end = kNever;
};

class Player {
 public:
  // Puts keys `thread`, `thread` + `threads`... below `keys`, one time each.
  static Player loading(std::uint64_t keys, std::size_t thread, std::size_t threads,
                        ValueMaker values, Live& live);

  // A workload until the end; where there is no schedule, each request follows an answer.
  Player(OperationSource source, std::optional<Schedule> schedule, Times times,
         ValueMaker values, Live& live);

  // When `begin` has something: perhaps already; kNever: nothing will come any more.
  [[nodiscard]] Ns next_due(Ns now) const;

  // The next request, sent from this seat; only when it is due.
  [[nodiscard]] Request begin(Seat& seat, Ns now);

  // Takes the answer; the request that follows on the same seat, if there is one.
  [[nodiscard]] std::optional<Request> take(Seat& seat, const Answer& answer, Ns now);

  // There was no answer, and will be none.
  void lose(const Seat& seat, std::string_view kind, std::string_view sentence);

  // Nothing more is sent, before the time.
  void stop(std::string_view why);
  // All is over: what was due by now, and was never sent, is counted.
  void finish(Ns now);

  [[nodiscard]] const Tally& tally() const { return tally_; }

 private:
  Player(ValueMaker values, Live& live) : values_(std::move(values)), live_(&live) {}

  [[nodiscard]] bool is_measured(const Seat& seat) const {
    return seat.due >= times_.from;
  }
  void check(const Seat& seat, const Answer& answer);

  std::optional<OperationSource> source_;
  std::optional<Schedule> schedule_;
  Times times_;
  ValueMaker values_;
  std::uint64_t load_next_ = 0, load_step_ = 1, load_end_ = 0;
  bool stopped_ = false;
  Tally tally_;
  Live* live_;
};

}  // namespace kv::bench
