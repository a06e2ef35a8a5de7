#include "v4_replicated_kv/api/http/parameters.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "common/base/closest_word.hpp"
#include "common/base/text.hpp"
#include "common/base/whole_number.hpp"
#include "v4_replicated_kv/api/http/percent.hpp"
#include "v4_replicated_kv/api/http/words.hpp"
#include "v4_replicated_kv/versioning/expiry.hpp"

namespace kv::http {

namespace {

OrRefused<std::uint64_t> number_of(std::string_view name, std::string_view value) {
  const auto number = whole_number(value);
  if (number) return *number;
  return refuse(fmt::format("{} takes a whole number, not {}", name, printable(value)));
}

OrRefused<std::size_t> number_within(std::string_view name, std::string_view value,
                                     std::uint64_t max) {
  const auto number = number_of(name, value);
  if (!number) return std::unexpected(number.error());
  if (*number >= 1 && *number <= max) return static_cast<std::size_t>(*number);
  return refuse(fmt::format("{} is 1 to {}, not {}", name, max, *number));
}

// Puts what was read where it belongs; false, with `refused`, where nothing was.
template <class To, class From>
bool put(To& to, OrRefused<From> read, Refusal& refused) {
  if (!read) {
    refused = std::move(read.error());
    return false;
  }
  to = *std::move(read);
  return true;
}

bool read_one(std::string_view name, std::string value, Parameters& out,
              Refusal& refused) {
  constexpr std::uint64_t kKeys = 1000;
  if (name == "r") return put(out.r, number_of(name, value), refused);
  if (name == "w") return put(out.w, number_of(name, value), refused);
  if (name == "consistency") return put(out.level, level_named(value), refused);
  if (name == "limit") return put(out.limit, number_within(name, value, kKeys), refused);
  if (name == "timeout_ms") {
    std::size_t ms = 0;
    if (!put(ms, number_within(name, value, kTimeoutMsMax), refused)) return false;
    out.patience = Tick{std::uint64_t{ms} * 1000};
    return true;
  }
  if (name == "ttl_s") {
    std::uint64_t seconds = 0;
    return put(seconds, number_of(name, value), refused) &&
           put(out.ttl_ms, ttl_ms_of(seconds), refused);
  }
  if (name == "context") {
    out.context = std::move(value);
  } else if (name == "key") {
    out.key = std::move(value);
  } else if (name == "prefix") {
    out.prefix = std::move(value);
  } else if (name == "cursor") {
    out.cursor = std::move(value);
  }
  return true;
}

}  // namespace

OrRefused<Level> level_named(std::string_view name) {
  if (name == "one") return Level::one;
  if (name == "quorum") return Level::quorum;
  if (name == "all") return Level::all;
  if (name == "linearizable") return Level::linearizable;
  if (name == "any" || name == "local_one" || name == "local_quorum") {
    return refuse(fmt::format(
        "the level {} is not there yet: take one, quorum, all or linearizable", name));
  }
  return refuse(fmt::format("{} is no level: there are one, quorum, all and linearizable",
                            printable(name)));
}

OrRefused<std::uint64_t> ttl_ms_of(std::uint64_t seconds) {
  if (seconds >= 1 && seconds <= kTtlMsMax / 1000) return seconds * 1000;
  return refuse(
      fmt::format("ttl_s is 1 to {} seconds, not {}", kTtlMsMax / 1000, seconds));
}

OrRefused<Parameters> read_parameters(std::string_view query,
                                      std::initializer_list<std::string_view> known) {
  Parameters parameters;
  std::uint64_t seen = 0;
  while (!query.empty()) {
    std::string_view value = take_until(query, '&');
    const auto name = percent_decoded(take_until(value, '='));
    auto decoded = percent_decoded(value);
    if (!name || !decoded) {
      return refuse("in the query, a % is not followed by two hexadecimal digits");
    }
    const auto* const at = std::ranges::find(known, *name);
    if (at == known.end()) {
      const std::span names(known.begin(), known.size());
      return refuse(fmt::format("nobody knows the parameter {} here{}", printable(*name),
                                names.empty() ? "" : "; " + suggestion(*name, names)));
    }
    const std::uint64_t bit = std::uint64_t{1} << (at - known.begin());
    if ((seen & bit) != 0)
      return refuse(fmt::format("the parameter {} comes twice", *at));
    seen |= bit;
    Refusal refused;
    if (!read_one(*at, *std::move(decoded), parameters, refused)) {
      return std::unexpected(std::move(refused));
    }
  }
  if (parameters.level && (parameters.r || parameters.w)) {
    return refuse("consistency says how many copies: leave out r and w");
  }
  return parameters;
}

}  // namespace kv::http
