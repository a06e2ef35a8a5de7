// A protocol on a plain connection: requests as bytes, and bytes as answers.
//
// Idea      just enough of it: a load generator on the machine of what it measures must cost
//           little. What is not needed of an answer is skipped by its length.
// Breaks if  a length from outside is believed: answers have limits, and what is over one
//            ends the connection before memory is asked for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/result.hpp"
#include "v4_replicated_kv/bench/request.hpp"

namespace kv::bench {

inline constexpr std::size_t kAnswerBytesMost = std::size_t{64} << 20;

// How many copies to wait for. Not more than one of `level` and the number is given.
struct Copies {
  std::string level{};  // one, quorum, all, linearizable...; empty: the cluster's own
  std::optional<std::uint32_t> r{};
  std::optional<std::uint32_t> w{};
};

class Dialect {
 public:
  virtual ~Dialect() = default;

  virtual void append(std::string& out, const Request& request) const = 0;

  // The answer that `in` begins with, to a request of that verb, and how many bytes it had;
  // 0 where more have to come. Errc::bad_input for what is none: the connection is lost.
  [[nodiscard]] virtual Result<std::size_t> read(std::string_view in, Verb verb,
                                                 Answer& answer) const = 0;
};

// RESP2. Waits for as many copies as the server does by itself.
[[nodiscard]] std::unique_ptr<Dialect> resp_dialect();

// HTTP/1.1 with raw bytes; `host` is what the Host header says.
[[nodiscard]] std::unique_ptr<Dialect> http_dialect(const std::string& host,
                                                    const Copies& copies);

}  // namespace kv::bench
