// A file descriptor that is closed when it goes, and what to say when a call on it failed.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "common/base/result.hpp"

namespace kv {

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor();

  [[nodiscard]] bool is_open() const { return number_ >= 0; }
  [[nodiscard]] int number() const { return number_; }

 private:
  int number_ = -1;
};

// "cannot write /data/log: No space left on device; make room there": the code, and what to
// do about it, follow from the number that errno had.
[[nodiscard]] std::unexpected<Error> failed_to(std::string_view doing,
                                               const std::string& path, int errno_value);

}  // namespace kv
