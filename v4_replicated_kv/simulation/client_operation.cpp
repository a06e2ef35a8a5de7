#include "v4_replicated_kv/simulation/client_operation.hpp"

#include <fmt/format.h>

namespace kv {

namespace {

const char* name_of(OperationKind kind) {
  switch (kind) {
    case OperationKind::put:
      return "put";
    case OperationKind::get:
      return "read";
    case OperationKind::remove:
      break;
  }
  return "delete";
}

}  // namespace

std::string describe(const ClientOperation& operation) {
  const auto end = operation.returned ? fmt::format("{}", operation.returned->raw()) : "";
  const bool open = operation.is_write() && operation.outcome == Outcome::unknown;
  return fmt::format("{} of client {} at t={}..{}{}", name_of(operation.kind),
                     operation.client.raw(), operation.invoked.raw(), end,
                     open ? ", outcome unknown" : "");
}

std::string describe_write(const ClientOperation* write) {
  if (write == nullptr) return "nothing";
  return fmt::format("{} {} ({})", write->kind == OperationKind::put ? "value" : "delete",
                     write->written.raw(), describe(*write));
}

}  // namespace kv
