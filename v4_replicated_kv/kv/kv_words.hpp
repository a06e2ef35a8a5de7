// The words behind `v4_replicated_kv kv`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"
#include "common/command_line/vocabulary.hpp"
#include "v4_replicated_kv/client/client.hpp"

namespace kv {

enum class KvAction : std::uint8_t { help, put, get, erase, batch, scan };

struct KvWords {
  KvAction action = KvAction::help;
  ClientOptions client{};
  bool json = false;
  std::string key{};                     // of put, get, delete
  std::string value{};                   // of put: itself, or - for standard input
  std::string input = "-";               // of batch: a file, or - for standard input
  CopiesAsked asked{};                   // of put, get, delete
  std::string context{};                 // of put, delete
  std::string request_id{};              // of put, delete
  std::optional<std::uint64_t> ttl_s{};  // of put
  std::string prefix{};                  // of scan
  std::optional<std::uint64_t> limit{};  // of scan; none: all there are
};

[[nodiscard]] std::string_view kv_help();

// All that a person can type behind it.
[[nodiscard]] Vocabulary kv_vocabulary();

// Errc::bad_usage with the word, and what is taken instead. `argv[0]` is not looked at.
[[nodiscard]] Result<KvWords> read_kv_words(int argc, const char* const* argv);

}  // namespace kv
