// Why a call fails, as a status and as what comes with it.
//
// Idea      gRPC's codes are a few, for any service; the store's are its own. A call that
//           fails has both: the code that every client knows, and in the trailing metadata
//           the store's failure, whole.
// Breaks if  a write whose fate nobody knows ends with a code that says "refused": its client
//            believes that nothing was written. So RESOURCE_EXHAUSTED of a full disk becomes
//            UNAVAILABLE where another owner may have taken the write.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include <grpcpp/support/status.h>
#include <kv/v1/key_value.pb.h>

#include "v4_replicated_kv/replication/request.hpp"

namespace kv::rpc {

template <class T>
using OrFailure = std::expected<T, v1::Failure>;

// The key of the trailing metadata that has the serialized Failure.
inline constexpr const char* kFailureMetadata = "kv-failure-bin";

[[nodiscard]] v1::Failure failure(v1::Code code, std::string_view why);

// Of a reply that is not ok.
[[nodiscard]] v1::Failure failure_of(Verb verb, const Reply& reply);

[[nodiscard]] grpc::Status status_of(const v1::Failure& failure);

}  // namespace kv::rpc
