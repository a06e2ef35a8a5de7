// Which of the others are there, as this node sees it: told to the log, and to who asks.
//
// Idea      the loop hears of each message; the detector makes of it who is healthy. The node is
//           told too, and asks others first; nothing that is promised depends on it.
// Threads   tick(), missing(): one. All else is the loop's.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "v4_replicated_kv/configuration/settings.hpp"
#include "v4_replicated_kv/logging/log.hpp"
#include "v4_replicated_kv/membership/failure_detector.hpp"
#include "v4_replicated_kv/membership/identity.hpp"
#include "v4_replicated_kv/server/server_loop.hpp"

namespace kv {

class PeerWatch {
 public:
  // By name, the lives of those that are connected and were heard of lately.
  using Lives = std::map<std::string, std::uint64_t>;
  using TellLives = std::function<void(Lives)>;

  // The loop runs, and outlives this. `tell_lives` is called on it, before anybody acts on
  // what has changed.
  PeerWatch(ServerLoop& loop, NodeId self, const FailureSettings& rules,
            std::uint64_t seed, const EventLog& log, TellLives tell_lives = {});
  PeerWatch(const PeerWatch&) = delete;
  PeerWatch& operator=(const PeerWatch&) = delete;
  ~PeerWatch();

  // Looks at the time. Several times in the shortest of the settings' spans.
  void tick();

  // Where the members are now; connections follow. Nothing happens where nothing is new.
  void move_to(const std::vector<MemberAddresses>& members);

  // The names of those that there is no connection with.
  [[nodiscard]] std::vector<std::string> missing();

 private:
  void heard(NodeId peer);
  void up(const Greeting& peer);
  void down(NodeId peer);
  void tell(const HealthChanges& changes);
  void publish();
  void tell_lives();
  [[nodiscard]] std::string name_of(NodeId peer) const;

  ServerLoop& loop_;
  NodeId self_;
  const EventLog& log_;
  TellLives tell_lives_;
  FailureDetector detector_;
  std::map<NodeId, std::uint64_t> boots_;  // of those that are up
  std::vector<MemberAddresses> members_;   // as last told
};

}  // namespace kv
