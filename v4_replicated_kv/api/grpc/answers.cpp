#include "v4_replicated_kv/api/grpc/answers.hpp"

#include <cstdint>
#include <string>
#include <utility>

#include "v4_replicated_kv/api/grpc/failure.hpp"
#include "v4_replicated_kv/versioning/visible.hpp"

namespace kv::rpc {

namespace {

std::uint32_t count(std::size_t number) {
  return static_cast<std::uint32_t>(number);
}

template <class Response>
void fill_written(Response& out, const Asked& asked, Reply& reply, std::size_t copies) {
  out.set_acks(count(reply.answers));
  out.set_w(count(reply.needed));
  out.set_n(count(copies));
  out.set_context(std::move(reply.context));
  out.set_reached(level_reached(asked, reply.answers, copies));
}

}  // namespace

v1::Level level_reached(const Asked& asked, std::size_t acks, std::size_t copies) {
  if (asked.linearizable) return v1::LEVEL_LINEARIZABLE;
  if (acks >= copies) return v1::LEVEL_ALL;
  return acks >= majority(copies) ? v1::LEVEL_QUORUM : v1::LEVEL_ONE;
}

void fill(v1::PutResponse& out, const Asked& asked, Reply& reply, std::size_t copies,
          WallMs /*now*/) {
  fill_written(out, asked, reply, copies);
}

void fill(v1::DeleteResponse& out, const Asked& asked, Reply& reply, std::size_t copies,
          WallMs /*now*/) {
  fill_written(out, asked, reply, copies);
}

void fill(v1::GetResponse& out, const Asked& /*asked*/, Reply& reply, std::size_t copies,
          WallMs now) {
  for (const Version* const version : visible(reply.state, now)) {
    const auto at = version - reply.state.versions.data();
    out.add_values(std::move(reply.state.versions[static_cast<std::size_t>(at)].value));
  }
  out.set_found(out.values_size() > 0);
  out.set_context(std::move(reply.context));
  out.set_replies(count(reply.answers));
  out.set_r(count(reply.needed));
  out.set_n(count(copies));
}

void fill(v1::ScanResponse& out, const Asked& /*asked*/, Reply& reply,
          std::size_t /*copies*/, WallMs /*now*/) {
  for (std::string& key : reply.keys) out.add_keys(std::move(key));
  if (reply.next) out.set_cursor(std::to_string(reply.next->raw()));
}

void fill(v1::OperationResult& out, const Asked& asked, Reply& reply, std::size_t copies,
          WallMs now) {
  if (reply.outcome != Outcome::ok) {
    *out.mutable_failure() = failure_of(asked.verb, reply);
    return;
  }
  switch (asked.verb) {
    case Verb::get:
      return fill(*out.mutable_get(), asked, reply, copies, now);
    case Verb::put:
      return fill(*out.mutable_put(), asked, reply, copies, now);
    case Verb::erase:
      return fill(*out.mutable_delete_(), asked, reply, copies, now);
    case Verb::list:
      break;  // is in no batch
  }
}

}  // namespace kv::rpc
