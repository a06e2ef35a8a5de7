// Histories, written down the short way.
#pragma once

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include "v4_replicated_kv/simulation/client_history.hpp"

namespace kv::test {

inline std::vector<WriteId> ids(std::initializer_list<std::uint64_t> numbers) {
  std::vector<WriteId> out;
  for (const std::uint64_t number : numbers) out.emplace_back(number);
  return out;
}

// An operation on key 3, at level linearizable, that succeeded from `from` to `to`.
inline ClientOperation told(OperationKind kind, std::uint32_t client, std::uint64_t from,
                            std::uint64_t to) {
  return {.client = ClientId{client},
          .who = "c" + std::to_string(client),
          .key = KeyNumber{3},
          .kind = kind,
          .level = Level::linearizable,
          .invoked = Tick{from},
          .returned = Tick{to},
          .outcome = Outcome::ok};
}

inline ClientOperation put(std::uint32_t client, std::uint64_t id, std::uint64_t from,
                           std::uint64_t to) {
  ClientOperation operation = told(OperationKind::put, client, from, to);
  operation.written = WriteId{id};
  operation.value = std::to_string(id);
  return operation;
}

inline ClientOperation remove(std::uint32_t client, std::uint64_t id, std::uint64_t from,
                              std::uint64_t to) {
  ClientOperation operation = put(client, id, from, to);
  operation.kind = OperationKind::remove;
  return operation;
}

inline ClientOperation get(std::uint32_t client,
                           std::initializer_list<std::uint64_t> seen, std::uint64_t from,
                           std::uint64_t to) {
  ClientOperation operation = told(OperationKind::get, client, from, to);
  operation.seen = ids(seen);
  return operation;
}

// The same, but nobody knows whether it happened; refused; without an answer.
inline ClientOperation unknown(ClientOperation operation) {
  operation.outcome = Outcome::unknown;
  operation.seen.clear();
  return operation;
}

inline ClientOperation refused(ClientOperation operation) {
  operation.outcome = Outcome::refused;
  operation.seen.clear();
  return operation;
}

inline ClientOperation unanswered(ClientOperation operation) {
  operation = unknown(operation);
  operation.returned.reset();
  return operation;
}

// Acknowledged, but an earlier try of it may still take effect.
inline ClientOperation tried_twice(ClientOperation operation) {
  operation.may_return = true;
  return operation;
}

inline ClientOperation asked_for(Level level, ClientOperation operation) {
  operation.level = level;
  return operation;
}

inline ClientOperation having_heard(Level level, ClientOperation operation) {
  operation.heard = level;
  return operation;
}

inline ClientOperation on_key(std::uint32_t key, ClientOperation operation) {
  operation.key = KeyNumber{key};
  return operation;
}

inline ClientOperation covering(std::initializer_list<std::uint64_t> covered,
                                ClientOperation operation) {
  operation.covered = ids(covered);
  return operation;
}

inline ClientHistory history_of(std::vector<ClientOperation> operations) {
  std::ranges::stable_sort(operations, {}, &ClientOperation::invoked);
  ClientHistory history;
  for (const ClientOperation& operation : operations) history.add(operation);
  return history;
}

}  // namespace kv::test
