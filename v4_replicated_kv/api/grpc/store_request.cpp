#include "v4_replicated_kv/api/grpc/store_request.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "common/base/whole_number.hpp"
#include "v4_replicated_kv/api/request_id.hpp"
#include "v4_replicated_kv/versioning/context.hpp"
#include "v4_replicated_kv/versioning/expiry.hpp"

namespace kv::rpc {

namespace {

template <class... Words>
std::unexpected<v1::Failure> bad(fmt::format_string<Words...> words, Words&&... rest) {
  return std::unexpected(
      failure(v1::CODE_BAD_REQUEST, fmt::format(words, std::forward<Words>(rest)...)));
}

std::unexpected<v1::Failure> too_large(const std::string& why) {
  return std::unexpected(failure(v1::CODE_TOO_LARGE, why));
}

OrFailure<std::optional<Level>> level_of(v1::Level level) {
  switch (level) {
    case v1::LEVEL_UNSPECIFIED:
      return std::nullopt;
    case v1::LEVEL_ONE:
      return Level::one;
    case v1::LEVEL_QUORUM:
      return Level::quorum;
    case v1::LEVEL_ALL:
      return Level::all;
    case v1::LEVEL_LINEARIZABLE:
      return Level::linearizable;
    case v1::LEVEL_ANY:
    case v1::LEVEL_LOCAL_ONE:
    case v1::LEVEL_LOCAL_QUORUM:
      return bad(
          "the level {} is not there yet: take LEVEL_ONE, LEVEL_QUORUM, LEVEL_ALL or "
          "LEVEL_LINEARIZABLE",
          v1::Level_Name(level));
    default:
      return bad("{} is no level: they are 0 to {}", static_cast<int>(level),
                 static_cast<int>(v1::Level_MAX));
  }
}

OrFailure<Consistency> consistency_of(const v1::Consistency& asked) {
  const auto level = level_of(asked.level());
  if (!level) return std::unexpected(level.error());
  Consistency consistency{.level = *level};
  if (asked.answers() == 0) return consistency;
  if (*level) return bad("a level says how many copies: leave out `answers`");
  consistency.answers = asked.answers();
  return consistency;
}

OrFailure<Tick> patience_of(std::uint32_t timeout_ms, const CallTime& time) {
  if (timeout_ms > kTimeoutMsMax) {
    return bad("timeout_ms is at most {}, not {}", kTimeoutMsMax, timeout_ms);
  }
  const auto wished =
      timeout_ms == 0 ? time.usual
                      : std::chrono::microseconds(std::chrono::milliseconds(timeout_ms));
  return Tick{static_cast<std::uint64_t>(std::min(wished, time.left).count())};
}

// What all three have.
template <class Asked>
OrFailure<Request> begun(Verb verb, const Asked& asked, const RequestLimits& limits,
                         const CallTime& time) {
  if (asked.key().empty() || asked.key().size() > limits.key_bytes_max) {
    const auto why = fmt::format("a key has 1 to {} bytes, not {}", limits.key_bytes_max,
                                 asked.key().size());
    return asked.key().empty() ? bad("{}", why) : too_large(why);
  }
  const auto consistency = consistency_of(asked.consistency());
  if (!consistency) return std::unexpected(consistency.error());
  const auto patience = patience_of(asked.timeout_ms(), time);
  if (!patience) return std::unexpected(patience.error());
  return Request{.verb = verb,
                 .key = asked.key(),
                 .consistency = *consistency,
                 .patience = *patience};
}

// What both kinds of write have.
template <class Asked>
OrFailure<Request> begun_write(Verb verb, const Asked& asked, const RequestLimits& limits,
                               const CallTime& time) {
  auto request = begun(verb, asked, limits, time);
  if (!request) return request;
  const auto id = request_id_of(asked.request_id());
  if (!id) {
    return bad("a request_id has at most {} bytes, not {}", kRequestIdBytesMax,
               asked.request_id().size());
  }
  if (asked.context().size() > kContextLettersMax) {
    return bad("a context of {} letters is not one of ours", asked.context().size());
  }
  request->id = *id;
  request->context = asked.context();
  return request;
}

}  // namespace

OrFailure<void> check(const v1::BatchRequest& batch, const RequestLimits& limits) {
  const auto operations = static_cast<std::size_t>(batch.operations_size());
  if (operations > limits.batch_operations_max) {
    return too_large(
        fmt::format("a batch has at most {} operations, not {}: send several",
                    limits.batch_operations_max, operations));
  }
  if (const std::size_t bytes = batch.ByteSizeLong(); bytes > limits.batch_bytes_max) {
    return too_large(fmt::format("a batch has at most {} bytes, not {}: send several",
                                 limits.batch_bytes_max, bytes));
  }
  return {};
}

OrFailure<Request> store_request(const v1::PutRequest& put, const RequestLimits& limits,
                                 const CallTime& time) {
  auto request = begun_write(Verb::put, put, limits, time);
  if (!request) return request;
  if (put.value().size() > limits.value_bytes_max) {
    return too_large(fmt::format("the value has {} bytes, and may have {}",
                                 put.value().size(), limits.value_bytes_max));
  }
  if (put.ttl_s() > kTtlMsMax / 1000) {
    return bad("ttl_s is at most {}, not {}", kTtlMsMax / 1000, put.ttl_s());
  }
  request->value = put.value();
  request->ttl_ms = put.ttl_s() * 1000;
  return request;
}

OrFailure<Request> store_request(const v1::GetRequest& get, const RequestLimits& limits,
                                 const CallTime& time) {
  return begun(Verb::get, get, limits, time);
}

OrFailure<Request> store_request(const v1::DeleteRequest& erase,
                                 const RequestLimits& limits, const CallTime& time) {
  return begun_write(Verb::erase, erase, limits, time);
}

OrFailure<Request> store_request(const v1::ScanRequest& scan, const RequestLimits& limits,
                                 const CallTime& time) {
  constexpr std::uint32_t kUsual = 100;
  if (scan.prefix().size() > limits.key_bytes_max) {
    return too_large(fmt::format("a prefix has at most {} bytes, as a key, not {}",
                                 limits.key_bytes_max, scan.prefix().size()));
  }
  if (scan.limit() > kListedKeysMax) {
    return bad("limit is at most {}, not {}", kListedKeysMax, scan.limit());
  }
  const auto from = scan.cursor().empty() ? std::optional<std::uint64_t>(0)
                                          : whole_number(scan.cursor());
  if (!from) return bad("the cursor is what the answer before said, as it said it");
  const auto patience = patience_of(0, time);
  if (!patience) return std::unexpected(patience.error());
  return Request{.verb = Verb::list,
                 .key = scan.prefix(),
                 .patience = *patience,
                 .limit = scan.limit() == 0 ? kUsual : scan.limit(),
                 .from = KeyHash{*from}};
}

OrFailure<Request> store_request(const v1::Operation& operation,
                                 const RequestLimits& limits, const CallTime& time) {
  switch (operation.operation_case()) {
    case v1::Operation::kPut:
      return store_request(operation.put(), limits, time);
    case v1::Operation::kGet:
      return store_request(operation.get(), limits, time);
    case v1::Operation::kDelete:
      return store_request(operation.delete_(), limits, time);
    case v1::Operation::OPERATION_NOT_SET:
      break;
  }
  return bad("an operation is a put, a get or a delete");
}

}  // namespace kv::rpc
