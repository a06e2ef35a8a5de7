// What a loop makes of its transport's events.
#pragma once

#include <utility>

#include "v4_replicated_kv/server/server_loop.hpp"

namespace kv {

class ServerLoop::Peers : public PeerEvents {
 public:
  explicit Peers(ServerLoop& loop) : loop_(loop) {}

  void came(Message message) override { loop_.local_.emplace_back(std::move(message)); }
  void undelivered(Message message) override {
    // Who asked asks again. To keep many long ones for nobody would take all memory.
    if (is_answer(message)) return;
    loop_.local_.emplace_back(Undelivered{std::move(message)});
  }
  void up(const Greeting& peer) override {
    loop_.up_.insert(peer.node);
    loop_.suspect(peer.node, false);
    if (loop_.peer_news_.up) loop_.peer_news_.up(peer);
  }
  void down(NodeId peer) override {
    loop_.up_.erase(peer);
    loop_.suspect(peer, true);
    if (loop_.peer_news_.down) loop_.peer_news_.down(peer);
  }
  void heard(NodeId peer) override {
    if (loop_.peer_news_.heard) loop_.peer_news_.heard(peer);
  }
  void ended(const Error& why) override {
    if (loop_.peer_news_.ended) loop_.peer_news_.ended(why);
  }

 private:
  ServerLoop& loop_;
};

}  // namespace kv
