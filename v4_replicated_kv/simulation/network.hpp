// A network that delays, loses, doubles and reorders what it carries, or cuts it off.
//
// Idea      every message draws its own delay, so those of one pair of nodes overtake
//           each other. A cut is of one direction: a full partition is many of them.
// Why so    chance depends on who sends what to whom and when, not on what was drawn
//           before. So a run in which one request is left out is the same run for all
//           others, and a long one that goes wrong can be made short.
// Left out  what it costs to send much: messages have no size.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "common/base/rng.hpp"
#include "common/base/strong.hpp"
#include "v4_replicated_kv/types.hpp"

namespace kv {

struct Weather {
  Tick delay_min{100};
  Tick delay_max{1'000};
  std::uint64_t lost_per_mille = 0;
  std::uint64_t doubled_per_mille = 0;
  std::uint64_t late_per_mille = 0;  // comes once more, within `late_max`
  Tick late_max{2'000'000};
  std::uint64_t bounced_per_mille = 500;  // of what finds nobody: its sender learns of it
};

// What happens to the next message of a kind on one way, and to no other.
struct Mishap {
  enum class What : std::uint8_t { drop, delay, duplicate };
  What what = What::drop;
  std::size_t kind = 0;  // Message::body.index()
  NodeId from{};
  NodeId to{};
  Tick after{};  // the delay; of the second copy, if it comes twice
};

class Network {
 public:
  explicit Network(std::uint64_t seed, const Weather& calm = {})
      : weather(calm), calm_(calm), seed_(seed) {}

  Weather weather;

  // Nothing goes wrong from here on, not even what was planned.
  void calm() {
    weather = calm_;
    mishaps_.clear();
  }
  [[nodiscard]] const Weather& calm_weather() const { return calm_; }

  void cut(NodeId from, NodeId to) { cuts_.emplace(from, to); }
  void mend(NodeId from, NodeId to) { cuts_.erase({from, to}); }
  void mend_all() { cuts_.clear(); }
  [[nodiscard]] bool is_cut(NodeId from, NodeId to) const {
    return !cuts_.empty() && cuts_.contains({from, to});
  }
  void plan(const Mishap& mishap) { mishaps_.push_back(mishap); }

  // A message of a kind, and when it goes.
  struct Way {
    NodeId from{};
    NodeId to{};
    std::size_t kind = 0;
    Tick now{};
  };

  // After how long it arrives: never, once, or several times.
  struct Copies {
    std::size_t count = 0;
    std::array<Tick, 3> after{};
  };
  [[nodiscard]] Copies send(const Way& way);

  // When the sender of a message that found no process hears of that, if it does.
  [[nodiscard]] std::optional<Tick> bounce(const Way& way) const;

 private:
  [[nodiscard]] Rng chance_of(const Way& way) const;
  [[nodiscard]] Tick delay(Rng& chance) const;
  [[nodiscard]] Copies suffer(const Mishap& mishap, Rng& chance) const;

  Weather calm_;
  std::uint64_t seed_;
  std::set<std::pair<NodeId, NodeId>> cuts_;  // from, to
  std::vector<Mishap> mishaps_;               // that are still to happen
};

}  // namespace kv
