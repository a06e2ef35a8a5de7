// The words behind a command: flags taken out, the rest in their order.
//
//   put cart - --w 2 --ttl-s=60        plain: put, cart, -     --w: 2   --ttl-s: 60
//
// Breaks if  a key that begins with a dash is taken for a flag: behind "--" all is plain.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"

namespace kv {

struct Flag {
  std::string_view name;  // with its dashes
  bool has_value = true;
  std::span<const std::string_view> values = {};  // one of these; none: any
};

class CommandWords {
 public:
  // Errc::bad_usage, for people who typed this command, for a flag that is not among these,
  // one without its value (another flag is none), one that takes none, one given twice.
  [[nodiscard]] static Result<CommandWords> read(std::string_view command,
                                                 std::span<const char* const> words,
                                                 std::span<const Flag> flags);

  [[nodiscard]] const std::vector<std::string>& plain() const { return plain_; }
  [[nodiscard]] bool has(std::string_view flag) const { return flags_.contains(flag); }

  // What was typed behind the flag; nothing where it was not typed.
  [[nodiscard]] std::optional<std::string> text(std::string_view flag) const;

  // The same, where it must be one of these words; `usual` where it was not typed.
  [[nodiscard]] Result<std::string> one_of(std::string_view flag,
                                           std::span<const std::string_view> words,
                                           std::string_view usual) const;

  // The same, where it must be a whole number from `min` to `max`.
  [[nodiscard]] Result<std::optional<std::uint64_t>> number(std::string_view flag,
                                                            std::uint64_t min,
                                                            std::uint64_t max) const;

 private:
  std::vector<std::string> plain_;
  std::map<std::string, std::string, std::less<>> flags_;
};

}  // namespace kv
