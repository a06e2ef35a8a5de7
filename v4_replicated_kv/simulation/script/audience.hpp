// The clients of a script: what each asked last, and what it was told.
//
// Idea      a client remembers the context of its last answer about a key, and hands it
//           in with its next write there, as programs do that merge what they read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/base/rng.hpp"
#include "v4_replicated_kv/simulation/aftermath.hpp"
#include "v4_replicated_kv/simulation/ledger.hpp"
#include "v4_replicated_kv/simulation/script/script.hpp"
#include "v4_replicated_kv/simulation/world.hpp"

namespace kv {

// A request, and what came of it.
struct Told {
  AskNode asked;
  std::size_t number = 0;              // of its entry in the ledger
  std::optional<std::size_t> entry{};  // the same, while it is open
  bool may_be_there = false;           // an earlier try may have done it
  std::optional<Reply> reply{};
  Tick replied_at{};
  std::vector<std::string> values{};  // of a get
};

class Audience {
 public:
  // Takes World::on_reply, and its ledger on_message.
  // `origin`: when the script begins.
  Audience(World& world, const WorldRules& rules, std::uint64_t seed, Tick origin);
  Audience(const Audience&) = delete;
  Audience& operator=(const Audience&) = delete;
  ~Audience() = default;

  // Where the node is down, the client is refused. Who was told something in this very
  // moment thinks before anybody asks: `think`.
  void ask(AskNode ask, Tick think);

  // Lets time pass until all are answered, or have waited longer than a coordinator
  // would.
  void wait_for_all();

  // The same for the last request of a client, or, if it is empty, of anybody. Null where
  // there is none.
  [[nodiscard]] const Told* wait_for(const std::string& client);

  // Heals everything, lets all requests and messages come to their end, and holds the
  // promises against what was told. No ask after that.
  [[nodiscard]] std::optional<Broken> judge();

 private:
  void replied(const Reply& reply);
  void is_told(Told& told, const Reply& reply);
  [[nodiscard]] ClientId id_of(const std::string& client);
  [[nodiscard]] Told* try_before(const Request& request);
  void enter(Told& told);
  [[nodiscard]] Tick patience() const;

  World& world_;
  WorldRules rules_;
  std::vector<Told> told_;                   // by ticket, which count from 0
  std::map<std::string, std::size_t> last_;  // of a client
  std::map<std::pair<std::string, RequestId>, std::size_t>
      tries_;  // the last of a request, whose id is its key's
  Ledger ledger_;
  Rng chance_;
  std::map<std::string, ClientId> clients_;
  std::optional<Tick> last_told_;  // anybody, anything
};

// What a reader sees, without what fills values up, by name.
[[nodiscard]] std::vector<std::string> values_in(const KeyState& state, WallMs wall);
[[nodiscard]] std::vector<std::string> sorted(std::vector<std::string> values);

// "ok apples, pears", "unknown". Of an answer: with its values only if asked for.
[[nodiscard]] std::string text_of(const ExpectAnswer& expect);
[[nodiscard]] std::string text_of(const Told& told, bool with_values);

}  // namespace kv
