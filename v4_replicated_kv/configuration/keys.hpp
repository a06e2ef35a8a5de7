// Every key that there is, once: its name, what it is for, what it takes, where it goes.
//
//   all_keys() ---> the reader of files     names, lines
//              ---> the reader of flags     names, short forms
//              ---> --help, the reference   meanings, defaults
//
// Breaks if  a key is also written down elsewhere: one of the two will be wrong some day.
// Breaks if  a key is taken whose feature is not there. Whoever sets it believes that it
//            works, so a key comes into the table with what it is for.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "v4_replicated_kv/configuration/settings.hpp"

namespace kv {

struct Key {
  std::string_view name;        // "cluster.n"
  std::string_view short_form;  // of its flag, where it has one: "--id"
  std::string_view meaning;
  std::string takes;
  std::vector<std::string> words{};  // all that it takes, where these are a few words
  bool is_list = false;
  std::function<bool(Settings&, std::string_view)> set;  // false: does not take it
  std::function<std::string(const Settings&)> show;
};

// In the order of the reference.
[[nodiscard]] std::span<const Key> all_keys();

// Null where there is none of this name.
[[nodiscard]] const Key* key_named(std::string_view name);

// The part before the dot, of those that there are: "node", "listen", ...
[[nodiscard]] std::span<const std::string_view> all_sections();

// Keys that other versions will know, and this one refuses.
[[nodiscard]] std::span<const std::string_view> later_keys();

// The end of a sentence about a key that nobody knows: that it will come, or the one that
// was probably meant.
[[nodiscard]] std::string why_no_key(std::string_view name);

}  // namespace kv
