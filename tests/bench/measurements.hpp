// What the benchmarks wrote: every repetition, and the medians that are quoted.
#pragma once

#include <algorithm>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "common/base/result.hpp"

namespace kv {

struct Measurement {
  double low, median, high;  // nanoseconds an item (an iteration, where it counts none)
};

class Measurements {
 public:
  // Adds a file of --benchmark_out; not_found or bad_input, naming it.
  [[nodiscard]] Result<void> read(const std::string& path) {
    std::ifstream file(path);
    if (!file) return fail(Errc::not_found, path + ": cannot be opened");
    const auto json = nlohmann::json::parse(file, nullptr, false);
    if (!json.is_object() || !json.contains("benchmarks")) {
      return fail(Errc::bad_input, path + ": is not what --benchmark_out writes");
    }
    machine_ = json["context"];
    for (const auto& run : json["benchmarks"]) {
      if (run.value("run_type", "") != "iteration") continue;
      const std::string name = run["run_name"];
      const std::size_t end = std::min(
          {name.find("/min_time"), name.find("/iterations"), name.find("/repeats")});
      all_[name.substr(0, end)].push_back(run);
    }
    return {};
  }

  // Of "group/structure/nodes"; nothing if it was not measured.
  [[nodiscard]] std::optional<Measurement> of(const std::string& name) const {
    const auto found = all_.find(name);
    if (found == all_.end()) return std::nullopt;
    const std::vector<double> ns = sorted(found->second, &nanoseconds_of);
    return Measurement{ns.front(), ns[ns.size() / 2], ns.back()};
  }

  // The median of what a benchmark counted beside time, under that name.
  [[nodiscard]] std::optional<double> counted(const std::string& name,
                                              const std::string& what) const {
    const auto found = all_.find(name);
    if (found == all_.end() || !found->second.front().contains(what)) return std::nullopt;
    const std::vector<double> counts =
        sorted(found->second, [&](const Json& run) { return run.value(what, 0.0); });
    return counts[counts.size() / 2];
  }

  // The machine, without its name.
  [[nodiscard]] std::string machine() const {
    std::string text =
        fmt::format("{} cores at {:.1f} GHz", machine_.value("num_cpus", 0),
                    machine_.value("mhz_per_cpu", 0) / 1000.0);
    for (const auto& cache : machine_.value("caches", nlohmann::json::array())) {
      if (cache["type"] == "Instruction") continue;
      text += fmt::format(", {} KiB L{}", cache["size"].get<long>() / 1024,
                          cache["level"].get<int>());
    }
    return text;
  }

 private:
  using Json = nlohmann::json;

  static double nanoseconds_of(const Json& run) {
    const double items = run.value("items_per_second", 0.0);
    if (items > 0) return 1e9 / items;
    return run["real_time"].get<double>() * (run["time_unit"] == "ms" ? 1e6 : 1);
  }

  static std::vector<double> sorted(const std::vector<Json>& runs, const auto& value_of) {
    std::vector<double> values;
    for (const Json& run : runs) values.push_back(value_of(run));
    std::ranges::sort(values);
    return values;
  }

  std::map<std::string, std::vector<Json>> all_;  // every repetition
  Json machine_;
};

}  // namespace kv
