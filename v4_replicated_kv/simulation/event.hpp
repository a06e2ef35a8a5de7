// What can be on a simulated world's agenda.
#pragma once

#include <cstdint>
#include <functional>
#include <variant>

#include "common/base/strong.hpp"
#include "v4_replicated_kv/replication/effects.hpp"
#include "v4_replicated_kv/replication/messages.hpp"
#include "v4_replicated_kv/replication/request.hpp"
#include "v4_replicated_kv/simulation/agenda.hpp"

namespace kv {

// A message arrives at the node that it is to. `life` is the process it was sent to.
struct Arrival {
  Message message;
  std::uint64_t life = 0;
  bool is_only = true;  // no other copy of it is on its way, or was
};

// It found nobody, and that comes back to the node that it is from.
struct Bounce {
  Message message;
};

// A client's request arrives.
struct Asked {
  NodeId node;
  Request request;
};

// What a process planned for itself. It ends with the process: `life` counts its starts.
struct Wake {
  Tick at;
};
struct SyncDone {
  std::uint64_t seq = 0;  // written when it began
};
struct ManifestDone {
  Reservation reservation;
};
struct ReadDone {
  ColdRead read;
};
struct Chores {};  // hints, compaction
struct OwnEvent {
  NodeId node;
  std::uint64_t life = 0;
  std::variant<Wake, SyncDone, ManifestDone, ReadDone, Chores> what;
};

// Whatever somebody outside of the cluster wants to do then.
struct Plan {
  std::function<void()> run;
};

using Event = std::variant<Arrival, Bounce, Asked, OwnEvent, Plan>;
using WorldAgenda = Agenda<Event>;

}  // namespace kv
