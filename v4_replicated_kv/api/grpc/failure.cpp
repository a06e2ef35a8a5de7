#include "v4_replicated_kv/api/grpc/failure.hpp"

#include <cstdint>

#include "common/base/text.hpp"

namespace kv::rpc {

namespace {

v1::Code code_of(Trouble trouble, Verb verb) {
  switch (trouble) {
    case Trouble::none:
    case Trouble::bad_request:
      return v1::CODE_BAD_REQUEST;
    case Trouble::not_reached:
      return verb == Verb::get || verb == Verb::list ? v1::CODE_READ_QUORUM_NOT_REACHED
                                                     : v1::CODE_WRITE_QUORUM_NOT_REACHED;
    case Trouble::timed_out:
      return v1::CODE_TIMEOUT;
    case Trouble::not_ready:
      return v1::CODE_NOT_READY;
    case Trouble::too_large:
      return v1::CODE_TOO_LARGE;
    case Trouble::disk_full:
      return v1::CODE_DISK_FULL;
    case Trouble::conflict:
      return v1::CODE_CONFLICT;
    case Trouble::overloaded:
      return v1::CODE_OVERLOADED;
  }
  return v1::CODE_NOT_READY;
}

grpc::StatusCode status_code_of(v1::Code code) {
  switch (code) {
    case v1::CODE_BAD_REQUEST:
    case v1::CODE_TOO_LARGE:
      return grpc::StatusCode::INVALID_ARGUMENT;
    case v1::CODE_UNAUTHORIZED:
      return grpc::StatusCode::UNAUTHENTICATED;
    case v1::CODE_FORBIDDEN:
      return grpc::StatusCode::PERMISSION_DENIED;
    case v1::CODE_CONFLICT:
      return grpc::StatusCode::FAILED_PRECONDITION;
    case v1::CODE_OVERLOADED:
    case v1::CODE_DISK_FULL:
      return grpc::StatusCode::RESOURCE_EXHAUSTED;
    case v1::CODE_TIMEOUT:
      return grpc::StatusCode::DEADLINE_EXCEEDED;
    default:
      return grpc::StatusCode::UNAVAILABLE;
  }
}

}  // namespace

v1::Failure failure(v1::Code code, std::string_view why) {
  v1::Failure failure;
  failure.set_code(code);
  failure.set_error(one_line(why));
  return failure;
}

v1::Failure failure_of(Verb verb, const Reply& reply) {
  v1::Failure made = failure(code_of(reply.trouble, verb), reply.detail);
  const bool is_write = verb == Verb::put || verb == Verb::erase;
  made.set_outcome_unknown(is_write && reply.outcome == Outcome::unknown);
  made.set_acks(static_cast<std::uint32_t>(reply.answers));
  made.set_needed(static_cast<std::uint32_t>(reply.needed));
  return made;
}

grpc::Status status_of(const v1::Failure& failure) {
  grpc::StatusCode code = status_code_of(failure.code());
  if (failure.outcome_unknown() && code != grpc::StatusCode::DEADLINE_EXCEEDED) {
    code = grpc::StatusCode::UNAVAILABLE;
  }
  return {code, failure.error()};
}

}  // namespace kv::rpc
