#include "v4_replicated_kv/versioning/history_bytes.hpp"

#include <cstdint>
#include <span>
#include <vector>

#include "v4_replicated_kv/versioning/version.hpp"

namespace kv {

namespace {

constexpr std::size_t kDotBytes = 16;

void append_dots(std::string& out, std::span<const Dot> dots) {
  append_le(out, static_cast<std::uint32_t>(dots.size()));
  for (const Dot& dot : dots) append_dot(out, dot);
}

std::optional<std::vector<Dot>> read_dots(ByteReader& reader) {
  const auto count = reader.number<std::uint32_t>();
  if (!reader.ok() || count > reader.left() / kDotBytes) return std::nullopt;
  std::vector<Dot> dots;
  dots.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto dot = read_dot(reader);
    if (!dot || (!dots.empty() && *dot <= dots.back())) return std::nullopt;
    dots.push_back(*dot);
  }
  return dots;
}

}  // namespace

void append_dot(std::string& out, const Dot& dot) {
  append_le(out, dot.actor.raw());
  append_le(out, dot.seq);
}

std::optional<Dot> read_dot(ByteReader& reader) {
  const ActorId actor{reader.number<std::uint64_t>()};
  const auto seq = reader.number<std::uint64_t>();
  if (!reader.ok() || actor == ActorId{0} || seq == 0 || seq > kSeqMax) {
    return std::nullopt;
  }
  return Dot{.actor = actor, .seq = seq};
}

void append_history(std::string& out, const History& history) {
  append_dots(out, history.vector().entries());
  append_dots(out, history.dots());
}

std::optional<History> read_history(ByteReader& reader) {
  const auto entries = read_dots(reader);
  if (!entries) return std::nullopt;
  const auto dots = read_dots(reader);
  if (!dots) return std::nullopt;
  History history;
  for (const Dot& entry : *entries) history.raise(entry);
  for (const Dot& dot : *dots) history.add(dot);
  // Two entries of one actor, or a dot below its vector, have become fewer.
  if (history.size() != entries->size() + dots->size()) return std::nullopt;
  return history;
}

}  // namespace kv
