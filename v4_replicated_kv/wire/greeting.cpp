#include "v4_replicated_kv/wire/greeting.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "common/base/bytes.hpp"

namespace kv {

std::string greeting_bytes(const Greeting& greeting) {
  std::string out;
  append_le(out, greeting.oldest);
  append_le(out, greeting.newest);
  append_le(out, greeting.cluster.raw());
  append_le(out, greeting.node.raw());
  append_le(out, greeting.boot);
  append_le(out, static_cast<std::uint8_t>(greeting.has_secret ? 1 : 0));
  out.append(greeting.nonce.data(), greeting.nonce.size());
  return out;
}

Result<Greeting> parse_greeting(std::string_view bytes) {
  ByteReader in(bytes);
  Greeting greeting;
  greeting.oldest = in.number<std::uint16_t>();
  greeting.newest = in.number<std::uint16_t>();
  greeting.cluster = ClusterId{in.number<std::uint64_t>()};
  greeting.node = NodeId{in.number<std::uint32_t>()};
  greeting.boot = in.number<std::uint64_t>();
  const auto secret = in.number<std::uint8_t>();
  greeting.has_secret = secret == 1;
  const std::string_view nonce = in.take(greeting.nonce.size());
  const bool makes_sense =
      secret <= 1 && greeting.oldest >= 1 && greeting.oldest <= greeting.newest;
  if (!in.at_end() || !makes_sense) {
    return fail(Errc::corrupt,
                "connection of a peer: what it begins with is no "
                "greeting; close the connection");
  }
  std::ranges::copy(nonce, greeting.nonce.begin());
  return greeting;
}

Result<std::uint16_t> common_version(const Greeting& mine, const Greeting& theirs) {
  const std::uint16_t version = std::min(mine.newest, theirs.newest);
  if (version >= std::max(mine.oldest, theirs.oldest)) return version;
  return fail(
      Errc::conflict,
      fmt::format("node {} speaks versions {} to {} of the peer protocol, and this "
                  "program {} to {}: upgrade the older program",
                  theirs.node.raw(), theirs.oldest, theirs.newest, mine.oldest,
                  mine.newest));
}

}  // namespace kv
