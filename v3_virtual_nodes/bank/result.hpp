// What a bank can refuse: a code for programs and one sentence for people.
//
// Why     kv::Error knows files and flags; whoever calls a bank has to decide about other
//         things: try another account, or tell the customer. So the bank has its own
//         codes, in the shape of common/base/result.hpp.
#pragma once

#include <expected>
#include <string>
#include <utility>

namespace kv::bank {

enum class Errc {
  unknown_record,      // no customer has this number
  duplicate_record,    // a customer has this number already
  unknown_database,    // no database has this name
  duplicate_database,  // a database has this name already
  bad_database,        // a name or weight that a database cannot have, or one too many
  last_database,       // records need a place, so the last database stays
  no_database,         // a record before the first database
  insufficient_funds,  // the account holds less than is to leave it
  bad_amount,          // not an amount, or one that cannot be moved
  overflow,            // more cents than 64 bits can count
};

struct Error {
  Errc code;
  std::string detail;
};

template <class T>
using Result = std::expected<T, Error>;

// `return refuse(Errc::unknown_record, "...")` in a function that returns a Result.
[[nodiscard]] inline std::unexpected<Error> refuse(Errc code, std::string detail) {
  return std::unexpected(Error{code, std::move(detail)});
}

}  // namespace kv::bank
