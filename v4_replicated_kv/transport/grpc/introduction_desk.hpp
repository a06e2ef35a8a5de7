// Where other nodes' questions who this is are answered.
//
// Idea      whoever builds the server says who answers, on what thread it likes, and when it
//           likes. A question that is let go without an answer ends as "ask again".
// Breaks if  a question is kept: gRPC waits for it when the server is to end. So they are few,
//            and close() ends them all.
// Threads   any; `answer` is called on gRPC's, one call at a time, and not after close().
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>
#include <kv/v1/peer.pb.h>

#include "v4_replicated_kv/membership/formation_messages.hpp"

namespace kv {

class IntroductionDesk {
 public:
  // What an answer is handed to: once, on any thread; nothing where there is none now.
  using Give = std::move_only_function<void(std::optional<IAm>)>;
  // Takes the question to where it is answered, and does not wait.
  using Answer = std::function<void(WhoAreYou, Give)>;

  // The secret is empty where the cluster has none.
  void open(std::string secret, Answer answer);
  // Nobody answers any more. Not from within `answer`.
  void close();

  grpc::ServerUnaryReactor* ask(grpc::CallbackServerContext* context,
                                const v1::Introduction* question,
                                v1::Introduction* answer);

 private:
  class Open;

  [[nodiscard]] bool has_room();

  std::mutex mutex_;
  std::string secret_;
  Answer answer_;
  std::vector<std::weak_ptr<Open>> open_;
};

}  // namespace kv
