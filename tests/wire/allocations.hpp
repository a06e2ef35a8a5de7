// What a piece of code allocates, counted: so that "allocates nothing for what is only
// announced" is a claim that can fail.
#pragma once

#include <cstddef>

namespace kv::test {

// From here on, by this thread.
class Allocations {
 public:
  Allocations();
  [[nodiscard]] std::size_t largest() const;
  [[nodiscard]] std::size_t total() const;
};

}  // namespace kv::test
