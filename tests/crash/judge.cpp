#include "tests/crash/judge.hpp"

#include <sstream>
#include <vector>

#include <doctest/doctest.h>

#include "tests/crash/operations.hpp"
#include "v4_replicated_kv/runtime/store.hpp"

namespace kv::test {

std::uint64_t Judge::heard(const std::string& said, std::uint64_t life,
                           std::uint64_t threads, std::uint64_t ops) {
  std::vector<std::uint64_t> done(threads, 0);
  std::istringstream lines(said);
  std::uint64_t acknowledged = 0;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string word;
    std::uint64_t thread = 0;
    std::uint64_t op = 0;
    if (!(words >> word >> thread >> op) || word != "ack") continue;
    REQUIRE(thread < threads);
    REQUIRE(op == done[thread]++);
    const Operation acked = operation_of(life, thread, op);
    may_be_[acked.key] = {acked.value};
    ++acknowledged;
  }
  const bool opened = said.find("open\n") != std::string::npos;
  for (std::uint64_t thread = 0; opened && thread < threads; ++thread) {
    if (done[thread] == ops) continue;
    const Operation on_its_way = operation_of(life, thread, done[thread]);
    auto& values = may_be_[on_its_way.key];
    if (values.empty()) values.insert(std::nullopt);  // nobody wrote it before
    values.insert(on_its_way.value);
  }
  return acknowledged;
}

Judge::Verdict Judge::judge(const std::string& directory) {
  Verdict verdict;
  auto store = Store::open(
      directory,
      {.cache_bytes = 0, .segment_bytes = 32768, .partitions = 64, .compact_above = 1});
  if (!store) FAIL(store.error().detail);
  CHECK((*store)->damage().empty());
  for (auto& [key, values] : may_be_) {
    const auto found = (*store)->get(key);
    if (!found) FAIL(found.error().detail);
    if (!values.contains(*found)) {
      if (verdict.lost++ == 0) {
        verdict.first = key + " holds \"" + found->value_or("nothing").substr(0, 40) +
                        "\", not \"" + values.begin()->value_or("nothing").substr(0, 40) +
                        "\"";
      }
    }
    values = {*found};
  }
  const auto page = (*store)->scan({}, 1'000'000);
  if (!page) FAIL(page.error().detail);
  for (const std::string& key : page->keys) {
    CAPTURE(key);
    CHECK(may_be_.contains(key));
  }
  CHECK((*store)->close());
  return verdict;
}

}  // namespace kv::test
