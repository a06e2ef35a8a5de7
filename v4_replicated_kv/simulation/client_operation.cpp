#include "v4_replicated_kv/simulation/client_operation.hpp"

#include <fmt/format.h>

#include "v4_replicated_kv/simulation/trace.hpp"

namespace kv {

namespace {

const char* name_of(OperationKind kind) {
  switch (kind) {
    case OperationKind::put:
      return "put";
    case OperationKind::get:
      return "get";
    case OperationKind::remove:
      break;
  }
  return "delete";
}

}  // namespace

std::string describe(const ClientOperation& operation) {
  const auto end = operation.returned ? milliseconds_text(*operation.returned) : "";
  const bool open = operation.is_write() && operation.outcome == Outcome::unknown;
  return fmt::format("{} of {} at t={}..{}{}", name_of(operation.kind), operation.who,
                     milliseconds_text(operation.invoked), end,
                     open ? ", outcome unknown" : "");
}

std::string describe_write(const ClientOperation* write) {
  if (write == nullptr) return "nothing";
  if (write->kind == OperationKind::remove) return "the " + describe(*write);
  return fmt::format("{} ({})", write->value, describe(*write));
}

Interval interval_of(const ClientOperation& operation) {
  return {.from = operation.invoked,
          .to = operation.returned.value_or(operation.invoked)};
}

}  // namespace kv
