#include "v4_replicated_kv/kv/kv_words.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "common/base/closest_word.hpp"
#include "common/base/text.hpp"
#include "common/command_line/refuse_word.hpp"
#include "common/command_line/words.hpp"
#include "v4_replicated_kv/client/endpoint_words.hpp"

namespace kv {

namespace {

struct Action {
  std::string_view name;
  KvAction action;
  std::size_t plain_min;  // words behind its name
  std::size_t plain_max;
  std::string_view needs;
  std::vector<std::string_view> flags;  // beside those that all have
};

const std::array kActions{
    Action{"put",
           KvAction::put,
           2,
           2,
           "a key and a value",
           {"--w", "--consistency", "--context", "--request-id", "--ttl-s"}},
    Action{"get", KvAction::get, 1, 1, "a key", {"--r", "--consistency"}},
    Action{"delete",
           KvAction::erase,
           1,
           1,
           "a key",
           {"--w", "--consistency", "--context", "--request-id"}},
    Action{"batch", KvAction::batch, 0, 1, "nothing, or a file", {}},
    Action{"scan", KvAction::scan, 0, 0, "no words", {"--prefix", "--limit"}},
};

constexpr std::array<std::string_view, 4> kLevels{"one", "quorum", "all", "linearizable"};
constexpr std::array<std::string_view, 2> kFormats{"text", "json"};

constexpr std::array kOwnFlags{Flag{.name = "--w"},
                               Flag{.name = "--r"},
                               Flag{.name = "--consistency", .values = kLevels},
                               Flag{.name = "--context"},
                               Flag{.name = "--request-id"},
                               Flag{.name = "--ttl-s"},
                               Flag{.name = "--prefix"},
                               Flag{.name = "--limit"},
                               Flag{.name = "--format", .values = kFormats},
                               Flag{.name = "--help", .has_value = false}};

std::vector<Flag> all_flags() {
  std::vector<Flag> flags(kOwnFlags.begin(), kOwnFlags.end());
  flags.insert(flags.end(), kEndpointFlags.begin(), kEndpointFlags.end());
  return flags;
}

std::vector<std::string_view> action_names() {
  std::vector<std::string_view> names;
  for (const Action& action : kActions) names.push_back(action.name);
  return names;
}

Result<const Action*> action_of(const std::vector<std::string>& plain) {
  if (plain.empty()) {
    return fail(Errc::bad_usage,
                "needs one of put, get, delete, batch, scan (see --help)");
  }
  const auto action = std::ranges::find(kActions, plain[0], &Action::name);
  if (action == kActions.end())
    return refuse_word(plain[0], suggestion(plain[0], action_names()));
  const std::size_t behind = plain.size() - 1;
  if (behind < action->plain_min) {
    return refuse_word(plain[0], fmt::format("needs {}", action->needs));
  }
  if (behind > action->plain_max) {
    return refuse_word(
        plain[action->plain_max + 1],
        fmt::format("is one word too many: {} takes {}", plain[0], action->needs));
  }
  return &*action;
}

// A flag that another action has, and this one does not.
Result<void> check_flags(const CommandWords& words, const Action& action) {
  for (const Flag& flag : kOwnFlags) {
    const bool is_for_all = flag.name == "--format" || flag.name == "--help";
    if (is_for_all || !words.has(flag.name)) continue;
    if (std::ranges::find(action.flags, flag.name) != action.flags.end()) continue;
    return refuse_word(flag.name, fmt::format("is not a flag of {}", action.name));
  }
  return {};
}

Result<void> read_asked(const CommandWords& words, std::string_view number,
                        CopiesAsked& asked) {
  constexpr std::size_t kCopiesMost = 16;
  const auto copies = words.number(number, 1, kCopiesMost);
  if (!copies) return std::unexpected(copies.error());
  asked.copies = *copies;
  auto level = words.one_of("--consistency", kLevels, "");
  if (!level) return std::unexpected(level.error());
  asked.consistency = *std::move(level);
  if (asked.copies && !asked.consistency.empty()) {
    return refuse_word("--consistency",
                       fmt::format("says how many copies: leave out {}", number));
  }
  return {};
}

Result<void> read_numbers(const CommandWords& words, KvWords& read) {
  constexpr std::uint64_t kMost = std::uint64_t{1} << 32;
  constexpr std::uint64_t kTtlMost = std::uint64_t{100} * 365 * 24 * 3600;  // a server's
  const auto ttl = words.number("--ttl-s", 1, kTtlMost);
  if (!ttl) return std::unexpected(ttl.error());
  read.ttl_s = *ttl;
  const auto limit = words.number("--limit", 1, kMost);
  if (!limit) return std::unexpected(limit.error());
  read.limit = *limit;
  return {};
}

}  // namespace

std::string_view kv_help() {
  return "Reads and writes keys of a running store.\n"
         "\n"
         "Usage: v4_replicated_kv kv put KEY VALUE|-  [--w N | --consistency LEVEL]\n"
         "                           [--ttl-s S] [--context C] [--request-id ID]\n"
         "       v4_replicated_kv kv get KEY          [--r N | --consistency LEVEL]\n"
         "       v4_replicated_kv kv delete KEY       [--w N | --consistency LEVEL]\n"
         "                           [--context C] [--request-id ID]\n"
         "       v4_replicated_kv kv batch [FILE|-]\n"
         "       v4_replicated_kv kv scan [--prefix P] [--limit N]\n"
         "\n"
         "put      stores the value, or what standard input holds (-)\n"
         "get      prints the value as it is, and a newline\n"
         "delete   removes the key; also one that was never there\n"
         "batch    does what the lines of FILE or of standard input say:\n"
         "           SET,KEY,BASE64_VAL\n"
         "           DEL,KEY,\n"
         "           GET,KEY,\n"
         "         as `v4_replicated_kv wal dump` writes them. Values are printed like\n"
         "         this, too; what failed is said on standard error, with its line.\n"
         "         It ends at a line that cannot be read: those before it are done.\n"
         "scan     prints keys, a line each, in no order; in a key %, comma, CR, LF and\n"
         "         bytes that are not UTF-8 are %XX\n"
         "\n"
         "  --endpoint HOST:PORT[,HOST:PORT...]   or URLs: the nodes to ask, one after\n"
         "                           the other [http://127.0.0.1:8080]\n"
         "  --timeout-ms N           for an answer [5000]\n"
         "  --w N, --r N             copies to wait for, instead of the cluster's own\n"
         "  --consistency LEVEL      one, quorum, all or linearizable\n"
         "  --ttl-s S                the value is gone after S seconds\n"
         "  --context C              what was seen: from the answer of a get\n"
         "  --request-id ID          the write's name: with the same one it is the same "
         "write\n"
         "  --format text|json       [text]\n"
         "  --                       what follows are no flags: kv put -- KEY -5\n"
         "\n"
         "Exit status: 0 done, 1 not there, or refused, or failed, 2 wrong usage,\n"
         "3 nobody knows: the write may be there, or appear later.\n";
}

Vocabulary kv_vocabulary() {
  return vocabulary_of("kv", action_names(), all_flags());
}

Result<KvWords> read_kv_words(int argc, const char* const* argv) {
  const auto flags = all_flags();
  const std::span all(argv, static_cast<std::size_t>(argc));
  const auto words = CommandWords::read("kv", all.subspan(all.empty() ? 0 : 1), flags);
  if (!words) return std::unexpected(words.error());
  if (words->has("--help")) return KvWords{};
  const auto& plain = words->plain();
  const auto action = action_of(plain);
  if (!action) return std::unexpected(action.error());
  if (auto good = check_flags(*words, **action); !good) {
    return std::unexpected(good.error());
  }
  KvWords read{.action = (*action)->action};
  auto client = endpoint_options(*words);
  if (!client) return std::unexpected(client.error());
  read.client = *std::move(client);
  const auto format = words->one_of("--format", kFormats, "text");
  if (!format) return std::unexpected(format.error());
  read.json = *format == "json";
  if (read.action == KvAction::batch) {
    if (plain.size() > 1) read.input = plain[1];
  } else if (plain.size() > 1) {
    read.key = plain[1];
    if (read.key.empty())
      return refuse_word(plain[0], "needs a key of at least one byte");
  }
  if (plain.size() > 2) read.value = plain[2];
  const bool is_read = read.action == KvAction::get;
  if (auto good = read_asked(*words, is_read ? "--r" : "--w", read.asked); !good) {
    return std::unexpected(good.error());
  }
  if (auto good = read_numbers(*words, read); !good) return std::unexpected(good.error());
  read.context = words->text("--context").value_or("");
  read.request_id = words->text("--request-id").value_or("");
  read.prefix = words->text("--prefix").value_or("");
  return read;
}

}  // namespace kv
