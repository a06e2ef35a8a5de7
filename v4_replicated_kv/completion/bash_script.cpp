#include "v4_replicated_kv/completion/bash_script.hpp"

#include <functional>
#include <set>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "common/base/check.hpp"

namespace kv {

namespace {

constexpr std::string_view kBegin =
    R"(# Completes what is typed behind these programs:
#
#   bash   source <(v4_replicated_kv completion bash)
#   zsh    autoload -Uz compinit bashcompinit; compinit; bashcompinit; then the same

)";

// $1 of the tables is a place: a program and a command of it, or a program alone; and for
// values a flag behind that.
constexpr std::string_view kEnd =
    R"bash(_modulo_complete() {
  local current="${COMP_WORDS[COMP_CWORD]}"
  local before="${COMP_WORDS[COMP_CWORD-1]}"
  local place="${COMP_WORDS[0]##*/}"
  local first=1
  COMPREPLY=()
  if [ "$COMP_CWORD" -gt 1 ]; then
    case " $(_modulo_words "$place") " in
      *" ${COMP_WORDS[1]} "*) place="$place ${COMP_WORDS[1]}"; first=2 ;;
    esac
  fi
  # --flag=value is three words.
  if [ "$current" = "=" ]; then
    current=""
  elif [ "$before" = "=" ]; then
    before="${COMP_WORDS[COMP_CWORD-2]}"
  fi
  case " $(_modulo_valued "$place") " in
    *" $before "*)
      COMPREPLY=($(compgen -W "$(_modulo_values "$place $before")" -- "$current"))
      return ;;
  esac
  case "$current" in
    -*) COMPREPLY=($(compgen -W "$(_modulo_flags "$place")" -- "$current")) ;;
    *)
      if [ "$COMP_CWORD" -eq "$first" ]; then
        COMPREPLY=($(compgen -W "$(_modulo_words "$place")" -- "$current"))
      fi ;;
  esac
}

)bash";

std::string place_of(const Vocabulary& words) {
  return words.command.empty() ? words.program
                               : fmt::format("{} {}", words.program, words.command);
}

std::string joined(const std::vector<std::string>& words) {
  for (const std::string& word : words) {
    KV_CHECK(word.find_first_of(" \"'`$\\\n") == std::string::npos,
             "a shell would read something else");
  }
  return fmt::format("{}", fmt::join(words, " "));
}

using WordsOf = std::function<std::vector<std::string>(const Vocabulary&)>;

std::string row(std::string_view place, const std::vector<std::string>& words) {
  if (words.empty()) return {};
  return fmt::format("    \"{}\") echo \"{}\" ;;\n", place, joined(words));
}

std::string table(std::string_view name, std::string_view rows) {
  return fmt::format("{}() {{\n  case \"$1\" in\n{}  esac\n}}\n\n", name, rows);
}

std::string table(std::string_view name, std::span<const Vocabulary> all,
                  const WordsOf& words_of) {
  std::string rows;
  for (const Vocabulary& words : all) rows += row(place_of(words), words_of(words));
  return table(name, rows);
}

std::vector<std::string> flags_of(const Vocabulary& words, bool only_valued) {
  std::vector<std::string> names;
  for (const FlagWords& flag : words.flags) {
    if (flag.has_value || !only_valued) names.push_back(flag.name);
  }
  return names;
}

std::string values_table(std::span<const Vocabulary> all) {
  std::string rows;
  for (const Vocabulary& words : all) {
    for (const FlagWords& flag : words.flags) {
      rows += row(fmt::format("{} {}", place_of(words), flag.name), flag.values);
    }
  }
  return table("_modulo_values", rows);
}

}  // namespace

std::string bash_script(std::span<const Vocabulary> all) {
  std::string script(kBegin);
  script += table("_modulo_words", all, [](const Vocabulary& w) { return w.actions; });
  script +=
      table("_modulo_flags", all, [](const Vocabulary& w) { return flags_of(w, false); });
  script +=
      table("_modulo_valued", all, [](const Vocabulary& w) { return flags_of(w, true); });
  script += values_table(all);
  script += kEnd;
  std::set<std::string> programs;
  for (const Vocabulary& words : all) programs.insert(words.program);
  // Where nothing is offered, names of files are.
  return script + fmt::format("complete -o default -F _modulo_complete {}\n",
                              fmt::join(programs, " "));
}

}  // namespace kv
