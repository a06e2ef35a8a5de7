// What clients send, as what the store is asked.
//
// Breaks if  a field that cannot be is left to the store: it would cost a place in its queue,
//            and a number that does not fit would be cut off silently on the way.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include <kv/v1/key_value.pb.h>

#include "v4_replicated_kv/api/grpc/failure.hpp"
#include "v4_replicated_kv/replication/request.hpp"
#include "v4_replicated_kv/types.hpp"

namespace kv::rpc {

// The longest time that a client may ask to wait for.
inline constexpr std::uint32_t kTimeoutMsMax = 600'000;

struct RequestLimits {
  std::size_t key_bytes_max = kKeyBytesMax;  // at most this, as is the next
  std::size_t value_bytes_max = kValueBytesMax;
  std::size_t batch_operations_max = 1000;
  std::size_t batch_bytes_max = std::size_t{32} << 20;
};

// How long a call may take.
struct CallTime {
  std::chrono::microseconds usual{};  // where it says nothing
  std::chrono::microseconds left{};   // until its deadline; more than 0
};

// Whether the message is one at all: a batch may have so many operations and bytes.
[[nodiscard]] OrFailure<void> check(const v1::BatchRequest& batch,
                                    const RequestLimits& limits);

// What is copied is within the limits. The failures are all refusals.
[[nodiscard]] OrFailure<Request> store_request(const v1::PutRequest& put,
                                               const RequestLimits& limits,
                                               const CallTime& time);
[[nodiscard]] OrFailure<Request> store_request(const v1::GetRequest& get,
                                               const RequestLimits& limits,
                                               const CallTime& time);
[[nodiscard]] OrFailure<Request> store_request(const v1::DeleteRequest& erase,
                                               const RequestLimits& limits,
                                               const CallTime& time);
[[nodiscard]] OrFailure<Request> store_request(const v1::ScanRequest& scan,
                                               const RequestLimits& limits,
                                               const CallTime& time);
[[nodiscard]] OrFailure<Request> store_request(const v1::Operation& operation,
                                               const RequestLimits& limits,
                                               const CallTime& time);

}  // namespace kv::rpc
