// Rows of a CSV file (RFC 4180), one at a time.
//
// A field may stand in double quotes, and then holds commas, line ends and, doubled,
// quotes. Lines end in LF or CR LF; empty ones are skipped, and so is a byte order mark
// at the beginning. Fields and rows have limits, so a file without line ends or with a
// quote that is never closed cannot fill the memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "common/base/result.hpp"

namespace kv::bank {

inline constexpr std::size_t kFieldBytesMax = 256;
inline constexpr std::size_t kRowBytesMax = 4096;  // quotes and commas included
inline constexpr std::size_t kFieldsMax = 64;

class CsvReader {
 public:
  // Reads from `file`, which stays open and the caller's; `name` is for messages.
  CsvReader(std::FILE* file, std::string name) : file_(file), name_(std::move(name)) {}

  // The next row's fields; none at the end of the file. kv::Errc::bad_input, naming file
  // and line, for what is no CSV or beyond a limit; Errc::io when reading fails.
  [[nodiscard]] kv::Result<std::vector<std::string>> next();

  // The line in which the last row began, from 1.
  [[nodiscard]] std::uint64_t line() const { return row_line_; }
  [[nodiscard]] std::uint64_t skipped() const { return skipped_; }

  // Errc::bad_input about the last row.
  [[nodiscard]] std::unexpected<kv::Error> refuse(const std::string& what) const;

 private:
  enum class Place { begin_of_field, in_plain, in_quotes, behind_quote };

  [[nodiscard]] int take();
  [[nodiscard]] kv::Result<bool> feed(int byte, Place& place,
                                      std::vector<std::string>& fields);
  [[nodiscard]] bool at_mark(Place place, const std::vector<std::string>& fields) const;
  [[nodiscard]] kv::Result<bool> keep(int byte, Place& place, Place next,
                                      std::vector<std::string>& fields) const;

  std::FILE* file_;
  std::string name_;
  std::uint64_t line_ = 1;  // of the next byte
  std::uint64_t row_line_ = 1;
  std::uint64_t skipped_ = 0;
  std::size_t row_bytes_ = 0;
};

}  // namespace kv::bank
