#include "v4_replicated_kv/simulation/script/shrink.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "v4_replicated_kv/simulation/script/parse.hpp"
#include "v4_replicated_kv/simulation/script/player.hpp"
#include "v4_replicated_kv/simulation/script/write.hpp"

namespace kv {

namespace {

using Lines = std::vector<ScriptLine>;

// Where a random run begins, and a script does.
constexpr Tick kBegin{5'000};

// All that was done, and then the question.
Script script_of(const RunReport& report) {
  Script script{.world = report.world, .seed = report.world_seed, .lines = {}};
  script.world.keeps_lines = false;
  for (const DoneAt& done : report.actions) {
    ScriptLine line{.at = Tick{done.at.raw() - kBegin.raw()}, .statement = HealAll{}};
    if (done.action) line.statement = *done.action;
    script.lines.push_back(std::move(line));
  }
  script.lines.push_back({.statement = ExpectPromises{}});
  return script;
}

class Shrinker {
 public:
  Shrinker(Script script, Broken broken, std::size_t runs_max)
      : script_(std::move(script)), broken_(std::move(broken)), runs_left_(runs_max) {}

  // Why there is no such script; nothing if there is one.
  std::optional<std::string_view> shrink() {
    const bool is_shown = take_if_it_breaks(script_.lines);
    if (!drop_other_keys() && !is_shown) {
      return "played as a script, the run does not break the promise in this way: two "
             "things of one microsecond may have changed places";
    }
    shorten();
    if (is_fine_otherwise_) return std::nullopt;
    return "played as a script, it breaks a promise without the mistake, too";
  }

  [[nodiscard]] Script take_script() { return std::move(script_); }
  [[nodiscard]] std::size_t runs_left() const { return runs_left_; }

 private:
  [[nodiscard]] bool breaks(const Script& script) {
    if (runs_left_ == 0) return false;
    --runs_left_;
    const PlayReport report = play(script, false);
    if (!report.unmet || !report.unmet->broken) return false;
    const Broken& found = *report.unmet->broken;
    if (found.promise != broken_.promise || found.wrong != broken_.wrong) return false;
    if (!key_) key_ = found.key;
    return found.key == *key_;
  }

  [[nodiscard]] bool is_fine_without_mistake(Script script) {
    if (script.world.mistake == Mistake::none) return true;
    if (runs_left_ == 0) return false;
    --runs_left_;
    script.world.mistake = Mistake::none;
    return !play(script, false).unmet;
  }

  // Without the mistake a script may ask for more than is promised, until enough is left
  // out; from then on it has to be fine.
  bool take_if_it_breaks(Lines lines) {
    Script shorter{
        .world = script_.world, .seed = script_.seed, .lines = std::move(lines)};
    if (!breaks(shorter)) return false;
    const bool is_fine = is_fine_without_mistake(shorter);
    if (is_fine_otherwise_ && !is_fine) return false;
    is_fine_otherwise_ = is_fine;
    script_ = std::move(shorter);
    return true;
  }

  bool drop_other_keys() {
    Lines lines = script_.lines;
    std::erase_if(lines, [&](const ScriptLine& line) { return is_of_another_key(line); });
    return take_if_it_breaks(std::move(lines));
  }

  void shorten() {
    std::size_t piece = std::max<std::size_t>(1, script_.lines.size() / 2);
    for (;;) {
      const std::size_t before = script_.lines.size();
      drop_pieces(piece);
      if (runs_left_ == 0) return;
      if (piece == 1 && script_.lines.size() == before) return;
      piece = std::max<std::size_t>(1, piece / 2);
    }
  }

  // From the end: what came after the harm was done goes first. The last line stays.
  void drop_pieces(std::size_t piece) {
    std::size_t end = script_.lines.size() - 1;
    while (end > 0 && runs_left_ > 0) {
      const std::size_t begin = end > piece ? end - piece : 0;
      Lines lines = script_.lines;
      lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(begin),
                  lines.begin() + static_cast<std::ptrdiff_t>(end));
      take_if_it_breaks(std::move(lines));
      end = begin;
    }
  }

  [[nodiscard]] bool is_of_another_key(const ScriptLine& line) const {
    const auto* const action = std::get_if<WorldAction>(&line.statement);
    const auto* const ask = action == nullptr ? nullptr : std::get_if<AskNode>(action);
    return ask != nullptr && ask->request.key != key_.value_or(broken_.key);
  }

  Script script_;
  Broken broken_;
  // The harm may be done to several keys, and the script be told of another one first.
  std::optional<std::string> key_;
  std::size_t runs_left_;
  bool is_fine_otherwise_ = false;  // the script, without the mistake
};

}  // namespace

Result<Shrunk> shrink(RunRules rules, std::size_t runs_max) {
  rules.keeps_actions = true;
  rules.keeps_lines = false;
  const RunReport report = random_run(rules);
  if (!report.broken) return fail(Errc::conflict, "the run keeps every promise");
  if (report.broken->promise == "live") {
    return fail(Errc::conflict,
                "a promise of liveness is about clients that a script does not have");
  }
  // By way of its text: what is tried is what the text says.
  auto script = parse_script(script_text(script_of(report)), "run");
  if (!script) return std::unexpected(script.error());
  const std::size_t lines = script->lines.size();
  Shrinker shrinker(*std::move(script), *report.broken, runs_max);
  if (const auto why = shrinker.shrink()) return fail(Errc::conflict, std::string(*why));
  return Shrunk{.script = shrinker.take_script(),
                .lines_before = lines,
                .runs = runs_max - shrinker.runs_left()};
}

}  // namespace kv
