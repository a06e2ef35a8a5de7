#include "common/report/flow_text.hpp"

#include <algorithm>
#include <functional>
#include <set>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "common/report/numbers.hpp"

namespace kv {

namespace {

constexpr std::size_t kColumnsMax = 6;
constexpr std::size_t kRowsMax = 12;
constexpr std::size_t kNameShown = 10;

// The names that `side` of the flows has, in the order of `names`.
std::vector<std::string> names_of(const std::vector<Flow>& flows,
                                  const std::vector<std::string>& names,
                                  std::string Flow::* side) {
  std::set<std::string_view> present;
  for (const Flow& flow : flows) present.insert(flow.*side);
  std::vector<std::string> ordered;
  for (const std::string& name : names) {
    if (present.contains(name)) ordered.push_back(name);
  }
  return ordered;
}

std::string matrix(const std::vector<Flow>& flows, const std::vector<std::string>& rows,
                   const std::vector<std::string>& columns, std::string_view what) {
  std::string out = fmt::format("\n  {:<22}", fmt::format("{} from \\ to", what));
  for (const std::string& to : columns) out += fmt::format("{:>11}", to);
  out += "\n";
  for (const std::string& from : rows) {
    out += fmt::format("  {:<22}", from);
    for (const std::string& to : columns) {
      const auto flow = std::ranges::find_if(
          flows, [&](const Flow& f) { return f.from == from && f.to == to; });
      out += fmt::format("{:>11}", flow == flows.end() ? "." : with_commas(flow->keys));
    }
    out += "\n";
  }
  return out;
}

std::string largest(std::vector<Flow> flows, std::string_view what) {
  const std::size_t all = flows.size();
  std::ranges::stable_sort(flows, std::greater(), &Flow::keys);
  flows.resize(std::min(all, kRowsMax));
  std::string out =
      all == flows.size()
          ? fmt::format("\n  who gave how many {} to whom\n", what)
          : fmt::format("\n  the largest {} of {} (--format json has all)\n",
                        flows.size(), counted(all, "flow"));
  for (const Flow& flow : flows) {
    out +=
        fmt::format("  {:>15}  {} -> {}\n", with_commas(flow.keys), flow.from, flow.to);
  }
  return out;
}

}  // namespace

std::string flow_table(const Remap& remap, const std::vector<std::string>& names,
                       std::string_view what) {
  if (remap.flows.empty()) return "";
  const auto rows = names_of(remap.flows, names, &Flow::from);
  const auto columns = names_of(remap.flows, names, &Flow::to);
  const bool fits =
      rows.size() <= kRowsMax && columns.size() <= kColumnsMax &&
      std::ranges::all_of(columns, [](const auto& n) { return n.size() <= kNameShown; });
  return fits ? matrix(remap.flows, rows, columns, what) : largest(remap.flows, what);
}

}  // namespace kv
