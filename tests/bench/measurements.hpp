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
  double bytes;              // 0 where it counts none
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
      const double items = run.value("items_per_second", 0.0);
      const double scale = run["time_unit"] == "ms" ? 1e6 : 1;
      const std::size_t end = std::min(name.find("/min_time"), name.find("/iterations"));
      Samples& samples = all_[name.substr(0, end)];
      samples.ns.push_back(items > 0 ? 1e9 / items
                                     : run["real_time"].get<double>() * scale);
      samples.bytes = run.value("bytes", 0.0);
    }
    return {};
  }

  // Of "group/structure/nodes"; nothing if it was not measured.
  [[nodiscard]] std::optional<Measurement> of(const std::string& name) const {
    auto found = all_.find(name);
    if (found == all_.end()) found = all_.find(name + "/repeats:9");
    if (found == all_.end()) return std::nullopt;
    std::vector<double> ns = found->second.ns;
    std::ranges::sort(ns);
    return Measurement{ns.front(), ns[ns.size() / 2], ns.back(), found->second.bytes};
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
  struct Samples {
    std::vector<double> ns;
    double bytes = 0;
  };

  std::map<std::string, Samples> all_;
  nlohmann::json machine_;
};

}  // namespace kv
