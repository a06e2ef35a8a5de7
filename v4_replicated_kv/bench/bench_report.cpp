#include "v4_replicated_kv/bench/bench_report.hpp"

#include <array>
#include <cmath>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "common/base/text.hpp"
#include "v4_replicated_kv/bench/record.hpp"

namespace kv::bench {

namespace {

using Json = nlohmann::ordered_json;

struct Percentile {
  std::string_view name;
  std::uint64_t of_a_million;
};
constexpr std::array kPercentiles{Percentile{.name = "p50", .of_a_million = 500'000},
                                  Percentile{.name = "p90", .of_a_million = 900'000},
                                  Percentile{.name = "p99", .of_a_million = 990'000},
                                  Percentile{.name = "p99.9", .of_a_million = 999'000}};

double a_second(std::uint64_t count, double seconds) {
  return seconds > 0 ? static_cast<double>(count) / seconds : 0;
}

std::string counted(std::uint64_t count, std::string_view one) {
  return fmt::format("{} {}{}", count, one, count == 1 ? "" : "s");
}

std::string loop_text(const BenchWords& words) {
  if (!words.rate) return "a closed loop";
  return fmt::format("an open loop of {} a second, {}", *words.rate,
                     words.arrivals == Arrivals::even ? "evenly" : "at random (Poisson)");
}

std::string head_text(const BenchWords& words, const Measured& measured) {
  std::string text = fmt::format(
      "Workload {} ({}) over {}, {} keys of {} bytes ({}), values of {} bytes\n"
      "{}, {}, {}{}: {}\n",
      words.workload.name, words.workload.told, name_of(words.protocol), words.keys,
      kKeyBytes, words.distribution == Distribution::zipf ? "Zipf 0.99" : "uniform",
      words.value_bytes, counted(words.endpoints.size(), "endpoint"),
      counted(words.threads, "thread"), counted(words.connections, "connection"),
      words.pipeline > 1 ? fmt::format(" with {} requests each", words.pipeline) : "",
      loop_text(words));
  if (measured.load_seconds > 0) {
    text += fmt::format("{} loaded in {:.1f} s, {:.0f} a second\n",
                        counted(measured.load.done(), "key"), measured.load_seconds,
                        a_second(measured.load.done(), measured.load_seconds));
  }
  if (measured.seconds > 0) {
    text += fmt::format("{:.1f} s after {} s of warming up, seed {}\n", measured.seconds,
                        words.warmup, words.seed);
  }
  return text;
}

std::string ms(std::uint64_t ns) {
  return fmt::format("{:>10.3f}", static_cast<double>(ns) / 1e6);
}

std::string row(std::string_view name, const Histogram& latency, double seconds) {
  std::string text = fmt::format("{:<18}{:>12}{:>12.1f}", name, latency.count(),
                                 a_second(latency.count(), seconds));
  for (const Percentile& percentile : kPercentiles) {
    text += ms(latency.percentile(percentile.of_a_million));
  }
  return text + ms(latency.max()) + "\n";
}

std::string table(const Measured& measured) {
  std::string text = fmt::format("\n{:<18}{:>12}{:>12}", "ms", "operations", "a second");
  for (const Percentile& percentile : kPercentiles) {
    text += fmt::format("{:>10}", percentile.name);
  }
  text += fmt::format("{:>10}\n", "max");
  Histogram all;
  std::size_t rows = 0;
  for (const Kind kind : kKinds) {
    const Histogram& latency = measured.tally.latency(kind);
    if (latency.count() == 0) continue;
    text += row(name_of(kind), latency, measured.seconds);
    all.add(latency);
    ++rows;
  }
  if (rows != 1) text += row("all", all, measured.seconds);
  return text;
}

std::string troubles(std::string_view during, const Tally& tally) {
  std::string text;
  for (const auto& [kind, error] : tally.errors) {
    text +=
        fmt::format("{:<18}{:>12}  {}{}\n", kind, error.count, during, error.sentence);
  }
  if (tally.missing > 0) {
    text +=
        fmt::format("{:<18}{:>12}  reads found nothing (--load puts all keys first)\n",
                    "missing", tally.missing);
  }
  if (tally.unsent > 0) {
    text += fmt::format(
        "{:<18}{:>12}  were due and never sent: more than the store, or "
        "these connections, can do;\n{:<32}the latencies above are too "
        "good\n",
        "unsent", tally.unsent, "");
  }
  for (const std::string& wrong : tally.wrongs) {
    text += fmt::format("{:<18}{:>12}  {}\n", "wrong", "", wrong);
  }
  return text;
}

Json latency_json(const Histogram& latency, double seconds) {
  const auto us = [](double ns) { return std::round(ns) / 1e3; };
  Json object{{"operations", latency.count()},
              {"per_second", a_second(latency.count(), seconds)},
              {"min_us", us(static_cast<double>(latency.min()))},
              {"mean_us", us(latency.mean())}};
  for (const Percentile& percentile : kPercentiles) {
    const auto ns = static_cast<double>(latency.percentile(percentile.of_a_million));
    object[fmt::format("{}_us", percentile.name)] = us(ns);
  }
  object["max_us"] = us(static_cast<double>(latency.max()));
  return object;
}

Json errors_json(const Tally& tally) {
  Json errors = Json::object();
  for (const auto& [kind, error] : tally.errors) {
    errors[kind] = Json{{"count", error.count}, {"first", error.sentence}};
  }
  return errors;
}

Json words_json(const BenchWords& words) {
  Json endpoints = Json::array();
  for (const Endpoint& endpoint : words.endpoints) endpoints.push_back(endpoint.text());
  Json object{
      {"workload", words.workload.name},
      {"protocol", name_of(words.protocol)},
      {"endpoints", endpoints},
      {"threads", words.threads},
      {"connections", words.connections},
      {"pipeline", words.pipeline},
      {"keys", words.keys},
      {"value_bytes", words.value_bytes},
      {"distribution", words.distribution == Distribution::zipf ? "zipf" : "uniform"},
      {"loop", words.rate ? "open" : "closed"}};
  object["rate"] = words.rate ? Json(*words.rate) : Json(nullptr);
  object["arrivals"] = !words.rate                        ? Json(nullptr)
                       : words.arrivals == Arrivals::even ? Json("even")
                                                          : Json("poisson");
  object["seed"] = words.seed;
  return object;
}

}  // namespace

std::string bench_text(const BenchWords& words, const Measured& measured) {
  std::string text = head_text(words, measured);
  if (measured.seconds > 0) text += table(measured);
  const std::string wrong =
      troubles("while loading: ", measured.load) + troubles("", measured.tally);
  return wrong.empty() ? text : text + "\n" + wrong;
}

std::string bench_json(const BenchWords& words, const Measured& measured) {
  Json object = words_json(words);
  if (measured.load_seconds > 0) {
    object["load"] =
        Json{{"keys", measured.load.done()},
             {"seconds", measured.load_seconds},
             {"per_second", a_second(measured.load.done(), measured.load_seconds)},
             {"errors", errors_json(measured.load)}};
  } else {
    object["load"] = nullptr;
  }
  object["seconds"] = measured.seconds;
  Json kinds = Json::object();
  Histogram all;
  for (const Kind kind : kKinds) {
    const Histogram& latency = measured.tally.latency(kind);
    if (latency.count() == 0) continue;
    kinds[std::string(name_of(kind))] = latency_json(latency, measured.seconds);
    all.add(latency);
  }
  kinds["all"] = latency_json(all, measured.seconds);
  object["latencies"] = std::move(kinds);
  object["errors"] = errors_json(measured.tally);
  object["missing"] = measured.tally.missing;
  object["unsent"] = measured.tally.unsent;
  object["wrong"] = measured.tally.wrong;
  Json sentences = Json::array();
  for (const std::string& one : complaints(words, measured)) sentences.push_back(one);
  object["complaints"] = std::move(sentences);
  return object.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::vector<std::string> complaints(const BenchWords& words, const Measured& measured) {
  std::vector<std::string> found;
  const Tally& tally = measured.tally;
  if (tally.wrong > 0) {
    found.push_back(fmt::format("{} read a wrong value; the first: {}",
                                counted(tally.wrong, "request"), tally.wrongs.front()));
  }
  for (const Tally* const one : {&measured.load, &tally}) {
    if (!one->ended_early.empty()) found.push_back(one->ended_early);
  }
  if (words.load && measured.load.done() < words.keys) {
    found.push_back(
        fmt::format("{} of {} keys could not be loaded, so nothing was measured",
                    words.keys - measured.load.done(), words.keys));
  } else if (words.seconds > 0 && tally.done() == 0) {
    found.emplace_back("no operation succeeded");
  } else {
    for (const Kind kind : kKinds) {
      const std::uint64_t failures = tally.failures[std::to_underlying(kind)];
      if (failures == 0 || tally.latency(kind).count() > 0) continue;
      found.push_back(fmt::format("no {} succeeded of {}", name_of(kind), failures));
    }
  }
  return found;
}

}  // namespace kv::bench
