#include "v4_replicated_kv/sim/script_run.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "common/base/text.hpp"
#include "common/command_line/output.hpp"
#include "v4_replicated_kv/simulation/script/parse.hpp"
#include "v4_replicated_kv/simulation/script/player.hpp"

namespace kv {

namespace {

using Json = nlohmann::ordered_json;

std::unexpected<Error> unreadable(const std::string& name) {
  return fail(errno == ENOENT ? Errc::not_found : Errc::io,
              fmt::format("{}: cannot be read: {}", printable(name),
                          std::generic_category().message(errno)));
}

struct CloseFile {
  void operator()(std::FILE* file) const {
    if (file != stdin) std::fclose(file);  // it was only read
  }
};

// Not more of it than can be a script, and one byte to tell that there is more.
Result<std::string> read_text(const std::string& path) {
  const std::unique_ptr<std::FILE, CloseFile> file(
      path == "-" ? stdin : std::fopen(path.c_str(), "rb"));
  if (file == nullptr) return unreadable(path);
  std::string text(kScriptBytesMax + 1, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  if (std::ferror(file.get()) != 0) return unreadable(path);
  return text;
}

// Nothing for standard input, which is read up.
std::optional<std::string> replay_command(const SimWords& words) {
  if (words.script == "-") return std::nullopt;
  std::string command = "v4_replicated_kv sim " + words.script;
  if (words.mistake != Mistake::none) {
    command += fmt::format(" --mistake {}", name_of(words.mistake));
  }
  return command;
}

std::string sentence(const std::string& name, const Unmet& unmet) {
  return fmt::format("{}:{}: expected {}, came {}", name, unmet.line, unmet.expected,
                     unmet.came);
}

std::vector<TraceLine> shown(const SimWords& words, const PlayReport& report) {
  std::vector<TraceLine> lines;
  for (const TraceLine& line : report.lines) {
    if (words.all || !line.is_chatter) lines.push_back(line);
  }
  return lines;
}

std::string text_of(const SimWords& words, const std::string& name,
                    const PlayReport& report) {
  std::string text = trace_text(shown(words, report), report.origin);
  if (report.unmet) {
    text += fmt::format("\n{}\n", sentence(name, *report.unmet));
    const auto again = replay_command(words);
    return again ? text + fmt::format("again: {}\n", *again) : text;
  }
  if (report.expectations == 0) return text;
  return text + fmt::format("\n{} expected, and came\n", report.expectations);
}

constexpr std::array<std::string_view, 4> kKinds{"asked", "sent", "replied", "noted"};

std::string json_of(const SimWords& words, const std::string& name,
                    const PlayReport& report) {
  Json events = Json::array();
  for (const TraceLine& line : shown(words, report)) {
    Json event{{"at_us", line.at.raw() - report.origin.raw()},
               {"kind", kKinds.at(static_cast<std::size_t>(line.kind))}};
    if (line.kind != TraceKind::noted) {
      event["from"] = line.from;
      event["to"] = line.to;
      event["arrives"] = line.arrives;
      event["key"] = line.key;
    }
    event["text"] = line.text;
    events.push_back(std::move(event));
  }
  Json json{{"script", name},
            {"mistake", name_of(words.mistake)},
            {"events", std::move(events)},
            {"expectations", report.expectations},
            {"unmet", nullptr}};
  if (report.unmet) {
    json["unmet"] = {{"line", report.unmet->line},
                     {"expected", report.unmet->expected},
                     {"came", report.unmet->came},
                     {"replay", nullptr}};
    if (const auto again = replay_command(words)) json["unmet"]["replay"] = *again;
  }
  constexpr int kIndent = 2;
  return json.dump(kIndent, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

Result<int> run_script(const SimWords& words) {
  const std::string name = words.script == "-" ? "standard input" : words.script;
  const auto text = read_text(words.script);
  if (!text) return std::unexpected(text.error());
  auto script = parse_script(*text, name);
  if (!script) return fail(Errc::bad_usage, script.error().detail);
  if (words.mistake != Mistake::none) script->world.mistake = words.mistake;
  const PlayReport report = play(*script);
  const auto written = write_output(words.json ? json_of(words, name, report)
                                               : text_of(words, name, report));
  if (!written) return std::unexpected(written.error());
  return report.unmet ? 1 : 0;
}

}  // namespace kv
