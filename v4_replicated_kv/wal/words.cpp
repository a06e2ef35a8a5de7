#include "v4_replicated_kv/wal/words.hpp"

#include <array>
#include <cstddef>
#include <span>

#include <fmt/format.h>

#include "common/base/text.hpp"
#include "common/command_line/refuse_word.hpp"
#include "common/command_line/words.hpp"

namespace kv {

namespace {

constexpr std::array<std::string_view, 3> kActions{"dump", "verify", "import"};
constexpr std::array<std::string_view, 2> kFormats{"text", "json"};

constexpr std::array kFlags{Flag{.name = "--verbose", .has_value = false},
                            Flag{.name = "--format", .values = kFormats},
                            Flag{.name = "--help", .has_value = false}};

}  // namespace

std::string_view wal_help() {
  return "Looks into the log of a store, or fills one from lines.\n"
         "\n"
         "Usage: v4_replicated_kv wal dump PATH [--verbose]\n"
         "       v4_replicated_kv wal verify PATH [--format text|json]\n"
         "       v4_replicated_kv wal import PATH [FILE]\n"
         "\n"
         "PATH is a store's directory; for dump and verify also a single segment. Both "
         "only\n"
         "read, take no lock, and may look at a store that is running.\n"
         "\n"
         "dump     prints a line for every change that the log holds, oldest first:\n"
         "           SET,KEY,BASE64_VAL\n"
         "           DEL,KEY,\n"
         "         In a key %, comma, CR, LF and bytes that are not UTF-8 are %XX. A "
         "value\n"
         "         whose time was over reads as DEL. Lines with # are remarks. Damage "
         "is\n"
         "         said on standard error; what is whole is printed all the same.\n"
         "           --verbose  eight columns more: seq, counter, actor, dot_seq, "
         "expires_ms,\n"
         "                      digest, segment, offset\n"
         "verify   reads every byte, and prints a line for each damage: file, offset, "
         "cause.\n"
         "         A torn tail is no damage: nobody was told that it was stored.\n"
         "           --format   text or json [text]\n"
         "import   puts such lines (of standard input, or of FILE) into the store, which "
         "is\n"
         "         made if it is missing and may not be in use. Stops at the first line\n"
         "         that cannot be read; those before it are kept. Of the columns of\n"
         "         --verbose it takes the time of expiry, and no versions.\n"
         "\n"
         "Exit status: 0 done and whole, 1 damage or failure, 2 wrong usage.\n";
}

Vocabulary wal_vocabulary() {
  return vocabulary_of("wal", kActions, kFlags);
}

Result<WalWords> read_wal_words(int argc, const char* const* argv) {
  const std::span all(argv, static_cast<std::size_t>(argc));
  const auto words = CommandWords::read("wal", all.subspan(all.empty() ? 0 : 1), kFlags);
  if (!words) return std::unexpected(words.error());
  if (words->has("--help")) return WalWords{};
  const auto format = words->one_of("--format", kFormats, "text");
  if (!format) return std::unexpected(format.error());
  const auto& plain = words->plain();
  if (plain.empty())
    return fail(Errc::bad_usage, "needs one of dump, verify, import (see --help)");
  WalWords read{.verbose = words->has("--verbose"), .json = *format == "json"};
  if (plain[0] == "dump") {
    read.action = WalAction::dump;
  } else if (plain[0] == "verify") {
    read.action = WalAction::verify;
  } else if (plain[0] == "import") {
    read.action = WalAction::import;
  } else {
    return refuse_word(plain[0], "takes one of dump, verify, import");
  }
  if (plain.size() < 2 || plain[1].empty()) return refuse_word(plain[0], "needs a path");
  read.path = plain[1];
  const std::size_t most = read.action == WalAction::import ? 3 : 2;
  if (plain.size() > most) return refuse_word(plain[most], "is one word too many");
  if (plain.size() == 3) read.input = plain[2];
  if (read.verbose && read.action != WalAction::dump) {
    return refuse_word("--verbose", "is a flag of dump");
  }
  if (words->has("--format") && read.action != WalAction::verify) {
    return refuse_word("--format", "is a flag of verify");
  }
  return read;
}

}  // namespace kv
