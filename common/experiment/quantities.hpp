// The quantities that a run measures, theory predicts and a reader may guess.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace kv {

enum class Quantity {
  moved,          // share of all keys that changed owner
  sideways,       // share that moved between two nodes that the step was not about
  donors,         // nodes that gave keys up
  cv,             // load spread: population standard deviation / mean
  max_over_mean,  // largest load / mean
};

inline constexpr std::array kQuantities{Quantity::moved, Quantity::sideways,
                                        Quantity::donors, Quantity::cv,
                                        Quantity::max_over_mean};

// The name in flags, JSON and CSV: "moved", "sideways", "donors", "cv", "max_over_mean".
[[nodiscard]] constexpr std::string_view name_of(Quantity quantity) {
  constexpr std::array<std::string_view, kQuantities.size()> kNames{
      "moved", "sideways", "donors", "cv", "max_over_mean"};
  return kNames[static_cast<std::size_t>(quantity)];
}

// All of them, for help texts and messages.
inline constexpr std::string_view kQuantityNames =
    "moved, sideways, donors, cv, max_over_mean";

// The quantity called `name`, or nothing.
[[nodiscard]] constexpr std::optional<Quantity> quantity_named(std::string_view name) {
  for (const Quantity quantity : kQuantities) {
    if (name_of(quantity) == name) return quantity;
  }
  return std::nullopt;
}

// True for what only a change of the cluster has.
[[nodiscard]] constexpr bool needs_a_step(Quantity quantity) {
  return quantity <= Quantity::donors;
}

// True for what is a share, shown in per cent; donors and max_over_mean are plain
// numbers.
[[nodiscard]] constexpr bool is_share(Quantity quantity) {
  return quantity != Quantity::donors && quantity != Quantity::max_over_mean;
}

// One value a quantity.
class Figures {
 public:
  double& operator[](Quantity quantity) { return values_[index(quantity)]; }
  double operator[](Quantity quantity) const { return values_[index(quantity)]; }

 private:
  static std::size_t index(Quantity quantity) {
    return static_cast<std::size_t>(quantity);
  }

  std::array<double, kQuantities.size()> values_{};
};

}  // namespace kv
