// What a proxy does with `POST /AddServer`: it finds out who the node is, and asks a member of
// its cluster to take it in; or if there is none yet, the node itself.
//
//   url -- HTTP: what is your gRPC? --> a member -- add it: how far are you? --> done, or why not
//
// Idea      the proxy has no disk, so it decides nothing: it asks a member, again and again,
//           and if that is gone another one. To add what is added already changes nothing.
// Breaks if  the client waits for ever: after kAddingTime it is told that nobody knows.
// Threads   take(): any; an answer is handed out where tick() is called.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "common/base/result.hpp"
#include "common/base/rng.hpp"
#include "v4_replicated_kv/api/http/add_server.hpp"
#include "v4_replicated_kv/membership/formation_messages.hpp"

namespace kv {

class Adding {
 public:
  using Done = std::move_only_function<void(http::Answer)>;
  using Told = std::function<void(Result<IAm>)>;
  // Asks the node whose gRPC this is; tells from any thread.
  using Ask = std::function<void(const std::string& address,
                                 const RefoundQuestion& question, Told told)>;

  struct Answered {
    Done done;
    http::Answer answer;
    std::optional<IAm> said{};  // of a member of the cluster that is to be followed now
  };

  Adding(std::uint64_t chance, Ask ask) : chance_(chance), ask_(std::move(ask)) {}

  void take(http::ServerToAdd what, Done done);

  // Goes on with what there is to do, one after the other; blocks while the node is asked over
  // HTTP. `members` are those of the proxy's cluster, none where it has none.
  [[nodiscard]] std::optional<Answered> tick(const std::vector<MemberAddresses>& members);

  // Whether requests are taken. Those that wait belong to a door: before that goes they are
  // given up, each as one of give_up(), and no more come.
  void open(bool is);
  [[nodiscard]] std::optional<Answered> give_up();

 private:
  using Clock = std::chrono::steady_clock;
  struct Request {
    http::ServerToAdd what;
    Done done;
  };
  // What was answered last, from gRPC's threads.
  struct Heard {
    std::mutex mutex;
    std::optional<Result<IAm>> answer{};
  };

  [[nodiscard]] bool begin();
  [[nodiscard]] Answered end(int status, std::string_view code, std::string why);
  void ask(const std::vector<MemberAddresses>& members);
  [[nodiscard]] std::optional<Answered> look(const Result<IAm>& answer);

  Rng chance_;
  Ask ask_;
  std::mutex mutex_;
  std::deque<Request> waiting_;  // with the lock
  bool is_open_ = true;          // with the lock

  std::optional<Request> now_{};
  std::string name_;  // of the node, and
  std::string grpc_;  // where it is; empty until that is known
  std::uint64_t attempt_ = 0;
  std::size_t turn_ = 0;  // which member is asked
  Clock::time_point until_{};
  bool is_asked_ = false;
  std::shared_ptr<Heard> heard_{};
  std::string trouble_;
};

}  // namespace kv
