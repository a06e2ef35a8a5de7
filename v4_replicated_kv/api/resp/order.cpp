#include "v4_replicated_kv/api/resp/order.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "v4_replicated_kv/api/resp/answer_text.hpp"
#include "v4_replicated_kv/api/resp/glob.hpp"
#include "v4_replicated_kv/api/resp/refused_commands.hpp"
#include "v4_replicated_kv/versioning/expiry.hpp"

namespace kv::resp {

namespace {

using Arguments = std::span<const std::string_view>;

// A name of up to eight bytes as one number, without regard to case: comparing it is a step.
// Longer ones are nobody's: 0.
constexpr std::uint64_t packed(std::string_view name) {
  if (name.size() > 8) return 0;
  std::uint64_t number = 0;
  for (const char byte : name) {
    const bool is_capital = byte >= 'A' && byte <= 'Z';
    const auto lower = static_cast<unsigned char>(is_capital ? byte - 'A' + 'a' : byte);
    number = number << 8U | lower;
  }
  return number;
}

bool is_word(std::string_view argument, std::string_view word) {
  return argument.size() == word.size() && packed(argument) == packed(word);
}

Order text_order(std::string text) {
  return {.text = std::move(text)};
}
Order error_order(std::string_view text) {
  return text_order(error_text(text));
}
Order ok_order() {
  return text_order(std::string(kOk));
}

template <class Number>
std::optional<Number> number_of(std::string_view text) {
  Number number{};
  const auto [stopped, error] = std::from_chars(text.begin(), text.end(), number);
  if (error != std::errc{} || stopped != text.end()) return std::nullopt;
  return number;
}

Request get_of(std::string_view key) {
  return {.verb = Verb::get, .key = std::string(key)};
}
Request put_of(std::string_view key, std::string_view value) {
  return {.verb = Verb::put, .key = std::string(key), .value = std::string(value)};
}

constexpr std::string_view kSyntax = "ERR syntax error";
constexpr std::string_view kNoNumber = "ERR value is not an integer or out of range";

Order ping(Arguments args) {
  if (args.size() == 1) return text_order("+PONG\r\n");
  return text_order(string_text(args[1]));
}

Order echo(Arguments args) {
  return text_order(string_text(args[1]));
}

Order quit(Arguments /*args*/) {
  Order order = ok_order();
  order.closes = true;
  return order;
}

// Redis' words for a server without a password.
Order auth(Arguments args) {
  if (args.size() == 2) {
    return error_order(
        "ERR AUTH <password> called without any password configured for the default "
        "user. "
        "Are you sure your configuration is correct?");
  }
  if (args[1] == "default") return ok_order();
  return error_order("WRONGPASS invalid username-password pair or user is disabled.");
}

Order select(Arguments args) {
  const auto database = number_of<std::int32_t>(args[1]);
  if (!database) return error_order(kNoNumber);
  if (*database == 0) return ok_order();
  return error_order("ERR DB index is out of range");
}

Order hello(Arguments args) {
  if (args.size() > 1) {
    const auto version = number_of<std::int64_t>(args[1]);
    if (!version) {
      return error_order("ERR Protocol version is not an integer or out of range");
    }
    if (*version != 2) return error_order("NOPROTO unsupported protocol version");
  }
  for (std::size_t i = 2; i < args.size();) {
    if (is_word(args[i], "auth") && i + 2 < args.size()) {
      if (args[i + 1] != "default") {
        return error_order(
            "WRONGPASS invalid username-password pair or user is disabled.");
      }
      i += 3;
    } else if (is_word(args[i], "setname") && i + 1 < args.size()) {
      i += 2;
    } else {
      return error_order(fmt::format("ERR Syntax error in HELLO option '{}'", args[i]));
    }
  }
  std::string text;
  append_array(text, 10);
  for (const std::string_view word : {"server", "v4_replicated_kv", "version", "1"}) {
    append_string(text, word);
  }
  append_string(text, "proto");
  append_number(text, 2);
  for (const std::string_view word : {"mode", "standalone", "role", "master"}) {
    append_string(text, word);
  }
  return text_order(std::move(text));
}

Order client(Arguments args) {
  if (is_word(args[1], "setname") && args.size() == 3) return ok_order();
  if (is_word(args[1], "setinfo") && args.size() == 4) return ok_order();
  return error_order(fmt::format(
      "ERR unknown subcommand or wrong number of arguments for '{}'. Here are SETNAME "
      "and SETINFO.",
      args[1]));
}

// What redis-benchmark asks before it begins.
Order config(Arguments args) {
  if (!is_word(args[1], "get") || args.size() != 3) {
    return error_order(
        "ERR of CONFIG there is only GET: a node is set up by its own file");
  }
  const bool is_save = args[2] == "save";
  if (!is_save && args[2] != "appendonly") return text_order(std::string(kEmptyArray));
  std::string text;
  append_array(text, 2);
  append_string(text, args[2]);
  append_string(text, is_save ? "" : "yes");
  return text_order(std::move(text));
}

Order info(Arguments /*args*/) {
  return {.shape = Shape::info};
}

Order get(Arguments args) {
  return {.shape = Shape::get, .request = get_of(args[1])};
}
Order ttl(Arguments args) {
  return {.shape = Shape::ttl, .request = get_of(args[1])};
}
Order pttl(Arguments args) {
  return {.shape = Shape::pttl, .request = get_of(args[1])};
}

// Errors name what the option would promise.
std::string_view why_no_option(std::string_view option) {
  if (is_word(option, "nx") || is_word(option, "xx")) {
    return "ERR SET NX and XX are a read and a write that nobody may come between: a "
           "quorum "
           "store cannot promise that";
  }
  if (is_word(option, "get")) {
    return "ERR SET GET names the value that was replaced: a quorum store does not know "
           "it. "
           "Use GET, then SET";
  }
  if (is_word(option, "keepttl")) {
    return "ERR SET KEEPTTL reads and writes at once: a quorum store cannot promise "
           "that. Use "
           "TTL, then SET EX";
  }
  if (is_word(option, "exat") || is_word(option, "pxat")) {
    return "ERR SET takes a time to live, with EX or PX, not a time of day";
  }
  return kSyntax;
}

Order set(Arguments args) {
  Order order{.shape = Shape::put};
  std::uint64_t ttl_ms = 0;
  for (std::size_t i = 3; i < args.size(); i += 2) {
    const bool is_seconds = is_word(args[i], "ex");
    if (!is_seconds && !is_word(args[i], "px"))
      return error_order(why_no_option(args[i]));
    if (ttl_ms != 0 || i + 1 == args.size()) return error_order(kSyntax);
    const auto time = number_of<std::int64_t>(args[i + 1]);
    if (!time) return error_order(kNoNumber);
    const std::int64_t unit = is_seconds ? 1000 : 1;
    if (*time <= 0 || *time > static_cast<std::int64_t>(kTtlMsMax) / unit) {
      return error_order("ERR invalid expire time in 'set' command");
    }
    ttl_ms = static_cast<std::uint64_t>(*time * unit);
  }
  order.request = put_of(args[1], args[2]);
  order.request.ttl_ms = ttl_ms;
  return order;
}

Order get_many(Arguments args) {
  Order order{.shape = Shape::get_many};
  for (const std::string_view key : args.subspan(1)) order.parts.push_back(get_of(key));
  return order;
}

Order exists(Arguments args) {
  Order order = get_many(args);
  order.shape = Shape::count;
  return order;
}

// A key that is named twice is deleted once.
Order del(Arguments args) {
  Order order{.shape = Shape::erase};
  std::set<std::string_view> keys;
  for (const std::string_view key : args.subspan(1)) {
    if (keys.insert(key).second) order.parts.push_back(get_of(key));
  }
  return order;
}

// Of a key that is named twice the last value counts, and is the only one that is put.
Order mset(Arguments args) {
  if (args.size() % 2 == 0) {
    return error_order("ERR wrong number of arguments for 'mset' command");
  }
  Order order{.shape = Shape::put_many};
  std::set<std::string_view> keys;
  for (std::size_t end = args.size(); end > 1; end -= 2) {
    if (keys.insert(args[end - 2]).second) {
      order.parts.push_back(put_of(args[end - 2], args[end - 1]));
    }
  }
  return order;
}

Order scan(Arguments args) {
  constexpr std::uint32_t kUsual = 10;
  constexpr std::size_t kPatternBytesMax = 256;
  const auto cursor = number_of<std::uint64_t>(args[1]);
  if (!cursor) return error_order("ERR invalid cursor");
  Order order{.shape = Shape::page};
  std::uint32_t limit = kUsual;
  for (std::size_t i = 2; i < args.size(); i += 2) {
    if (i + 1 == args.size()) return error_order(kSyntax);
    if (is_word(args[i], "count")) {
      const auto count = number_of<std::int64_t>(args[i + 1]);
      if (!count) return error_order(kNoNumber);
      if (*count < 1) return error_order(kSyntax);
      limit = static_cast<std::uint32_t>(std::min<std::int64_t>(*count, kListedKeysMax));
    } else if (is_word(args[i], "match")) {
      if (args[i + 1].size() > kPatternBytesMax) {
        return error_order(
            fmt::format("ERR a pattern has at most {} bytes", kPatternBytesMax));
      }
      order.pattern = args[i + 1];
    } else {
      return error_order(kSyntax);
    }
  }
  order.request = {.verb = Verb::list, .key = literal_prefix(order.pattern.value_or(""))};
  order.request.limit = limit;
  order.request.from = KeyHash{*cursor};
  return order;
}

Order command(Arguments args);

struct Command {
  std::string_view name;
  std::size_t least;  // arguments, the name included
  std::size_t most;
  Order (*order)(Arguments);
  std::uint64_t number = packed(name);
};

constexpr std::size_t kAny = std::numeric_limits<std::size_t>::max();

// The most frequent first.
constexpr std::array kCommands{
    Command{"get", 2, 2, get},          Command{"set", 3, kAny, set},
    Command{"del", 2, kAny, del},       Command{"exists", 2, kAny, exists},
    Command{"mget", 2, kAny, get_many}, Command{"mset", 3, kAny, mset},
    Command{"ttl", 2, 2, ttl},          Command{"pttl", 2, 2, pttl},
    Command{"ping", 1, 2, ping},        Command{"scan", 2, kAny, scan},
    Command{"echo", 2, 2, echo},        Command{"auth", 2, 3, auth},
    Command{"select", 2, 2, select},    Command{"hello", 1, kAny, hello},
    Command{"client", 2, kAny, client}, Command{"config", 2, kAny, config},
    Command{"info", 1, kAny, info},     Command{"command", 1, kAny, command},
    Command{"quit", 1, kAny, quit},
};

// Whoever asks for help in a terminal gets none, and no error.
Order command(Arguments args) {
  if (args.size() == 2 && is_word(args[1], "count")) {
    return text_order(number_text(static_cast<std::int64_t>(kCommands.size())));
  }
  if (args.size() == 1 || is_word(args[1], "docs")) {
    return text_order(std::string(kEmptyArray));
  }
  return error_order("ERR of COMMAND there are COUNT and DOCS");
}

}  // namespace

Order order_of(std::span<const std::string_view> arguments) {
  const std::uint64_t number = packed(arguments[0]);
  for (const Command& command : kCommands) {
    // A name that begins with zeros has the number of a shorter one.
    if (command.number != number || command.name.size() != arguments[0].size()) continue;
    if (arguments.size() < command.least || arguments.size() > command.most) {
      return error_order(
          fmt::format("ERR wrong number of arguments for '{}' command", command.name));
    }
    return command.order(arguments);
  }
  if (is_of_http(arguments[0])) return {.closes = true};
  return error_order(why_refused(arguments[0]));
}

}  // namespace kv::resp
