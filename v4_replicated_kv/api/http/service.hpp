// From a request to its answer: what the store's HTTP is, without a socket.
//
//   head --> plan()       what is wanted; how long its body may be
//   body --> carry_out()  the question to the node, and its answer's wording
//
// Idea      all that can be said of a head is said before its body is read, let alone stored:
//           a body that nobody wants costs nothing but the connection.
// Threads   the loop's.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "v4_replicated_kv/api/http/add_server.hpp"
#include "v4_replicated_kv/api/http/answer.hpp"
#include "v4_replicated_kv/api/http/foreign_pages.hpp"
#include "v4_replicated_kv/api/http/http_request.hpp"
#include "v4_replicated_kv/api/http/parameters.hpp"
#include "v4_replicated_kv/api/http/route.hpp"
#include "v4_replicated_kv/runtime/client_port.hpp"

namespace kv::http {

struct Plan {
  std::optional<Refusal> refused{};
  What what = What::alive;
  bool is_head = false;
  std::string key{};
  Parameters parameters{};
  bool brings_bytes = false;  // the body is the value as it is
  bool wants_bytes = false;   // so is to be the answer
  std::size_t body_bytes_max = 0;
};

class Service {
 public:
  using Done = std::move_only_function<void(Answer)>;

  // `add_server` is empty where that is not done.
  Service(ClientPort& port, std::size_t value_bytes_max, AddServer add_server = {})
      : port_(port),
        value_bytes_max_(value_bytes_max),
        add_server_(std::move(add_server)) {}

  [[nodiscard]] Plan plan(const HttpRequest& head) const;

  // `done` is called once, perhaps before this returns.
  void carry_out(Plan plan, HttpRequest& request, Done done);

  // What a door knows and a port does not: where clients reach this node, by which names, and
  // by which hash the cluster's keys lie.
  struct Own {
    std::string address{};
    DoorNames names{};
    std::function<KeyHash(std::string_view key)> hash{};
  };
  void set_own(Own own) { own_ = std::move(own); }

 private:
  [[nodiscard]] OrRefused<Parameters> parameters_of(const Route& route) const;
  [[nodiscard]] OrRefused<void> check_copies(const Parameters& parameters) const;
  [[nodiscard]] std::size_t body_bytes_max(What what, bool brings_bytes) const;
  [[nodiscard]] OrRefused<Request> request_for(Plan& plan, HttpRequest& request) const;
  void ask(Plan plan, HttpRequest& request, Done done);
  void add_server(const HttpRequest& request, Done done);
  void list(Plan plan, Done done);
  void run_batch(const Plan& plan, const HttpRequest& request, Done done);
  [[nodiscard]] Answer told(const Plan& plan) const;

  ClientPort& port_;
  std::size_t value_bytes_max_;
  AddServer add_server_;
  Own own_;
};

}  // namespace kv::http
