#include "common/predictions/draws.hpp"

#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include "common/predictions/chance.hpp"

namespace kv {

namespace {

// n equal nodes: the closed form of copies.hpp.
Holding equal_holding(const NodesAlike& all, std::uint64_t copies) {
  const double n = all.nodes;
  const auto picks = static_cast<double>(copies);
  double s = 0;
  double h = 0;
  for (std::uint64_t i = 0; i < copies; ++i) {
    const auto drawn = static_cast<double>(i);
    s += (picks - drawn) / (n - drawn);
    h += 1 / (n - drawn);
  }
  const double p = picks / n;
  if (n == picks) return {.share = 1, .variance = 0, .doubt = 0};
  const double rest = 1 - p;
  // Each times V, squared and over p^2: for many tokens, and for one.
  const double many = rest * (2 * s / n - rest * h * h * n / (n - 1)) / (p * p);
  const double one = (n - picks) / (picks * (n + 1));
  const double high = p * root(many / all.tokens);
  const double low = p * root(many / (all.tokens - 1 + many / one));
  if (all.tokens == 1) return {.share = p, .variance = low * low, .doubt = 0};
  const double middle = (high + low) / 2;
  return {.share = p, .variance = middle * middle, .doubt = (high - low) / 2};
}

// What one node among others is in for: the chance to be among the first, and the way to
// its token where it is.
struct Draw {
  double chance = 0;
  double way = 0;
};

// How likely it is that so many of each kind are drawn, and the way until then where they
// are.
using Drawn = std::vector<double>;
using Layer = std::map<Drawn, Draw>;

Draw draw(double own, std::span<const NodesAlike> others, std::uint64_t copies) {
  Draw result;
  double all = own;
  for (const NodesAlike& kind : others) all += kind.tokens * kind.nodes;
  Layer layer{{Drawn(others.size()), {.chance = 1, .way = 0}}};
  for (std::uint64_t pick = 0; pick < copies; ++pick) {
    Layer next;
    for (const auto& [drawn, reached] : layer) {
      double left = all;
      for (std::size_t i = 0; i < drawn.size(); ++i) left -= drawn[i] * others[i].tokens;
      // The next node that is not drawn yet is, on average, 1/left away.
      const double way = reached.way + reached.chance / left;
      result.chance += reached.chance * own / left;
      result.way += way * own / left;
      for (std::size_t i = 0; i < drawn.size(); ++i) {
        const double share = (others[i].nodes - drawn[i]) * others[i].tokens / left;
        if (share <= 0) continue;
        Drawn more = drawn;
        more[i] += 1;
        Draw& to = next[more];
        to.chance += reached.chance * share;
        to.way += way * share;
      }
    }
    layer = std::move(next);
  }
  return result;
}

// The kinds but for one node of kind `k`.
std::vector<NodesAlike> without(std::span<const NodesAlike> kinds, std::size_t k) {
  std::vector<NodesAlike> others(kinds.begin(), kinds.end());
  others[k].nodes -= 1;
  return others;
}

// How the chance of `own` among `others` answers to one node's tokens: the slope, times the
// root of its tokens.
double answer_to(double own, std::span<const NodesAlike> others, std::size_t k,
                 std::uint64_t copies) {
  constexpr double kStep = 1e-4;
  const auto chance_with = [&](double factor) {
    auto changed = without(others, k);
    changed.push_back({.tokens = others[k].tokens * factor, .nodes = 1});
    return draw(own, changed, copies).chance;
  };
  const double slope = (chance_with(1 + kStep) - chance_with(1 - kStep)) / (2 * kStep);
  return slope / std::sqrt(others[k].tokens);
}

Holding unequal_holding(std::span<const NodesAlike> kinds, std::size_t k,
                        std::uint64_t copies) {
  constexpr double kStep = 1e-4;
  const double own = kinds[k].tokens;
  const auto others = without(kinds, k);
  const Draw drawn = draw(own, others, copies);
  const auto chance_with = [&](double factor) {
    return draw(own * factor, others, copies).chance;
  };
  const double own_slope =
      (chance_with(1 + kStep) - chance_with(1 - kStep)) / (2 * kStep);
  double variance = 2 * (1 - drawn.chance) * drawn.way - own_slope * own_slope / own;
  for (std::size_t i = 0; i < others.size(); ++i) {
    if (others[i].nodes == 0) continue;
    const double answer = answer_to(own, others, i, copies);
    variance -= others[i].nodes * answer * answer;
  }
  return {.share = drawn.chance, .variance = std::max(variance, 0.0), .doubt = 0};
}

// How many different draws of `copies` - 1 there are among so many kinds.
double draws_among(std::size_t kinds, std::uint64_t copies) {
  double ways = 1;
  for (std::size_t i = 1; i <= kinds; ++i) {
    ways = ways * static_cast<double>(copies + i - 1) / static_cast<double>(i);
  }
  return ways;
}

}  // namespace

std::map<double, Holding> holdings(std::span<const NodesAlike> kinds,
                                   std::uint64_t copies) {
  if (kinds.size() == 1) return {{kinds[0].tokens, equal_holding(kinds[0], copies)}};
  constexpr double kDrawsMax = 2000;
  constexpr std::size_t kKindsMax = 8;
  if (kinds.size() > kKindsMax || draws_among(kinds.size() + 1, copies) > kDrawsMax) {
    return {};
  }
  std::map<double, Holding> result;
  for (std::size_t k = 0; k < kinds.size(); ++k) {
    result[kinds[k].tokens] = unequal_holding(kinds, k, copies);
  }
  return result;
}

}  // namespace kv
