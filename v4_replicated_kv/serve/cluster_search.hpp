// A proxy finds a cluster, and follows it: as its members move, and as its ring changes.
//
//   seeds ---- who are you? ----> any node: here is the ring, here are the members
//
// Idea      the proxy decides nothing. What it has of the cluster a member has told it, and
//           several proxies agree, as all of them repeat what the members agreed on.
// Idea      who is connected need not be asked: a ring that changes starts its members anew,
//           and so does a move. So it asks for those that are missing.
// Idea      where a member is it says itself. What others say of it is one more place to ask
//           at: it is found there after a move, and an old rumour leads nowhere.
// Breaks if  it goes over to another cluster while the one it has is there: a seed that was
//            given to somebody else would take all clients with it. It does so only where
//            nobody of the old one is in reach.
// Threads   look(): one at a time. All may be called by any.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "v4_replicated_kv/membership/formation_messages.hpp"
#include "v4_replicated_kv/placement/ring_state.hpp"

namespace kv {

// What a guest has to know of a cluster.
struct FoundCluster {
  ClusterId cluster;
  std::uint64_t hash_seed = 0;
  std::shared_ptr<const RingState> ring;
};

class ClusterSearch {
 public:
  using Told = std::function<void(IAm)>;
  // Asks whoever is at this address, and tells what it answers, if it does; from any thread.
  using Ask = std::function<void(const std::string& address, const WhoAreYou& question,
                                 Told told)>;

  // Seeds are addresses of gRPC.
  ClusterSearch(Card self, std::vector<std::string> seeds, Ask ask);

  // Asks all seeds, or once a cluster is found, for those of its members that are missing:
  // each where it was and where others say it is, and one that is there what it has heard;
  // and the seeds again if all are missing. What they say is in found() some time later.
  void look(const std::vector<std::string>& missing);

  // What this member answered is to be followed, whatever it was until now: somebody has
  // said so.
  void follow(const IAm& answer);

  // The same object until there is something else to follow; null before there is any.
  [[nodiscard]] std::shared_ptr<const FoundCluster> found() const;

  // Where the members of that cluster were last heard to be.
  [[nodiscard]] std::vector<MemberAddresses> members() const;

 private:
  struct State;

  Card self_;
  std::vector<std::string> seeds_;
  Ask ask_;
  std::shared_ptr<State> state_;  // answers may come when all else has gone
};

}  // namespace kv
