// What somebody outside can do to a simulated cluster.
//
// Idea      chance (faults.hpp, clients.hpp) and a script do the same things, through the
//           same door. So what chance did can be written down, and done again by a
//           script.
// Breaks if  somebody reaches around it: then a run that was written down is another run.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "common/base/result.hpp"
#include "common/base/strong.hpp"
#include "v4_replicated_kv/replication/request.hpp"
#include "v4_replicated_kv/simulation/network.hpp"
#include "v4_replicated_kv/simulation/simulated_platter.hpp"
#include "v4_replicated_kv/types.hpp"

namespace kv {

class World;

// A client asks a node.
struct AskNode {
  std::string client;
  NodeId node;
  Request request;           // its context is filled in by who asks,
  bool has_context = false;  // if it had one
};

// The process, with or without its machine.
struct Kill {
  NodeId node;
};
struct CutPower {
  NodeId node;
  Unsynced unsynced = Unsynced::at_random;
};
struct Start {  // with a disk that works again; nothing if it is up
  NodeId node;
};
struct Pause {
  NodeId node;
};
struct Resume {
  NodeId node;
};

// What a node's watch over the others tells it, right or wrong. Nothing where no process runs.
struct Suspect {
  NodeId node;
  NodeId of;
  bool is = true;
};

// The network.
struct Cut {
  std::vector<std::pair<NodeId, NodeId>> ways;  // from, to
};
struct Mend {};  // all ways
struct ChangeWeather {
  Weather weather;
};

// Clock and disk.
struct SetClock {
  NodeId node;
  std::int64_t ahead_ms = 0;
};
struct FailDisk {
  NodeId node;
  std::uint64_t call = 1;  // that fails
};
struct FillDisk {
  NodeId node;
  std::uint64_t room = 0;  // bytes that are left
};
struct FreeDisk {
  NodeId node;
};
struct KeepDisk {  // as it is now
  NodeId node;
};
struct RollBackDisk {  // to what was kept; the node is down after that
  NodeId node;
};
struct LoseDisk {
  NodeId node;
};
struct FlipBit {
  NodeId node;
  std::string file;
  std::uint64_t offset = 0;
  unsigned bit = 0;
};

using WorldAction =
    std::variant<AskNode, Kill, CutPower, Start, Pause, Resume, Suspect, Cut, Mend,
                 Mishap, ChangeWeather, SetClock, FailDisk, FillDisk, FreeDisk, KeepDisk,
                 RollBackDisk, LoseDisk, FlipBit>;

// Does it, and says so in the world's trace. Errc::conflict, with a sentence, where it
// cannot be done: a request to a node that is down, a bit of a file that is not there.
[[nodiscard]] Result<void> perform(World& world, const WorldAction& action);

// All is well from here on: everything up, connected, with room and a disk that works.
// What was lost stays so; and who is suspected is, as that may cost time and nothing else.
void heal(World& world);

}  // namespace kv
