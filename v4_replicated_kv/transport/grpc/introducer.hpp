// Asks addresses who is there.
//
//   loop --- ask() ---> gRPC ===== a seed
//   loop <-- post ----- gRPC
//
// Idea      every question ends: with an answer, an error, or at its deadline. What it ended
//           with is told on whatever thread the asker says.
// Threads   ask(): any. `post` is called on gRPC's, and not after the introducer is gone.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "common/base/result.hpp"
#include "v4_replicated_kv/membership/formation_messages.hpp"

namespace kv {

class Introducer {
 public:
  using Task = std::move_only_function<void()>;
  using Post = std::function<void(Task)>;
  using Done = std::move_only_function<void(Result<IAm>)>;

  // The secret is empty where the cluster has none.
  Introducer(std::string secret, Post post);
  Introducer(const Introducer&) = delete;
  Introducer& operator=(const Introducer&) = delete;
  // Questions that have no answer yet get none.
  ~Introducer();

  // `address` is host:port, of a node's gRPC. io: nobody answers there, or not in time;
  // corrupt: what it says is no answer; conflict: it, or this node, lacks the secret.
  void ask(const std::string& address, const WhoAreYou& question,
           std::chrono::milliseconds deadline, Done done);

 private:
  struct Shared;
  struct Question;

  std::shared_ptr<Shared> shared_;
};

}  // namespace kv
