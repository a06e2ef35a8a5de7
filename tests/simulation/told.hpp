// Histories, written down the short way.
#pragma once

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <vector>

#include "v4_replicated_kv/simulation/client_history.hpp"

namespace kv::test {

inline std::vector<WriteId> ids(std::initializer_list<std::uint64_t> numbers) {
  std::vector<WriteId> out;
  for (const std::uint64_t number : numbers) out.emplace_back(number);
  return out;
}

// An operation on key 3, at level linearizable, that succeeded from `from` to `to`.
inline Operation told(OperationKind kind, std::uint32_t client, std::uint64_t from,
                      std::uint64_t to) {
  return {.client = ClientId{client},
          .key = KeyNumber{3},
          .kind = kind,
          .level = Level::linearizable,
          .invoked = Tick{from},
          .returned = Tick{to},
          .outcome = Outcome::ok};
}

inline Operation put(std::uint32_t client, std::uint64_t id, std::uint64_t from,
                     std::uint64_t to) {
  Operation operation = told(OperationKind::put, client, from, to);
  operation.written = WriteId{id};
  return operation;
}

inline Operation remove(std::uint32_t client, std::uint64_t id, std::uint64_t from,
                        std::uint64_t to) {
  Operation operation = put(client, id, from, to);
  operation.kind = OperationKind::remove;
  return operation;
}

inline Operation get(std::uint32_t client, std::initializer_list<std::uint64_t> seen,
                     std::uint64_t from, std::uint64_t to) {
  Operation operation = told(OperationKind::get, client, from, to);
  operation.seen = ids(seen);
  return operation;
}

// The same, but nobody knows whether it happened; refused; without an answer.
inline Operation unknown(Operation operation) {
  operation.outcome = Outcome::unknown;
  operation.seen.clear();
  return operation;
}

inline Operation refused(Operation operation) {
  operation.outcome = Outcome::refused;
  operation.seen.clear();
  return operation;
}

inline Operation unanswered(Operation operation) {
  operation = unknown(operation);
  operation.returned.reset();
  return operation;
}

inline Operation asked_for(Level level, Operation operation) {
  operation.level = level;
  return operation;
}

inline Operation on_key(std::uint32_t key, Operation operation) {
  operation.key = KeyNumber{key};
  return operation;
}

inline Operation covering(std::initializer_list<std::uint64_t> covered,
                          Operation operation) {
  operation.covered = ids(covered);
  return operation;
}

inline ClientHistory history_of(std::vector<Operation> operations) {
  std::ranges::stable_sort(operations, {}, &Operation::invoked);
  ClientHistory history;
  for (const Operation& operation : operations) history.add(operation);
  return history;
}

}  // namespace kv::test
