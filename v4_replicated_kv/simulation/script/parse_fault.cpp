#include "v4_replicated_kv/simulation/script/parse_fault.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <set>
#include <utility>

#include "v4_replicated_kv/simulation/message_text.hpp"
#include "v4_replicated_kv/simulation/script/parse_cluster.hpp"
#include "v4_replicated_kv/simulation/script/parse_request.hpp"
#include "v4_replicated_kv/storage/segment.hpp"

namespace kv {

namespace {

constexpr std::uint64_t kDiskBytesMax = std::uint64_t{1} << 30;
constexpr Tick kClockMax{86'400'000'000};
constexpr std::uint64_t kDiskCallMax = 1'000'000;

struct Way {
  NodeId from;
  NodeId to;
};

// "n1 n2": two that are not the same.
Result<Way> take_way(Words& words, const WorldRules& world) {
  const auto from = words.take_node(world.nodes);
  if (!from) return std::unexpected(from.error());
  const auto to = words.take_node(world.nodes);
  if (!to) return std::unexpected(to.error());
  if (*from != *to) return Way{.from = *from, .to = *to};
  return wrong_word(name_of(*to), "sends nothing to itself: name two nodes");
}

// "suspect n1 n3": n1 does.
Result<Statement> suspect(std::string_view word, NodeId node, Words& words,
                          const WorldRules& world) {
  const auto of = words.take_node(world.nodes);
  if (!of) return std::unexpected(of.error());
  if (node == *of) return wrong_word(name_of(*of), "suspects others: name two nodes");
  return WorldAction{Suspect{.node = node, .of = *of, .is = word == "suspect"}};
}

// These on one side, all others on the other.
Result<Statement> partition(Words& words, const WorldRules& world) {
  std::set<NodeId> side;
  do {
    const auto node = words.take_node(world.nodes);
    if (!node) return std::unexpected(node.error());
    side.insert(*node);
  } while (!words.empty());
  if (side.size() == world.nodes) {
    return wrong_word("partition", "names all nodes, and nobody is on the other side");
  }
  Cut cut;
  for (const NodeId node : side) {
    for (std::uint32_t i = 0; i < world.nodes; ++i) {
      const NodeId other{i};
      if (side.contains(other)) continue;
      cut.ways.emplace_back(node, other);
      cut.ways.emplace_back(other, node);
    }
  }
  return WorldAction{std::move(cut)};
}

// Pairs: n1 n2 n1 n3.
Result<Statement> cut(bool both_ways, Words& words, const WorldRules& world) {
  Cut cut;
  do {
    const auto way = take_way(words, world);
    if (!way) return std::unexpected(way.error());
    cut.ways.emplace_back(way->from, way->to);
    if (both_ways) cut.ways.emplace_back(way->to, way->from);
  } while (!words.empty());
  return WorldAction{std::move(cut)};
}

Result<Statement> mishap(Mishap::What what, Words& words, const WorldRules& world) {
  Mishap mishap{.what = what};
  const auto kind = words.take_one_of(kMessageWords);
  if (!kind) return std::unexpected(kind.error());
  mishap.kind = *kind;
  const auto way = take_way(words, world);
  if (!way) return std::unexpected(way.error());
  mishap.from = way->from;
  mishap.to = way->to;
  if (what != Mishap::What::drop) {
    const auto after = words.take_span();
    if (!after) return std::unexpected(after.error());
    mishap.after = *after;
  }
  return WorldAction{mishap};
}

// "+500ms", "-1s".
Result<Statement> clock(NodeId node, Words& words) {
  const auto word = words.take("by how much: +500ms or -500ms");
  if (!word) return std::unexpected(word.error());
  const bool has_sign = word->starts_with('+') || word->starts_with('-');
  const auto span = parse_span(word->substr(has_sign ? 1 : 0), kClockMax);
  if (!span) return std::unexpected(span.error());
  const auto ms = static_cast<std::int64_t>(span->raw() / 1'000);
  return WorldAction{
      SetClock{.node = node, .ahead_ms = word->starts_with('-') ? -ms : ms}};
}

Result<std::uint64_t> option_of(std::string_view name, std::uint64_t usual,
                                std::uint64_t most, Words& words) {
  const std::array known{name};
  const auto option = words.take_option(known);
  if (!option) return std::unexpected(option.error());
  return *option ? parse_number(**option, 0, most) : usual;
}

Result<Statement> crash(NodeId node, Words& words) {
  constexpr std::array<std::string_view, 1> kKnown{"unsynced"};
  constexpr std::array<std::string_view, 3> kWhat{"random", "lost", "kept"};
  const auto option = words.take_option(kKnown);
  if (!option) return std::unexpected(option.error());
  if (!*option)
    return WorldAction{CutPower{.node = node, .unsynced = Unsynced::all_lost}};
  Words value((*option)->value);
  const auto what = value.take_one_of(kWhat);
  if (!what) return std::unexpected(what.error());
  return WorldAction{CutPower{.node = node, .unsynced = static_cast<Unsynced>(*what)}};
}

// flip n1 segment-00000001.log offset=80 bit=3
Result<Statement> flip(NodeId node, Words& words) {
  const auto file = words.take("which file");
  if (!file) return std::unexpected(file.error());
  if (!segment_named(*file)) return wrong_word(*file, "is no segment of a log");
  FlipBit flip{.node = node, .file = std::string(*file)};
  const auto offset = option_of("offset", 0, kDiskBytesMax, words);
  if (!offset) return std::unexpected(offset.error());
  flip.offset = *offset;
  const auto bit = option_of("bit", 0, 7, words);
  if (!bit) return std::unexpected(bit.error());
  flip.bit = static_cast<unsigned>(*bit);
  return WorldAction{std::move(flip)};
}

}  // namespace

Result<Statement> parse_network_fault(std::string_view word, Words& words,
                                      const WorldRules& world) {
  if (word == "mend") return WorldAction{Mend{}};
  if (word == "partition") return partition(words, world);
  if (word == "drop") return mishap(Mishap::What::drop, words, world);
  if (word == "delay") return mishap(Mishap::What::delay, words, world);
  if (word == "duplicate") return mishap(Mishap::What::duplicate, words, world);
  if (word != "weather") return cut(word == "cut", words, world);
  const auto weather = parse_weather(words, world.calm);
  if (!weather) return std::unexpected(weather.error());
  return WorldAction{ChangeWeather{*weather}};
}

Result<Statement> parse_node_fault(std::string_view word, Words& words,
                                   const WorldRules& world) {
  const auto taken = words.take_node(world.nodes);
  if (!taken) return std::unexpected(taken.error());
  const NodeId node = *taken;
  if (word == "kill") return WorldAction{Kill{node}};
  if (word == "start") return WorldAction{Start{node}};
  if (word == "pause") return WorldAction{Pause{node}};
  if (word == "resume") return WorldAction{Resume{node}};
  if (word == "suspect" || word == "trust") return suspect(word, node, words, world);
  if (word == "free") return WorldAction{FreeDisk{node}};
  if (word == "keep") return WorldAction{KeepDisk{node}};
  if (word == "restore") return WorldAction{RollBackDisk{node}};
  if (word == "wipe") return WorldAction{LoseDisk{node}};
  if (word == "tear") return TearLog{node};
  if (word == "crash") return crash(node, words);
  if (word == "clock") return clock(node, words);
  if (word == "flip") return flip(node, words);
  if (word == "damage") {
    const auto value = words.take("which value");
    if (!value) return std::unexpected(value.error());
    return DamageValue{.node = node, .value = std::string(*value)};
  }
  const bool fills = word == "fill";
  const auto number = option_of(fills ? "room" : "call", fills ? 0 : 1,
                                fills ? kDiskBytesMax : kDiskCallMax, words);
  if (!number) return std::unexpected(number.error());
  if (fills) return WorldAction{FillDisk{.node = node, .room = *number}};
  return WorldAction{FailDisk{.node = node, .call = std::max<std::uint64_t>(1, *number)}};
}

}  // namespace kv
