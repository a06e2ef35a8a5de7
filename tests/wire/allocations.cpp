#include "tests/wire/allocations.hpp"

#include <algorithm>
#include <cstdlib>
#include <new>

namespace {

thread_local std::size_t largest_bytes = 0;
thread_local std::size_t total_bytes = 0;

}  // namespace

void* operator new(std::size_t bytes, const std::nothrow_t& /*tag*/) noexcept {
  largest_bytes = std::max(largest_bytes, bytes);
  total_bytes += bytes;
  return std::malloc(bytes);
}

void* operator new(std::size_t bytes) {
  if (void* const memory = operator new(bytes, std::nothrow)) return memory;
  throw std::bad_alloc();
}

void operator delete(void* memory) noexcept {
  std::free(memory);
}

void operator delete(void* memory, std::size_t /*bytes*/) noexcept {
  std::free(memory);
}

namespace kv::test {

Allocations::Allocations() {
  largest_bytes = 0;
  total_bytes = 0;
}

std::size_t Allocations::largest() const {
  return largest_bytes;
}

std::size_t Allocations::total() const {
  return total_bytes;
}

}  // namespace kv::test
