#include "v4_replicated_kv/bench/tally.hpp"

#include <numeric>
#include <utility>

#include <fmt/format.h>

#include "common/base/text.hpp"

namespace kv::bench {

namespace {

constexpr std::size_t kErrorKindsMost = 32;
constexpr std::size_t kWrongsTold = 5;

}  // namespace

Histogram& Tally::latency(Kind kind) {
  return latencies[std::to_underlying(kind)];
}

const Histogram& Tally::latency(Kind kind) const {
  return latencies[std::to_underlying(kind)];
}

std::uint64_t Tally::done() const {
  std::uint64_t done = 0;
  for (const Histogram& latency : latencies) done += latency.count();
  return done;
}

std::uint64_t Tally::failed() const {
  return std::accumulate(failures.begin(), failures.end(), std::uint64_t{0});
}

void Tally::count_error(Kind during, std::string_view kind, std::string_view sentence) {
  ++failures[std::to_underlying(during)];
  auto at = errors.find(kind);
  if (at == errors.end()) {
    const bool is_new = errors.size() < kErrorKindsMost;
    at = errors.try_emplace(is_new ? printable(kind) : "other").first;
  }
  if (at->second.count++ == 0) at->second.sentence = printable(sentence);
}

void Tally::count_wrong(std::string_view key, std::string_view value) {
  ++wrong;
  if (wrongs.size() == kWrongsTold) return;
  wrongs.push_back(
      fmt::format("{}: {} is no value that was written for it", key, printable(value)));
}

void Tally::add(const Tally& other) {
  for (std::size_t i = 0; i < latencies.size(); ++i) latencies[i].add(other.latencies[i]);
  for (std::size_t i = 0; i < failures.size(); ++i) failures[i] += other.failures[i];
  for (const auto& [kind, error] : other.errors) {
    ErrorKind& mine = errors[kind];
    if (mine.count == 0) mine.sentence = error.sentence;
    mine.count += error.count;
  }
  missing += other.missing;
  wrong += other.wrong;
  for (const std::string& one : other.wrongs) {
    if (wrongs.size() < kWrongsTold) wrongs.push_back(one);
  }
  unsent += other.unsent;
  if (ended_early.empty()) ended_early = other.ended_early;
}

}  // namespace kv::bench
