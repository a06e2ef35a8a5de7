// A store that `store_writer` wrote, for tests that damage it and ask the log's tools about it.
#pragma once

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/crash/surroundings.hpp"
#include "v4_replicated_kv/storage/segment.hpp"

namespace kv::test {

// A store of some segments, and a place in the middle of one of them.
class Damaged {
 public:
  static constexpr std::size_t kOps = 200;

  Damaged() {
    REQUIRE(run_program({"store_writer", path(), "0", "1", std::to_string(kOps), "always",
                         "16384", "1"})
                .status == 0);
    lines_ = count_lines(wal("dump").out);
    REQUIRE(lines_ == kOps);
    REQUIRE(wal("verify").status == 0);
    std::istringstream lines(
        run_program({"v4_replicated_kv", "wal", "dump", "--verbose", path()}).out);
    std::vector<std::vector<std::string>> records;
    for (std::string line; std::getline(lines, line);) {
      std::istringstream columns(line);
      records.emplace_back();
      for (std::string one; std::getline(columns, one, ',');) {
        records.back().push_back(one);
      }
    }
    const auto& record = records[records.size() / 2];
    segment_ = segment_name(SegmentId{static_cast<std::uint32_t>(std::stoul(record[9]))});
    offset_ = std::stoul(record[10]);
  }

  [[nodiscard]] std::string path() const { return dir_.path() + "/store"; }
  [[nodiscard]] std::string file(const std::string& name) const {
    return path() + "/" + name;
  }
  [[nodiscard]] std::string hint_of(const std::string& segment) const {
    return file(hint_name(*segment_named(segment)));
  }

  // A sealed segment, and the offset of a record in its middle.
  [[nodiscard]] const std::string& segment() const { return segment_; }
  [[nodiscard]] std::size_t offset() const { return offset_; }
  [[nodiscard]] std::size_t lines() const { return lines_; }

  [[nodiscard]] ProgramEnd wal(const std::string& action) const {
    return run_program({"v4_replicated_kv", "wal", action, path()});
  }

  // Both tools name the place, and dump leaves out no more than that.
  void check_says(const std::string& where, std::size_t lines_lost = 0) const {
    const ProgramEnd verified = wal("verify");
    CAPTURE(verified.out);
    CHECK(verified.status == 1);
    CHECK(verified.err.empty());
    CHECK(verified.out.find(where) != std::string::npos);
    CHECK(verified.out.find("damaged in ") != std::string::npos);
    const ProgramEnd dumped = wal("dump");
    CAPTURE(dumped.err);
    const bool of_hint = where.find(".hint") != std::string::npos;
    CHECK(dumped.status == (of_hint ? 0 : 1));
    if (!of_hint) CHECK(dumped.err.find(where) != std::string::npos);
    CHECK(count_lines(dumped.out) == lines_ - lines_lost);
  }

  static std::size_t count_lines(const std::string& text) {
    return static_cast<std::size_t>(std::ranges::count(text, '\n'));
  }

 private:
  TempDir dir_;
  std::string segment_;
  std::size_t offset_ = 0;
  std::size_t lines_ = 0;
};

}  // namespace kv::test
