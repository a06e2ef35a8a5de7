#include "v4_replicated_kv/sim/excerpt.hpp"

#include <algorithm>
#include <cstddef>

#include <fmt/format.h>

namespace kv {

namespace {

constexpr std::ptrdiff_t kLinesMax = 40;
constexpr std::ptrdiff_t kAround = 6;  // before and after the operation

std::vector<TraceLine> lines_about(const RunReport& report) {
  const std::string& key = report.broken->key;
  std::vector<TraceLine> lines;
  for (const TraceLine& line : report.lines) {
    const bool is_fault = line.kind == TraceKind::noted;
    if (key.empty() || line.key == key || is_fault) lines.push_back(line);
  }
  return lines;
}

}  // namespace

std::vector<TraceLine> excerpt_of(const RunReport& report) {
  const std::vector<TraceLine> lines = lines_about(report);
  const auto back = [&](auto from, std::ptrdiff_t by) {
    return from - std::min(by, from - lines.begin());
  };
  const auto& when = report.broken->when;
  if (!when) return {back(lines.end(), kLinesMax), lines.end()};
  const auto begin = std::ranges::lower_bound(lines, when->from, {}, &TraceLine::at);
  const auto end = std::ranges::upper_bound(lines, when->to, {}, &TraceLine::at);
  const auto first = back(begin, kAround);
  const auto last = end + std::min(kAround, lines.end() - end);
  if (last - first <= kLinesMax) return {first, last};
  const auto gap = first + kLinesMax / 2;
  const auto gap_end = last - kLinesMax / 2;
  std::vector<TraceLine> excerpt(first, gap);
  excerpt.push_back(
      {.at = gap->at, .text = fmt::format("... {} lines more", gap_end - gap)});
  excerpt.insert(excerpt.end(), gap_end, last);
  return excerpt;
}

}  // namespace kv
