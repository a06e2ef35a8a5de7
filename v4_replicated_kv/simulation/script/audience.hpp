// The clients of a script: what each asked last, and what it was told.
//
// Idea      a client remembers the context of its last answer about a key, and hands it in
//           with its next write there, as programs do that merge what they read.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/base/result.hpp"
#include "v4_replicated_kv/simulation/random_run.hpp"
#include "v4_replicated_kv/simulation/script/script.hpp"
#include "v4_replicated_kv/simulation/world.hpp"

namespace kv {

// A request, and what came of it.
struct Told {
  AskNode asked;
  std::optional<Reply> reply{};
  std::vector<std::string> values{};  // of a get
};

class Audience {
 public:
  // Takes World::on_reply.
  Audience(World& world, const WorldRules& rules);
  Audience(const Audience&) = delete;
  Audience& operator=(const Audience&) = delete;
  ~Audience() = default;

  // Errc::conflict where the node is down.
  [[nodiscard]] Result<void> ask(AskNode ask);

  // Lets time pass until all are answered, or have waited longer than a coordinator would.
  void wait_for_all();

  // The same for the last request of a client, or, if it is empty, of anybody. Null where
  // there is none.
  [[nodiscard]] const Told* wait_for(const std::string& client);

  // Heals everything, and holds the promises against what was told. No ask after that.
  [[nodiscard]] std::optional<Broken> judge();

 private:
  void replied(const Reply& reply);

  World& world_;
  WorldRules rules_;
  std::vector<Told> told_;                   // by ticket, which count from 0
  std::map<std::string, std::size_t> last_;  // of a client
  std::map<std::pair<std::string, std::string>, std::string> contexts_;  // client, key
};

// What a reader sees, without what fills values up, by name.
[[nodiscard]] std::vector<std::string> values_in(const KeyState& state, WallMs wall);
[[nodiscard]] std::vector<std::string> sorted(std::vector<std::string> values);

// "ok apples, pears", "unknown". Of an answer: with its values only if asked for.
[[nodiscard]] std::string text_of(const ExpectAnswer& expect);
[[nodiscard]] std::string text_of(const Told& told, bool with_values);

}  // namespace kv
