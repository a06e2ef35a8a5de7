// `POST /AddServer`, for doors of whoever can carry it out: a proxy.
#pragma once

#include <functional>
#include <string>

#include "v4_replicated_kv/api/http/answer.hpp"

namespace kv::http {

struct ServerToAdd {
  std::string url{};  // of its HTTP, as the client wrote it
  double weight = 0;  // 0: the node's own
};

// Called on the loop's thread; so is to be what it was given, once.
using AddServer =
    std::function<void(ServerToAdd what, std::move_only_function<void(Answer)> done)>;

}  // namespace kv::http
