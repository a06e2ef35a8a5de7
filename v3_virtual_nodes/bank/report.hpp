// A run of the bank as text, JSON and CSV, and what a clock said of it.
#pragma once

#include <string>

#include "common/report/paint.hpp"
#include "v3_virtual_nodes/bank/bank_run.hpp"

namespace kv::bank {

// "at once" and "lazily".
[[nodiscard]] std::string_view name_of(Rebalance way);

// One screen, 90 columns wide, the same bytes in every run.
[[nodiscard]] std::string render_text(const BankRun& run, Style style);

// Times and what depends on them: for standard error, as no two runs agree on them.
[[nodiscard]] std::string render_timing(const BankRun& run, Style style);

// One object; only fields that end in _ms or _ns differ between two runs.
[[nodiscard]] std::string render_json(const BankRun& run);

// A row a database and step, amounts in whole cents.
[[nodiscard]] std::string render_csv(const BankRun& run);

}  // namespace kv::bank
