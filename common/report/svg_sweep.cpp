#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "common/report/numbers.hpp"
#include "common/report/svg.hpp"

namespace kv {

namespace {

constexpr double kLeft = 64, kTop = 12, kWidth = 470, kHeight = 250;

// A logarithm good enough to place a dot, from operations that are the same everywhere:
// 10 halvings of an interval of decades give a thousandth of one.
double decades(double value) {
  double whole = 0;
  while (value >= 10) {
    value /= 10;
    ++whole;
  }
  while (value < 1) {
    value *= 10;
    --whole;
  }
  double fraction = 0;
  double bit = 0.5;
  for (int i = 0; i < 10; ++i, bit /= 2) {
    value *= value;  // the next binary digit of the logarithm
    if (value >= 10) {
      value /= 10;
      fraction += bit;
    }
  }
  return whole + fraction;
}

// Tokens from 1 to 100,000 across, spread from 0.1 % to 1,000 % up.
double across(double tokens) {
  return kLeft + decades(tokens) / 5 * kWidth;
}
double up(double spread) {
  return kTop + kHeight - (decades(std::max(spread, 0.001)) + 3) / 4 * kHeight;
}

std::string grid() {
  std::string out;
  constexpr std::array<const char*, 5> kTicks{"1", "10", "100", "1,000", "10,000"};
  for (std::size_t i = 0; i < kTicks.size(); ++i) {
    const double x = kLeft + static_cast<double>(i) / 5 * kWidth;
    out +=
        fmt::format(R"(<line x1="{0:.1f}" x2="{0:.1f}" y1="{1}" y2="{2}" class="grid"/>)"
                    R"(<text x="{0:.1f}" y="{3}" text-anchor="middle">{4}</text>)",
                    x, kTop, kTop + kHeight, kTop + kHeight + 16, kTicks[i]);
  }
  constexpr std::array<double, 4> kSpreads{0.001, 0.01, 0.1, 1};
  for (const double spread : kSpreads) {
    out += fmt::format(
        R"(<line x1="{0}" x2="{1}" y1="{2:.1f}" y2="{2:.1f}" class="grid"/>)"
        R"(<text x="{3}" y="{4:.1f}" class="name">{5:g} %</text>)",
        kLeft, kLeft + kWidth, up(spread), kLeft - 6, up(spread) + 4, spread * 100);
  }
  return out;
}

}  // namespace

std::string svg_sweep(const Run& run) {
  std::string out = fmt::format(
      R"(<svg viewBox="0 0 560 310" role="img" aria-label="Load spread by tokens a node">{})",
      grid());
  std::string band_back, band, line, dots;
  for (const SweepRow& row : run.sweep) {
    const double x = across(static_cast<double>(row.vnodes));
    if (row.predicted) line += fmt::format("{:.1f},{:.1f} ", x, up(*row.predicted));
    dots += fmt::format(R"(<circle cx="{:.1f}" cy="{:.1f}" r="4"><title>{} tokens: {} %)"
                        "</title></circle>",
                        x, up(row.measured), row.vnodes, percent(row.measured));
    if (!row.trials) continue;
    band += fmt::format("{:.1f},{:.1f} ", x, up(row.trials->p95));
    band_back.insert(0, fmt::format("{:.1f},{:.1f} ", x, up(row.trials->p5)));
  }
  out += fmt::format(R"(<polygon points="{}{}" class="band"/>)", band, band_back);
  out += fmt::format(R"(<polyline points="{}" class="line"/>{})", line, dots);
  out += fmt::format(
      R"(<text x="{}" y="{}" class="note">tokens a node; line: theory, dots: this run)"
      "{}</text></svg>",
      kLeft, kTop + kHeight + 36, band.empty() ? "" : ", band: 9 of 10 seeds");
  return out;
}

}  // namespace kv
