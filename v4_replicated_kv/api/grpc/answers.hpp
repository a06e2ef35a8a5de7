// What the store says, as what clients are sent.
#pragma once

#include <cstddef>

#include <kv/v1/key_value.pb.h>

#include "v4_replicated_kv/replication/request.hpp"
#include "v4_replicated_kv/types.hpp"

namespace kv::rpc {

// What of a request its answer depends on.
struct Asked {
  Verb verb = Verb::get;
  bool linearizable = false;
};

[[nodiscard]] inline Asked asked_by(const Request& request) {
  return {.verb = request.verb,
          .linearizable = request.consistency.level == Level::linearizable};
}

// The level that so many acknowledgements of `copies` come to.
[[nodiscard]] v1::Level level_reached(const Asked& asked, std::size_t acks,
                                      std::size_t copies);

// Of replies that are ok. Values are moved out of the reply, and those whose time was over at
// `now` left out.
void fill(v1::PutResponse& out, const Asked& asked, Reply& reply, std::size_t copies,
          WallMs now);
void fill(v1::GetResponse& out, const Asked& asked, Reply& reply, std::size_t copies,
          WallMs now);
void fill(v1::DeleteResponse& out, const Asked& asked, Reply& reply, std::size_t copies,
          WallMs now);
void fill(v1::ScanResponse& out, const Asked& asked, Reply& reply, std::size_t copies,
          WallMs now);

// Of whatever reply: one that failed has its failure.
void fill(v1::OperationResult& out, const Asked& asked, Reply& reply, std::size_t copies,
          WallMs now);

}  // namespace kv::rpc
