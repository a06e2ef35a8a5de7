#include "v4_replicated_kv/versioning/state_bytes.hpp"

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

#include "common/base/bytes.hpp"
#include "common/hash/functions.hpp"
#include "common/hash/hasher.hpp"
#include "v4_replicated_kv/versioning/history_bytes.hpp"
#include "v4_replicated_kv/versioning/version_bytes.hpp"

namespace kv {

namespace {

constexpr std::uint8_t kStateForm = 1;

bool read_versions(ByteReader& reader, std::vector<Version>& versions) {
  const auto count = reader.number<std::uint32_t>();
  if (!reader.ok() || count > reader.left() / kVersionBytesMin) return false;
  versions.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    auto version = read_version(reader);
    if (!version) return false;
    versions.push_back(*std::move(version));
  }
  return true;
}

bool read_recent(ByteReader& reader, RecentRequests& recent) {
  const auto count = reader.number<std::uint8_t>();
  if (count > kRecentRequestsMax) return false;
  RecentRequest last;
  for (std::uint8_t i = 0; i < count; ++i) {
    const auto at = read_timestamp(reader);
    if (!at) return false;
    const RecentRequest request{.at = *at,
                                .id = RequestId{reader.number<std::uint64_t>()}};
    if (request.id == RequestId{0} || request <= last) return false;
    recent.add(request);
    last = request;
  }
  return reader.ok();
}

bool is_sound(Policy policy, const History& seen, const Version& version) {
  if (!is_sound(version)) return false;
  if (policy == Policy::last_write_wins) return true;
  return version.kind == Kind::value && seen.covers(version.dot());
}

}  // namespace

bool is_sound(Policy policy, const KeyState& state) {
  if (policy == Policy::last_write_wins &&
      (!state.seen.empty() || state.versions.size() > 1)) {
    return false;
  }
  const auto in_order = [](const Version& a, const Version& b) {
    return a.dot() < b.dot();
  };
  const auto out_of_order =
      std::ranges::adjacent_find(state.versions, std::not_fn(in_order));
  return out_of_order == state.versions.end() &&
         std::ranges::all_of(state.versions, [&](const Version& version) {
           return is_sound(policy, state.seen, version);
         });
}

void append_state(std::string& out, Policy policy, const KeyState& state) {
  append_le(out, kStateForm);
  append_le(out, static_cast<std::uint8_t>(policy));
  append_history(out, state.seen);
  append_le(out, static_cast<std::uint32_t>(state.versions.size()));
  for (const Version& version : state.versions) append_version(out, version);
  append_le(out, static_cast<std::uint8_t>(state.recent.entries().size()));
  for (const RecentRequest& request : state.recent.entries()) {
    append_timestamp(out, request.at);
    append_le(out, request.id.raw());
  }
}

std::string state_bytes(Policy policy, const KeyState& state) {
  std::string out;
  append_state(out, policy, state);
  return out;
}

Result<KeyState> parse_state(Policy policy, std::string_view bytes) {
  const auto corrupt = [] { return fail(Errc::corrupt, "not the state of a key"); };
  ByteReader reader(bytes);
  if (reader.number<std::uint8_t>() != kStateForm) return corrupt();
  if (reader.number<std::uint8_t>() != static_cast<std::uint8_t>(policy))
    return corrupt();
  KeyState state;
  auto seen = read_history(reader);
  if (!seen) return corrupt();
  state.seen = *std::move(seen);
  if (!read_versions(reader, state.versions)) return corrupt();
  if (!read_recent(reader, state.recent)) return corrupt();
  if (!reader.at_end() || !is_sound(policy, state)) return corrupt();
  return state;
}

std::uint64_t digest(Policy policy, const KeyState& state, std::uint64_t seed) {
  return digest_of_bytes(state_bytes(policy, state), seed);
}

std::uint64_t digest_of_bytes(std::string_view bytes, std::uint64_t seed) {
  const std::uint64_t hash = Hasher(&xxh3, seed)(bytes);
  return hash == 0 ? 1 : hash;
}

}  // namespace kv
