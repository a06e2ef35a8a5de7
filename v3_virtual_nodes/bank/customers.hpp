// Where records come from: made up from a seed, or a CSV file.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/result.hpp"
#include "common/keys/key_source.hpp"
#include "common/progress.hpp"
#include "v3_virtual_nodes/bank/record.hpp"

namespace kv::bank {

inline constexpr std::uint64_t kRecordsMax = 10'000'000;

// The most (and, below zero, the least) that a file may say of one account. Far from what
// 64 bits can count, so that the sums of any file fit.
inline constexpr Cents kBalanceMax{99'999'999'99};

// The first line of every file.
inline constexpr std::string_view kHeader =
    "number,first_name,last_name,savings,checking,401k";

struct Customers {
  std::vector<Record> records;
  std::uint64_t skipped = 0;  // empty lines
};

// Customer `index` of the made-up ones: always the same for the same seed.
[[nodiscard]] Record made_up_customer(std::uint64_t seed, std::uint64_t index);

// All records of `source`. A file that cannot be used is an error that begins with the
// file and, unless it cannot be read at all, the line: no header, a row of another number
// of fields, a field that is not what its column takes, a number that is there already,
// no record or more than kRecordsMax.
[[nodiscard]] kv::Result<Customers> read_customers(const KeySource& source,
                                                   std::uint64_t seed,
                                                   Progress& progress);

}  // namespace kv::bank
