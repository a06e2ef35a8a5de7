// What the store says about a key, as HTTP says it.
//
// Idea      a write's error tells three things apart: nothing was written (refused), it may have
//           been (unknown), and how far it came. A client that retries needs no more, and one that
//           reads only the status does not take a lost answer for a lost write.
#pragma once

#include <cstddef>
#include <string>

#include "v4_replicated_kv/api/http/answer.hpp"
#include "v4_replicated_kv/replication/request.hpp"
#include "v4_replicated_kv/types.hpp"

namespace kv::http {

// What has to be remembered of a request to word its answer.
struct Asked {
  Verb verb = Verb::get;
  std::string key{};
  std::size_t copies = 1;    // N
  bool wants_bytes = false;  // of a get: the value as it is, if there is one
  bool wants_text = false;   // of a get: the value as a JSON string, alone
};

// At `now`, as values end.
[[nodiscard]] Answer kv_answer(const Asked& asked, const Reply& reply, WallMs now);

// A page of keys, and where the next one begins. Keys that are not UTF-8 are objects with the
// field key_base64.
[[nodiscard]] Answer keys_answer(const Reply& reply, std::size_t copies);

}  // namespace kv::http
