#include "v4_replicated_kv/simulation/script/shrink.hpp"

#include <algorithm>
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

  bool begin() { return breaks(script_); }

  void shrink() {
    drop_if([&](const ScriptLine& line) { return is_of_another_key(line); });
    std::size_t piece = std::max<std::size_t>(1, script_.lines.size() / 2);
    for (;;) {
      const std::size_t before = script_.lines.size();
      drop_pieces(piece);
      if (runs_left_ == 0) return;
      if (piece == 1 && script_.lines.size() == before) return;
      piece = std::max<std::size_t>(1, piece / 2);
    }
  }

  [[nodiscard]] Script take() { return std::move(script_); }
  [[nodiscard]] std::size_t runs_left() const { return runs_left_; }

 private:
  [[nodiscard]] bool breaks(const Script& script) {
    if (runs_left_ == 0) return false;
    --runs_left_;
    const PlayReport report = play(script, false);
    return report.unmet && report.unmet->broken &&
           report.unmet->broken->promise == broken_.promise;
  }

  bool take_if_it_breaks(Lines lines) {
    Script shorter{
        .world = script_.world, .seed = script_.seed, .lines = std::move(lines)};
    if (!breaks(shorter)) return false;
    script_ = std::move(shorter);
    return true;
  }

  template <class Which>
  void drop_if(Which which) {
    Lines lines = script_.lines;
    if (std::erase_if(lines, which) > 0) take_if_it_breaks(std::move(lines));
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
    return ask != nullptr && ask->request.key != broken_.key;
  }

  Script script_;
  Broken broken_;
  std::size_t runs_left_;
};

}  // namespace

std::optional<Shrunk> shrink(RunRules rules, std::size_t runs_max) {
  rules.keeps_actions = true;
  rules.keeps_lines = false;
  const RunReport report = random_run(rules);
  if (!report.broken) return std::nullopt;
  // By way of its text: what is tried is what the text says.
  auto script = parse_script(script_text(script_of(report)), "run");
  if (!script) return std::nullopt;
  const std::size_t lines = script->lines.size();
  Shrinker shrinker(*std::move(script), *report.broken, runs_max);
  if (!shrinker.begin()) return std::nullopt;
  shrinker.shrink();
  return Shrunk{.script = shrinker.take(),
                .lines_before = lines,
                .runs = runs_max - shrinker.runs_left()};
}

}  // namespace kv
