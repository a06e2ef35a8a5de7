// Outcomes in words: a write that may be there is never told like one that is not.
#include "v4_replicated_kv/api/resp/reply_text.hpp"

#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "v4_replicated_kv/api/resp/many.hpp"

using namespace kv;
using namespace kv::resp;

namespace {

Reply failed(kv::Outcome outcome, Trouble trouble) {
  return {.outcome = outcome, .trouble = trouble, .detail = "why"};
}

// What MSET of three keys says, if the parts end like this.
std::string mset(const std::vector<Reply>& replies) {
  Order order{.shape = Shape::put_many};
  for (std::size_t i = 0; i < replies.size(); ++i) {
    order.parts.push_back({.verb = Verb::put, .key = std::to_string(i)});
  }
  Many many(std::move(order));
  std::vector<std::uint32_t> parts;
  while (many.has_next()) parts.push_back(many.begin_next(0).part);
  for (const std::uint32_t part : parts) {
    CHECK_FALSE(many.is_done());
    Reply reply = replies[part];
    CHECK_FALSE(many.take(part, reply, WallMs{1}));
  }
  REQUIRE(many.is_done());
  std::string out;
  many.append_answer(out);
  return out;
}

}  // namespace

TEST_CASE("a write of unknown outcome begins with UNKNOWN, whatever the trouble") {
  for (const Trouble trouble : {Trouble::timed_out, Trouble::not_reached,
                                Trouble::not_ready, Trouble::disk_full}) {
    const Reply unknown = failed(kv::Outcome::unknown, trouble);
    CHECK(failure_of(unknown, true).starts_with("UNKNOWN "));
    CHECK_FALSE(failure_of(unknown, false).starts_with("UNKNOWN "));
  }
  const std::vector<std::pair<Trouble, std::string>> words{
      {Trouble::not_reached, "NOQUORUM why"}, {Trouble::timed_out, "TIMEOUT why"},
      {Trouble::not_ready, "NOTREADY why"},   {Trouble::disk_full, "DISKFULL why"},
      {Trouble::conflict, "CONFLICT why"},    {Trouble::overloaded, "OVERLOADED why"},
      {Trouble::too_large, "ERR why"},        {Trouble::bad_request, "ERR why"}};
  for (const auto& [trouble, text] : words) {
    CHECK(failure_of(failed(kv::Outcome::refused, trouble), true) == text);
  }
}

TEST_CASE("MSET is refused only where nothing of it can be there") {
  const Reply ok;
  const Reply refused = failed(kv::Outcome::refused, Trouble::disk_full);
  const Reply unknown = failed(kv::Outcome::unknown, Trouble::timed_out);
  CHECK(mset({ok, ok, ok}) == "+OK\r\n");
  CHECK(mset({refused, refused, refused}) == "-DISKFULL why\r\n");
  CHECK(mset({ok, refused, ok}).starts_with("-UNKNOWN 2 of 3 keys were changed"));
  CHECK(mset({refused, unknown, refused}).starts_with("-UNKNOWN 0 of 3 keys"));
  CHECK(mset({unknown}).starts_with("-UNKNOWN timeout: why"));
  CHECK(mset({refused}) == "-DISKFULL why\r\n");
}
