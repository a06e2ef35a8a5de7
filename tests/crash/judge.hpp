// What a store may hold after a crash, and whether it does.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

namespace kv::test {

class Judge {
 public:
  // Takes in what a store_writer said in a life. Answers how many operations were
  // acknowledged.
  std::uint64_t heard(const std::string& said, std::uint64_t life, std::uint64_t threads,
                      std::uint64_t ops);

  struct Verdict {
    std::uint64_t lost = 0;  // keys whose last acknowledged change is not there
    std::string first{};     // which, and what is there instead
  };

  // Opens the store, which has to be whole, and holds every key against what was
  // acknowledged: it is that, or what was on its way. Then that is what counts.
  [[nodiscard]] Verdict judge(const std::string& directory);

 private:
  using Value = std::optional<std::string>;
  std::map<std::string, std::set<Value>> may_be_;
};

}  // namespace kv::test
