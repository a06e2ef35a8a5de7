// What goes to the store and what comes back, whatever the protocol.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kv::bench {

enum class Verb : std::uint8_t { get, put, scan };

// Looks at bytes of the one who asks; they stay until it is answered.
struct Request {
  Verb verb = Verb::get;
  std::string_view key{};
  std::string_view value{};   // of a put
  std::uint32_t limit = 0;    // of a scan: keys on the page
  std::string_view cursor{};  // of a scan: from the page before; empty: the first
};

struct Answer {
  enum class Kind : std::uint8_t { done, missing, failed };
  Kind kind = Kind::done;
  std::string_view value{};             // of a get, until the next bytes are read
  std::vector<std::string> siblings{};  // of a get that found several values
  std::string cursor{};                 // of a scan; empty at the end
  std::string error{};     // the store's word for what failed: "ERR", "timeout"
  std::string sentence{};  // and what it says about it
  bool closes = false;     // the server will take no more on this connection
};

}  // namespace kv::bench
