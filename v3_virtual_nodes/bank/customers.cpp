#include "v3_virtual_nodes/bank/customers.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <string_view>
#include <system_error>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "common/base/text.hpp"
#include "common/report/numbers.hpp"
#include "v3_virtual_nodes/bank/csv.hpp"

namespace kv::bank {

namespace {

// A number or a name is printed on terminals, so it holds nothing that acts there.
kv::Result<void> check_word(const CsvReader& rows, std::string_view column,
                            const std::string& text) {
  if (!text.empty() && one_line(text) == text) return {};
  return rows.refuse(
      fmt::format("{}: {} is not at least one character of printable UTF-8", column,
                  printable(text)));
}

kv::Result<Record> record_of(const CsvReader& rows, std::vector<std::string>& fields) {
  if (fields.size() != 3 + kAccounts.size()) {
    return rows.refuse(fmt::format("a row of {}; takes {}: {}",
                                   counted(fields.size(), "field"), 3 + kAccounts.size(),
                                   kHeader));
  }
  constexpr std::array<std::string_view, 3> kWords{"number", "first_name", "last_name"};
  for (std::size_t i = 0; i < kWords.size(); ++i) {
    if (auto checked = check_word(rows, kWords[i], fields[i]); !checked) {
      return std::unexpected(checked.error());
    }
  }
  Record record{.number = std::move(fields[0]),
                .first_name = std::move(fields[1]),
                .last_name = std::move(fields[2])};
  for (const Account account : kAccounts) {
    const auto balance = parse_cents(fields[3 + static_cast<std::size_t>(account)]);
    if (!balance) {
      return rows.refuse(fmt::format("{}: {}", name_of(account), balance.error().detail));
    }
    if (*balance > kBalanceMax || *balance < Cents{-kBalanceMax.raw()}) {
      return rows.refuse(fmt::format(
          "{}: {} is too much; takes {} to {}", name_of(account), to_text(*balance),
          to_text(Cents{-kBalanceMax.raw()}), to_text(kBalanceMax)));
    }
    record.balance(account) = *balance;
  }
  return record;
}

kv::Result<void> read_header(CsvReader& rows) {
  const auto fields = rows.next();
  if (!fields) return std::unexpected(fields.error());
  if (fmt::format("{}", fmt::join(*fields, ",")) == kHeader) return {};
  return rows.refuse(fmt::format("the first line is not the header {}", kHeader));
}

kv::Result<Customers> read_rows(CsvReader& rows, Progress& progress) {
  if (auto header = read_header(rows); !header) return std::unexpected(header.error());
  progress.begin("reading records", 0);
  Customers customers;
  std::unordered_set<std::string> seen;
  for (;;) {
    auto fields = rows.next();
    if (!fields) return std::unexpected(fields.error());
    if (fields->empty()) break;
    if (customers.records.size() == kRecordsMax) {
      return rows.refuse(
          fmt::format("is one record more than {}; give a part of them", kRecordsMax));
    }
    auto record = record_of(rows, *fields);
    if (!record) return std::unexpected(record.error());
    if (!seen.insert(record->number).second) {
      return rows.refuse(
          fmt::format("number: {} is the number of a record above; each customer needs "
                      "one of their own",
                      printable(record->number)));
    }
    customers.records.push_back(std::move(*record));
    if (customers.records.size() % 1024 == 0) progress.at(customers.records.size());
  }
  if (customers.records.empty()) {
    return rows.refuse("the file ends without a record; takes one customer a line");
  }
  customers.skipped = rows.skipped();
  return customers;
}

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }  // only read: no loss
};

kv::Result<Customers> read_file(const std::string& path, Progress& progress) {
  const std::unique_ptr<std::FILE, CloseFile> file(std::fopen(path.c_str(), "rb"));
  if (file == nullptr) {
    const auto code = errno == ENOENT ? kv::Errc::not_found : kv::Errc::io;
    const std::string why = std::generic_category().message(errno);
    return fail(code, fmt::format("{}: cannot be opened: {}", printable(path), why));
  }
  CsvReader rows(file.get(), path);
  return read_rows(rows, progress);
}

}  // namespace

kv::Result<Customers> read_customers(const KeySource& source, std::uint64_t seed,
                                     Progress& progress) {
  if (source.kind == KeySource::Kind::file) return read_file(source.path, progress);
  if (source.kind == KeySource::Kind::standard_input) {
    CsvReader rows(stdin, describe(source));
    return read_rows(rows, progress);
  }
  Customers customers;
  customers.records.reserve(source.count);
  progress.begin("making up records", source.count);
  for (std::uint64_t i = 0; i < source.count; ++i) {
    customers.records.push_back(made_up_customer(seed, i));
    if (i % 1024 == 0) progress.at(i);
  }
  return customers;
}

}  // namespace kv::bank
