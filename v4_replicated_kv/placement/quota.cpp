#include "v4_replicated_kv/placement/quota.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <string_view>

namespace kv {

namespace {

std::vector<std::uint16_t> zones_of(std::span<const Member> members) {
  std::map<std::string_view, std::uint16_t> numbers;
  std::vector<std::uint16_t> zone_of;
  for (const Member& member : members) {
    const auto next = static_cast<std::uint16_t>(numbers.size());
    zone_of.push_back(numbers.try_emplace(member.zone, next).first->second);
  }
  return zone_of;
}

// As even as the zones' sizes allow, which is what the walk does: `rounds` is how often
// it asks the zones for another node. All but the last round take one of each zone that
// has one left; the last may end early.
std::vector<Between> even_zones(const std::vector<std::uint16_t>& zone_of,
                                std::size_t copies) {
  const std::size_t zones = 1U + *std::ranges::max_element(zone_of);
  std::vector<std::size_t> sizes(zones);
  for (const std::uint16_t zone : zone_of) ++sizes[zone];
  const auto taken = [&](std::size_t rounds) {
    std::size_t sum = 0;
    for (const std::size_t size : sizes) sum += std::min(size, rounds);
    return sum;
  };
  std::size_t rounds = 1;
  while (taken(rounds) < copies) ++rounds;
  std::vector<Between> in_row;
  for (const std::size_t size : sizes) {
    in_row.push_back(
        {.least = std::min(size, rounds - 1), .most = std::min(size, rounds)});
  }
  return in_row;
}

// Where `filled`, which never falls, reaches `wanted`: to the last bit.
template <class Filled>
double level_of(double wanted, Filled filled) {
  if (wanted <= 0) return 0;
  double low = 0;
  double high = 1;
  while (filled(high) < wanted) high *= 2;
  for (;;) {
    const double middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) return high;
    (filled(middle) < wanted ? low : high) = middle;
  }
}

// Pours copies into the members like water into vessels, as wide as their weights and
// `brim` high; a zone's vessels are closed off when the zone has its most, and get their
// own supply when it has less than its least.
class Filling {
 public:
  Filling(std::span<const Member> members, const Quota& quota, double brim)
      : members_(members),
        quota_(quota),
        brim_(brim),
        of_zone_(quota.zone_in_row.size()) {
    for (std::size_t i = 0; i < members.size(); ++i)
      of_zone_[quota.zone_of[i]].push_back(i);
  }

  [[nodiscard]] std::vector<double> shares(double wanted) const {
    const double level = level_of(wanted, [&](double at) {
      double sum = 0;
      for (std::size_t z = 0; z < of_zone_.size(); ++z) sum += total(z, at);
      return sum;
    });
    std::vector<double> shares(members_.size());
    for (std::size_t z = 0; z < of_zone_.size(); ++z) {
      // The zone's own level: the common one, unless its bounds say otherwise.
      const double own =
          level_of(total(z, level), [&](double at) { return free_total(z, at); });
      for (const std::size_t member : of_zone_[z]) shares[member] = share(member, own);
    }
    return shares;
  }

 private:
  [[nodiscard]] double share(std::size_t member, double level) const {
    return std::min(level * members_[member].node.weight, brim_);
  }
  [[nodiscard]] double free_total(std::size_t zone, double level) const {
    double sum = 0;
    for (const std::size_t member : of_zone_[zone]) sum += share(member, level);
    return sum;
  }
  [[nodiscard]] double total(std::size_t zone, double level) const {
    const Between& in_row = quota_.zone_in_row[zone];
    return std::clamp(free_total(zone, level), brim_ * static_cast<double>(in_row.least),
                      brim_ * static_cast<double>(in_row.most));
  }

  std::span<const Member> members_;
  const Quota& quota_;
  double brim_;
  std::vector<std::vector<std::size_t>> of_zone_;
};

// A share that is a whole number but for rounding is that number, so that equal nodes
// hold equally many where that is possible.
Between around(double share) {
  const double nearest = std::round(share);
  const bool whole = std::abs(share - nearest) < 1e-6;
  return {.least = static_cast<std::size_t>(whole ? nearest : std::floor(share)),
          .most = static_cast<std::size_t>(whole ? nearest : std::ceil(share))};
}

}  // namespace

Quota quota_of(std::span<const Member> members, std::size_t copies,
               std::size_t partitions) {
  Quota quota;
  quota.zone_of = zones_of(members);
  quota.zone_in_row = even_zones(quota.zone_of, copies);
  const Filling filling(members, quota, static_cast<double>(partitions));
  quota.share = filling.shares(static_cast<double>(copies * partitions));
  for (const double share : quota.share) {
    const Between whole = around(share);
    quota.copies.push_back(whole);
    quota.primaries.push_back(
        {.least = whole.least / copies, .most = (whole.most + copies - 1) / copies});
  }
  return quota;
}

}  // namespace kv
