#include "v4_replicated_kv/simulation/script/parse_cluster.hpp"

#include <array>
#include <bit>
#include <limits>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace kv {

namespace {

constexpr std::uint64_t kSeedMax = std::numeric_limits<std::uint64_t>::max();

constexpr std::array<std::string_view, 20> kClusterWords{
    "nodes", "n",    "r",       "w",      "seed",     "policy",    "mistake",
    "delay", "sync", "read",    "repair", "patience", "again",     "hedge",
    "hello", "hot",  "bounced", "page",   "segment",  "partitions"};

constexpr std::array<std::string_view, 5> kWeatherWords{"delay", "lost", "doubled",
                                                        "late", "bounced"};

template <class Number>
Result<void> read_number(const Option& option, std::uint64_t least, std::uint64_t most,
                         Number& into) {
  const auto number = parse_number(option, least, most);
  if (!number) return std::unexpected(number.error());
  into = static_cast<Number>(*number);
  return {};
}

Result<void> read_span(const Option& option, Tick& into) {
  const auto span = parse_span(option.value);
  if (!span) return std::unexpected(span.error());
  if (*span == Tick{}) return wrong_word(option.value, "takes a time above 0");
  into = *span;
  return {};
}

// "1ms", or "100us..1ms".
Result<void> read_range(const Option& option, Tick& least, Tick& most) {
  constexpr std::string_view kTo = "..";
  const auto dots = option.value.find(kTo);
  const auto low = parse_span(option.value.substr(0, dots));
  if (!low) return std::unexpected(low.error());
  const auto high = dots == std::string_view::npos
                        ? low
                        : parse_span(option.value.substr(dots + kTo.size()));
  if (!high) return std::unexpected(high.error());
  if (*high < *low) return wrong_word(option.value, "ends before it begins");
  least = *low;
  most = *high;
  return {};
}

Result<void> read_mistake(const Option& option, WorldRules& world) {
  const auto mistake = mistake_named(option.value);
  if (!mistake) return wrong_word(option.value, mistake.error().detail);
  world.mistake = *mistake;
  return {};
}

Result<void> read_policy(const Option& option, WorldRules& world) {
  if (option.value == "siblings") {
    world.policy = Policy::siblings;
  } else if (option.value == "last_write_wins") {
    world.policy = Policy::last_write_wins;
  } else {
    return wrong_word(option.value, "is no policy: last_write_wins or siblings");
  }
  return {};
}

Result<void> read_partitions(const Option& option, WorldRules& world) {
  constexpr std::uint64_t kPartitionsOfAScriptMax = 64;
  const auto number = parse_number(option, 2, kPartitionsOfAScriptMax);
  if (number && std::has_single_bit(*number)) {
    world.partitions = static_cast<std::size_t>(*number);
    return {};
  }
  return wrong_word(
      fmt::format("partitions={}", option.value),
      fmt::format("takes a power of two from 2 to {}", kPartitionsOfAScriptMax));
}

Result<void> read_word(const Option& option, Script& script) {
  WorldRules& world = script.world;
  MachineRules& machine = world.machine;
  CoordinatorRules& coordinator = machine.node.coordinator;
  const std::string_view name = option.name;
  if (name == "nodes") return read_number(option, 1, kScriptNodesMax, world.nodes);
  if (name == "n") return read_number(option, 1, kScriptNodesMax, world.quorum.n);
  if (name == "r") return read_number(option, 1, kScriptNodesMax, world.quorum.r);
  if (name == "w") return read_number(option, 1, kScriptNodesMax, world.quorum.w);
  if (name == "seed") return read_number(option, 0, kSeedMax, script.seed);
  if (name == "policy") return read_policy(option, world);
  if (name == "mistake") return read_mistake(option, world);
  if (name == "delay") {
    return read_range(option, world.calm.delay_min, world.calm.delay_max);
  }
  if (name == "sync") return read_range(option, machine.sync_min, machine.sync_max);
  if (name == "read") return read_range(option, machine.read_min, machine.read_max);
  if (name == "repair") return read_number(option, 0, 1'000, coordinator.repair_one_in);
  if (name == "patience") return read_span(option, coordinator.patience);
  if (name == "again") return read_span(option, coordinator.again_every);
  if (name == "hedge") return read_span(option, coordinator.hedge_after);
  if (name == "hello") return read_span(option, machine.node.hello_every);
  if (name == "hot") return read_number(option, 0, 1U << 30U, machine.hot_bytes);
  if (name == "bounced")
    return read_number(option, 0, 1'000, world.calm.bounced_per_mille);
  if (name == "page") {
    return read_number(option, 1, 1U << 20U, machine.node.replica.page_bytes);
  }
  if (name == "segment")
    return read_number(option, 4'096, 1U << 20U, machine.segment_bytes);
  return read_partitions(option, world);
}

Result<void> check(const WorldRules& world) {
  const Quorum& quorum = world.quorum;
  if (quorum.n > world.nodes) {
    return wrong_word(fmt::format("n={}", quorum.n),
                      fmt::format("{} nodes cannot hold so many copies", world.nodes));
  }
  if (quorum.r > quorum.n || quorum.w > quorum.n) {
    return wrong_word(quorum.r > quorum.n ? fmt::format("r={}", quorum.r)
                                          : fmt::format("w={}", quorum.w),
                      fmt::format("there are {} copies of a key", quorum.n));
  }
  return {};
}

}  // namespace

WorldRules classroom_rules() {
  constexpr Tick kEach{1'000};
  WorldRules rules;
  rules.calm = {.delay_min = kEach, .delay_max = kEach, .bounced_per_mille = 1'000};
  rules.machine.sync_min = rules.machine.sync_max = kEach;
  rules.machine.read_min = rules.machine.read_max = kEach;
  rules.machine.hot_bytes = 20'000;
  rules.machine.node.coordinator.patience = Tick{60'000};
  rules.machine.node.coordinator.again_every = Tick{30'000};
  rules.machine.node.coordinator.hedge_after = Tick{30'000};
  rules.machine.node.coordinator.repair_one_in = 0;
  rules.machine.node.hello_every = Tick{10'000};
  return rules;
}

Result<void> parse_cluster(Words& words, Script& script) {
  for (;;) {
    const auto option = words.take_option(kClusterWords);
    if (!option) return std::unexpected(option.error());
    if (!*option) return check(script.world);
    if (auto read = read_word(**option, script); !read) return read;
  }
}

Result<Weather> parse_weather(Words& words, const Weather& calm) {
  Weather weather = calm;
  for (;;) {
    const auto option = words.take_option(kWeatherWords);
    if (!option) return std::unexpected(option.error());
    if (!*option) return weather;
    const std::string_view name = (*option)->name;
    const auto read =
        name == "delay"     ? read_range(**option, weather.delay_min, weather.delay_max)
        : name == "lost"    ? read_number(**option, 0, 1'000, weather.lost_per_mille)
        : name == "doubled" ? read_number(**option, 0, 1'000, weather.doubled_per_mille)
        : name == "late"    ? read_number(**option, 0, 1'000, weather.late_per_mille)
                            : read_number(**option, 0, 1'000, weather.bounced_per_mille);
    if (!read) return std::unexpected(read.error());
  }
}

}  // namespace kv
