// Customers that do not exist, from a seed.
#include <array>
#include <string_view>

#include <fmt/format.h>

#include "common/base/rng.hpp"
#include "common/hash/finalise.hpp"
#include "v3_virtual_nodes/bank/customers.hpp"

namespace kv::bank {

namespace {

constexpr std::array<std::string_view, 24> kFirstNames{
    "Ada",  "Alan",    "Barbara", "Bjarne", "Claude", "Donald", "Edsger", "Frances",
    "Fumi", "Grace",   "Hedy",    "Ivan",   "Jean",   "John",   "Karen",  "Leslie",
    "Mary", "Niklaus", "Olga",    "Radia",  "Shafi",  "Tony",   "Vint",   "Yuki"};

// A last name is one of each: 24 * 24 of them.
constexpr std::array<std::string_view, 24> kBeginnings{
    "Ander", "Bak",  "Berg",  "Carl",  "Dahl", "Ek",  "Fisch", "Gold",
    "Hart",  "Ing",  "Jan",   "Klein", "Lind", "Mor", "Nor",   "Oster",
    "Peder", "Quin", "Rosen", "Sand",  "Thor", "Ull", "Wald",  "Ziel"};
constexpr std::array<std::string_view, 24> kEndings{
    "a",    "beck",  "berg",  "blad", "by",    "dorf",  "er",   "feld",
    "gren", "holm",  "inski", "kamp", "land",  "ley",   "lund", "mann",
    "ov",   "qvist", "son",   "stad", "stein", "strom", "ton",  "well"};

template <std::size_t N>
std::string_view pick(Rng& rng, const std::array<std::string_view, N>& list) {
  return list[rng.below(N)];
}

// From `low` to `high` dollars, in cents.
Cents amount(Rng& rng, std::int64_t low, std::int64_t high) {
  const auto range = static_cast<std::uint64_t>(high - low) * 100 + 1;
  return Cents{low * 100 + static_cast<std::int64_t>(rng.below(range))};
}

}  // namespace

Record made_up_customer(std::uint64_t seed, std::uint64_t index) {
  Rng rng(finalise(finalise(seed) + index));
  Record record{
      .number = std::to_string(100'000'000 + index),
      .first_name = std::string(pick(rng, kFirstNames)),
      .last_name = fmt::format("{}{}", pick(rng, kBeginnings), pick(rng, kEndings))};
  record.savings = amount(rng, 100, 50'000);
  record.checking = amount(rng, 50, 9'000);
  record.retirement = amount(rng, 0, 250'000);
  return record;
}

}  // namespace kv::bank
