// Clients, messages, syncs and losses in a random order, against one who sees everything: what
// lies in each store, and when each request began.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "common/base/rng.hpp"
#include "tests/replication/table.hpp"

using namespace kv;

namespace {

const std::string kKey = "k";

Timestamp newest_of(const KeyState& state) {
  return state.versions.empty() ? Timestamp{} : state.versions.front().at;
}

// One random run of registers. Every claim is checked at the moment it has to hold.
class RegisterModel {
 public:
  RegisterModel(std::uint64_t seed, const Quorum& quorum)
      : rng_(seed),
        quorum_(quorum),
        table_({.nodes = 4, .quorum = quorum, .repair_one_in = 2}),
        durable_(4) {
    table_.syncs_itself = rng_.below(2) == 0;
  }

  void step() {
    const std::uint64_t what = rng_.below(100);
    if (what < 12) {
      ask();
    } else if (what < 80) {
      move_mail(what);
    } else if (what < 95) {
      sync(rng_.below(4));
    } else {
      table_.pass(100'000);
    }
    look();
  }

  // Everything arrives, and all clients are told.
  void end() {
    for (int round = 0; round < 12; ++round) {
      while (table_.deliver_one(anything)) {
        if (table_.syncs_itself) keep_durable();
        look();
      }
      for (std::size_t i = 0; i < 4; ++i) sync(i);
      table_.pass(200'000);
      look();
    }
    REQUIRE(open_.empty());
  }

  std::map<Outcome, std::size_t> puts;
  std::size_t gets = 0;

 private:
  struct Asked {
    Verb verb;
    bool linearizable;
    std::size_t answers;
    std::size_t reach;  // a put: so many owners had a say in its place
    std::string value;
    std::map<std::size_t, Timestamp> acked_before;  // by W: the newest, as this began
    Timestamp seen_before;                          // linearizable: by readers before
  };

  void ask() {
    Request request = get_of(kKey);
    const std::uint64_t verb = rng_.below(5);
    if (verb < 3) request = put_of(kKey, "v" + std::to_string(++values_));
    if (verb < 2) request.id = RequestId{rng_.below(3) == 0 ? values_ : 0};
    Asked asked{.verb = request.verb,
                .linearizable = rng_.below(3) == 0,
                .answers = request.verb == Verb::get ? quorum_.r : quorum_.w,
                .reach = 2 * quorum_.w <= 3 ? quorum_.r : quorum_.w,
                .value = request.value,
                .acked_before = acked_,
                .seen_before = seen_};
    if (asked.linearizable) {
      request.consistency.level = Level::linearizable;
      asked.answers = asked.reach = majority(3);
    }
    const Ticket ticket = table_.ask(rng_.below(4), std::move(request));
    open_.emplace(ticket, std::move(asked));
  }

  void move_mail(std::uint64_t what) {
    if (table_.mail.empty()) return;
    std::size_t left = rng_.below(table_.mail.size());
    const auto choice = [&](const Message&) { return left-- == 0; };
    if (what < 16) {
      table_.drop(choice);
    } else if (what < 20) {
      table_.bounce(choice);
    } else if (what < 26) {
      table_.mail.push_back(table_.mail.at(left));  // it comes twice
    } else {
      table_.deliver_one(choice);
      if (table_.syncs_itself) keep_durable();
    }
  }

  void sync(std::size_t node) {
    table_.sync(node);
    durable_[node] = newest_of(table_.held(node, kKey));
  }
  void keep_durable() {
    for (std::size_t i = 0; i < 4; ++i) durable_[i] = newest_of(table_.held(i, kKey));
  }

  void look() {
    for (std::size_t i = 0; i < 4; ++i) {
      for (const Version& version : table_.held(i, kKey).versions) {
        stored_.insert(version.value);
        REQUIRE_FALSE(refused_.contains(version.value));
      }
    }
    for (auto at = open_.begin(); at != open_.end();) {
      const Reply* const reply = table_.reply(at->first);
      if (reply == nullptr) {
        ++at;
        continue;
      }
      if (at->second.verb == Verb::get) {
        check_get(at->second, *reply);
      } else {
        check_put(at->second, *reply);
      }
      at = open_.erase(at);
    }
  }

  void check_put(const Asked& asked, const Reply& reply) {
    ++puts[reply.outcome];
    CAPTURE(asked.value);
    if (reply.outcome == Outcome::refused) {
      REQUIRE_FALSE(stored_.contains(asked.value));
      refused_.insert(asked.value);
    }
    if (reply.outcome != Outcome::ok) return;
    const auto has_it = [&](const Timestamp& at) { return at >= reply.written; };
    REQUIRE(static_cast<std::size_t>(std::ranges::count_if(durable_, has_it)) >=
            asked.answers);
    // Nothing that was acknowledged before it began is above it.
    for (const auto& [w, at] : asked.acked_before) {
      if (w + asked.reach > 3) REQUIRE(reply.written > at);
    }
    REQUIRE(reply.written > asked.seen_before);
    acked_[asked.answers] = std::max(acked_[asked.answers], reply.written);
  }

  void check_get(const Asked& asked, const Reply& reply) {
    if (reply.outcome != Outcome::ok) return;
    ++gets;
    const Timestamp at = newest_of(reply.state);
    for (const auto& [w, before] : asked.acked_before) {
      if (w + asked.answers > 3) REQUIRE(at >= before);
    }
    for (const Version& version : reply.state.versions) {
      REQUIRE(stored_.contains(version.value));
    }
    if (!asked.linearizable) return;
    REQUIRE(at >= asked.seen_before);
    seen_ = std::max(seen_, at);
  }

  Rng rng_;
  Quorum quorum_;
  Table table_;
  std::vector<Timestamp> durable_;
  std::map<Ticket, Asked> open_;
  std::map<std::size_t, Timestamp> acked_;
  Timestamp seen_;
  std::set<std::string> stored_, refused_;
  std::uint64_t values_ = 0;
};

}  // namespace

TEST_CASE("registers: what clients are told is what one who sees everything sees") {
  std::map<Outcome, std::size_t> puts;
  std::size_t gets = 0;
  for (std::uint64_t seed = 0; seed < 150; ++seed) {
    CAPTURE(seed);
    const std::size_t w = 1 + seed % 3;
    CAPTURE(w);
    RegisterModel model(seed, {.n = 3, .r = 4 - w, .w = w});
    for (int i = 0; i < 400; ++i) model.step();
    model.end();
    for (const auto& [outcome, count] : model.puts) puts[outcome] += count;
    gets += model.gets;
  }
  MESSAGE(puts[Outcome::ok], " puts ok, ", puts[Outcome::unknown], " unknown, ",
          puts[Outcome::refused], " refused; ", gets, " gets ok");
  CHECK(puts[Outcome::ok] > 2'500);
  CHECK(puts[Outcome::unknown] > 100);
  CHECK(gets > 1'500);
}
