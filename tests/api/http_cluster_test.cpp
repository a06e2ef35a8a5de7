// Three nodes, each with its door: whichever is asked, and also when some are gone.
#include <array>
#include <memory>
#include <string>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/api/kv_client.hpp"
#include "tests/server/three_servers.hpp"
#include "v4_replicated_kv/api/http/http_door.hpp"

using namespace kv;
using namespace kv::test;
using Json = nlohmann::json;

namespace {

class ThreeDoors {
 public:
  ThreeDoors() : servers_(true) {
    for (std::size_t place = 0; place < doors_.size(); ++place) {
      auto door = http::HttpDoor::open(servers_[place], {});
      if (!door) FAIL(door.error().detail);
      doors_.at(place) = *std::move(door);
    }
  }

  [[nodiscard]] RawClient client(std::size_t place) const {
    return RawClient(doors_.at(place)->port());
  }

  void kill(std::size_t place) {
    doors_.at(place).reset();
    servers_.kill(place);
  }

 private:
  ThreeServers servers_;
  std::array<std::unique_ptr<http::HttpDoor>, 3> doors_;  // gone before their loops
};

// Too few in time, or so many gone that it is clear: it may have been written all the same.
void check_unknown(const HttpAnswer& answer, const std::string& not_reached) {
  CAPTURE(answer.body);
  const Json body = Json::parse(answer.body);
  if (answer.status == 503) {
    CHECK(body["code"] == not_reached);
  } else {
    check_error(answer, 504, "timeout");
  }
  CHECK(body["outcome"] == "unknown");
  CHECK(body["acks"] < body["needed"]);
}

}  // namespace

TEST_CASE("any node takes a put, and any node has it; how sure is what was asked for") {
  const ThreeDoors doors;
  RawClient one = doors.client(0);
  const Json stored = Json::parse(put(one, "cart", "apples").body);
  CHECK(stored["w"] == 2);
  CHECK(stored["n"] == 3);
  CHECK(stored["acks"] >= 2);
  for (std::size_t place = 0; place < 3; ++place) {
    RawClient client = doors.client(place);
    CHECK(get(client, "cart").body == "apples");
    for (const std::string query : {"r=3", "consistency=all", "consistency=linearizable",
                                    "consistency=quorum", "w=3&r=2"}) {
      CAPTURE(query);
      const auto answer = client.ask(request_text("GET", "/api/v1/kv/cart?" + query));
      CHECK(answer.status == 200);
      const Json body = Json::parse(answer.body);
      CHECK(body["value"] == "apples");
      const bool is_all = query == "r=3" || query == "consistency=all";
      CHECK(body["r"] == (is_all ? 3 : 2));
    }
    check_error(client.ask(request_text("GET", "/api/v1/kv/cart?r=4")), 400,
                "bad_request");
    const auto row = client.ask(request_text("GET", "/api/v1/cluster/ring?key=cart"));
    CHECK(Json::parse(row.body)["owners"].size() == 3);
    const auto nodes = client.ask(request_text("GET", "/api/v1/cluster/nodes"));
    CHECK(Json::parse(nodes.body).size() == 3);
  }
}

TEST_CASE("with nodes gone, what can be met is met, and all else is unknown") {
  ThreeDoors doors;
  RawClient client = doors.client(0);
  REQUIRE(put(client, "k", "before").status == 200);
  doors.kill(2);
  CHECK(put(client, "k", "with two").status == 200);
  CHECK(get(client, "k").body == "with two");
  const std::string all = "/api/v1/kv/k?w=3&timeout_ms=300";
  check_unknown(client.ask(request_text("PUT", all, "with three", kSend)),
                "write_quorum_not_reached");
  doors.kill(1);
  const std::string quorum = "/api/v1/kv/k?timeout_ms=300";
  check_unknown(client.ask(request_text("PUT", quorum, "alone", kSend)),
                "write_quorum_not_reached");
  check_unknown(client.ask(request_text("DELETE", quorum)), "write_quorum_not_reached");
  const auto read = client.ask(request_text("GET", quorum));
  CHECK((read.status == 503 || read.status == 504));
  CHECK_FALSE(Json::parse(read.body).contains("outcome"));
  // One copy answers still. Whether it has the delete that nobody could promise: unknown.
  const auto one = client.ask(request_text("GET", "/api/v1/kv/k?r=1"));
  CHECK((one.status == 200 || one.status == 404));
  const auto batch = client.ask(request_text(
      "POST", "/api/v1/batch?timeout_ms=300",
      R"({"operations":[{"type":"put","key":"a","value":"1"},{"type":"get","key":"b"}]})"));
  CHECK(batch.status == 200);
  const Json answer = Json::parse(batch.body);
  for (const Json& result : answer["results"]) {
    CHECK(result["ok"] == false);
    CHECK(result["http_status"].get<int>() >= 503);
  }
  CHECK_FALSE(answer["results"][1].contains("outcome"));
}
