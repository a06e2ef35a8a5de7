// --help and the reference page, from the table of keys.
#include <fmt/format.h>

#include "v4_replicated_kv/configuration/keys.hpp"
#include "v4_replicated_kv/configuration/read_settings.hpp"

namespace kv {

namespace {

std::string shown(const std::string& value) {
  return value.empty() ? "\"\"" : value;
}

constexpr std::size_t kColumns = 90;

// Words in lines of that width, each after so many spaces.
void append_wrapped(std::string& out, std::string_view text, std::size_t indent) {
  std::size_t column = kColumns;
  while (!text.empty()) {
    const auto word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    if (column + 1 + word.size() > kColumns) {
      out += "\n" + std::string(indent, ' ');
      column = indent;
    } else {
      out += ' ';
      ++column;
    }
    out += word;
    column += word.size();
  }
}

}  // namespace

std::string configuration_help(Role role) {
  const Settings defaults = defaults_of(role);
  std::string out =
      "  --config FILE      a YAML file of at most 1 MiB with sections and keys; flags "
      "win\n";
  for (const Key& key : all_keys()) {
    out +=
        fmt::format("  {}{}--{} [{}]", key.short_form, key.short_form.empty() ? "" : ", ",
                    key.name, shown(key.show(defaults)));
    append_wrapped(out, fmt::format("{}: {}", key.meaning, key.takes), 6);
    out += '\n';
  }
  return out + "  --help             print this and exit\n";
}

std::string configuration_reference() {
  const Settings defaults;
  std::string out = "| key | default | what it is for | takes |\n|---|---|---|---|\n";
  for (const Key& key : all_keys()) {
    const std::string flag =
        key.short_form.empty() ? "" : fmt::format(" (`{}`)", key.short_form);
    out += fmt::format("| `{}`{} | `{}` | {} | {} |\n", key.name, flag,
                       shown(key.show(defaults)), key.meaning, key.takes);
  }
  out += "\nNot known to this version, and refused:";
  for (const std::string_view name : later_keys()) {
    out += fmt::format("{} `{}`", name == later_keys().front() ? "" : ",", name);
  }
  return out + ".\n";
}

}  // namespace kv
