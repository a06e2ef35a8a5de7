// What the tests of both disks share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "v4_replicated_kv/simulation/simulated_disk.hpp"

namespace kv::test {

// The value of an answer that must be there.
template <class T>
T value(Result<T> result) {
  if (!result) FAIL(result.error().detail);
  return std::move(*result);
}

inline void ok(const Result<void>& result) {
  if (!result) FAIL(result.error().detail);
}

// Whether it failed with this code, and with a sentence that has `part` in it.
template <class T>
void fails(const Result<T>& result, Errc code, std::string_view part) {
  REQUIRE(!result.has_value());
  CHECK(result.error().code == code);
  const bool says = result.error().detail.find(part) != std::string::npos;
  if (!says) MESSAGE(result.error().detail);
  CHECK(says);
}

inline std::string all_of(const File& file) {
  std::string bytes;
  ok(file.read(0, std::size_t{1} << 30, bytes));
  return bytes;
}

inline std::string all_of(Disk& disk, const std::string& name) {
  return all_of(*value(disk.open(name)));
}

// A durable file, with a durable name.
inline void store(Disk& disk, const std::string& name, std::string_view bytes) {
  const auto file = value(disk.create(name));
  ok(file->write(0, bytes));
  ok(file->sync());
  ok(disk.sync_names());
}

// What the tests of the simulated one share.
using Platter = std::shared_ptr<SimulatedPlatter>;

inline Platter platter_of(std::uint64_t seed) {
  return std::make_shared<SimulatedPlatter>(seed);
}

inline Platter after_power_cut(const Platter& platter, std::uint64_t seed,
                               Unsynced what = Unsynced::at_random) {
  Platter twin = platter->copy(seed);
  twin->cut_power(what);
  return twin;
}

inline std::string pages_of(char byte, std::size_t pages) {
  return std::string(pages * kPageBytes, byte);
}

inline constexpr std::uint64_t kSeeds = 400;

}  // namespace kv::test
