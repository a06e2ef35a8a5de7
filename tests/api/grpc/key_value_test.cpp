// kv.v1.KeyValue over real connections: what each call answers, and what it refuses.
#include <functional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/api/grpc/calling.hpp"
#include "v4_replicated_kv/api/request_id.hpp"

using namespace kv;
using namespace kv::test;

namespace {

v1::PutRequest put_of(const std::string& key, const std::string& value) {
  v1::PutRequest request;
  request.set_key(key);
  request.set_value(value);
  return request;
}

std::string all_bytes() {
  std::string bytes;
  for (int byte = 0; byte < 256; ++byte) bytes += static_cast<char>(byte);
  return bytes;
}

}  // namespace

TEST_CASE("gRPC: what is put is read, and what is deleted is gone") {
  ServedNode served;
  Client& client = served.client;
  CHECK(client.get("cart") == "-");

  v1::PutResponse put;
  REQUIRE(client.call(put_of("cart", "apples"), put).status.ok());
  CHECK(put.acks() == 1);
  CHECK(put.w() == 1);
  CHECK(put.n() == 1);
  CHECK(put.reached() == v1::LEVEL_ALL);

  v1::GetRequest asked;
  asked.set_key("cart");
  v1::GetResponse got;
  REQUIRE(client.call(asked, got).status.ok());
  CHECK(got.found());
  REQUIRE(got.values_size() == 1);
  CHECK(got.values(0) == "apples");
  CHECK(got.replies() == 1);
  CHECK(got.r() == 1);
  CHECK(got.n() == 1);

  v1::DeleteRequest erase;
  erase.set_key("cart");
  v1::DeleteResponse erased;
  REQUIRE(client.call(erase, erased).status.ok());
  CHECK(erased.acks() == 1);
  CHECK(client.get("cart") == "-");
  erase.set_key("never there");
  CHECK(client.call(erase, erased).status.ok());
}

TEST_CASE("gRPC: keys and values are any bytes, from none to the limit") {
  ServedNode served;
  CHECK(served.client.put(all_bytes(), all_bytes()) == "ok");
  CHECK(served.client.get(all_bytes()) == all_bytes());
  for (const std::size_t bytes :
       {std::size_t{0}, std::size_t{1}, std::size_t{65'537}, kValueBytesMax}) {
    CAPTURE(bytes);
    const std::string value(bytes, 'v');
    CHECK(served.client.put("k", value) == "ok");
    CHECK((served.client.get("k") == value));
  }
  CHECK(served.client.put(std::string(kKeyBytesMax, 'k'), "v") == "ok");
}

TEST_CASE("gRPC: every request that cannot be is refused, with a code and a sentence") {
  ServedNode served;
  struct Row {
    std::string what;
    std::function<void(v1::PutRequest&)> spoil;
    grpc::StatusCode status;
    v1::Code code;
  };
  constexpr auto kInvalid = grpc::StatusCode::INVALID_ARGUMENT;
  const auto at = [](v1::Level level) {
    return [level](v1::PutRequest& put) { put.mutable_consistency()->set_level(level); };
  };
  const std::vector<Row> rows{
      {"no key", [](auto& put) { put.clear_key(); }, kInvalid, v1::CODE_BAD_REQUEST},
      {"a long key", [](auto& put) { put.set_key(std::string(kKeyBytesMax + 1, 'k')); },
       kInvalid, v1::CODE_TOO_LARGE},
      {"a long value",
       [](auto& put) { put.set_value(std::string(kValueBytesMax + 1, 'v')); }, kInvalid,
       v1::CODE_TOO_LARGE},
      {"a long request_id",
       [](auto& put) { put.set_request_id(std::string(kRequestIdBytesMax + 1, 'r')); },
       kInvalid, v1::CODE_BAD_REQUEST},
      {"a long context", [](auto& put) { put.set_context(std::string(100'000, 'c')); },
       kInvalid, v1::CODE_BAD_REQUEST},
      {"a time to live of ages", [](auto& put) { put.set_ttl_s(UINT64_MAX); }, kInvalid,
       v1::CODE_BAD_REQUEST},
      {"a timeout of ages", [](auto& put) { put.set_timeout_ms(UINT32_MAX); }, kInvalid,
       v1::CODE_BAD_REQUEST},
      {"more copies than there are",
       [](auto& put) { put.mutable_consistency()->set_answers(2); }, kInvalid,
       v1::CODE_BAD_REQUEST},
      {"a level and a number",
       [](auto& put) {
         put.mutable_consistency()->set_level(v1::LEVEL_ONE);
         put.mutable_consistency()->set_answers(1);
       },
       kInvalid, v1::CODE_BAD_REQUEST},
      {"any", at(v1::LEVEL_ANY), kInvalid, v1::CODE_BAD_REQUEST},
      {"local one", at(v1::LEVEL_LOCAL_ONE), kInvalid, v1::CODE_BAD_REQUEST},
      {"local quorum", at(v1::LEVEL_LOCAL_QUORUM), kInvalid, v1::CODE_BAD_REQUEST},
      {"no level", at(static_cast<v1::Level>(77)), kInvalid, v1::CODE_BAD_REQUEST},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    v1::PutRequest put = put_of("k", "v");
    row.spoil(put);
    v1::PutResponse response;
    const Ended end = served.client.call(put, response);
    CHECK(end.status.error_code() == row.status);
    REQUIRE(end.has_failure);
    CHECK(end.failure.code() == row.code);
    CHECK(end.failure.error() == end.status.error_message());
    CHECK(end.failure.error().size() > 10);
    CHECK_FALSE(end.failure.outcome_unknown());
  }
  CHECK(served.client.get("k") == "-");
}

TEST_CASE("gRPC: levels and numbers that can be are taken, the limits included") {
  ServedNode served;
  for (const v1::Level level : {v1::LEVEL_UNSPECIFIED, v1::LEVEL_ONE, v1::LEVEL_QUORUM,
                                v1::LEVEL_ALL, v1::LEVEL_LINEARIZABLE}) {
    CAPTURE(v1::Level_Name(level));
    v1::PutRequest put = put_of("k", v1::Level_Name(level));
    put.mutable_consistency()->set_level(level);
    v1::PutResponse response;
    CHECK(Client::word(served.client.call(put, response)) == "ok");
    CHECK(response.reached() ==
          (level == v1::LEVEL_LINEARIZABLE ? level : v1::LEVEL_ALL));
    CHECK(served.client.get("k") == v1::Level_Name(level));
  }
  v1::PutRequest put = put_of("k", "numbers");
  put.mutable_consistency()->set_answers(1);
  put.set_ttl_s(1'000'000);
  put.set_timeout_ms(600'000);
  put.set_request_id(std::string(kRequestIdBytesMax, 'r'));
  v1::PutResponse response;
  CHECK(Client::word(served.client.call(put, response)) == "ok");
  CHECK(served.client.get("k") == "numbers");
}

TEST_CASE("gRPC: a value is gone when its time is over") {
  ServedNode served;
  v1::PutRequest put = put_of("k", "short");
  put.set_ttl_s(1);
  v1::PutResponse response;
  REQUIRE(served.client.call(put, response).status.ok());
  const auto until = std::chrono::steady_clock::now() + kPatience;
  bool was_there = false;
  while (std::chrono::steady_clock::now() < until) {
    const std::string value = served.client.get("k");
    if (value == "-") break;
    was_there = was_there || value == "short";
  }
  CHECK(was_there);
  CHECK(served.client.get("k") == "-");
}

TEST_CASE("gRPC: equal request ids are one write, and others are others") {
  ServedNode served(quick_options(), {}, Policy::siblings);
  v1::PutResponse base;
  REQUIRE(served.client.call(put_of("k", "base"), base).status.ok());
  // All of them have seen the same: without their names each would be a sibling.
  for (const char* const id : {"once", "once", "another", "once", "another"}) {
    v1::PutRequest put = put_of("k", id);
    put.set_context(base.context());
    put.set_request_id(id);
    v1::PutResponse response;
    CHECK(Client::word(served.client.call(put, response)) == "ok");
  }
  const std::string both = served.client.get("k");
  CHECK((both == "once|another" || both == "another|once"));

  CHECK(request_id_of("") == RequestId{0});
  CHECK(request_id_of("once") != request_id_of("another"));
  CHECK_FALSE(request_id_of(std::string(kRequestIdBytesMax + 1, 'r')).has_value());
}

TEST_CASE("gRPC: writes at once stay siblings until a context covers both") {
  ServedNode served(quick_options(), {}, Policy::siblings);
  Client& client = served.client;
  v1::PutResponse base;
  REQUIRE(client.call(put_of("k", "base"), base).status.ok());
  REQUIRE_FALSE(base.context().empty());
  for (const char* const value : {"a", "b"}) {
    v1::PutRequest put = put_of("k", value);
    put.set_context(base.context());
    v1::PutResponse response;
    REQUIRE(client.call(put, response).status.ok());
  }
  v1::GetRequest asked;
  asked.set_key("k");
  v1::GetResponse got;
  REQUIRE(client.call(asked, got).status.ok());
  CHECK(got.values_size() == 2);

  v1::PutRequest both = put_of("k", "both");
  both.set_context(got.context());
  v1::PutResponse response;
  REQUIRE(client.call(both, response).status.ok());
  CHECK(client.get("k") == "both");

  both.set_key("another");
  const Ended end = client.call(both, response);
  CHECK(end.status.error_code() == grpc::StatusCode::INVALID_ARGUMENT);
  CHECK(Client::word(end) == "CODE_BAD_REQUEST");

  v1::PutRequest last = put_of("k", "linear");
  last.mutable_consistency()->set_level(v1::LEVEL_LINEARIZABLE);
  CHECK(Client::word(client.call(last, response)) == "CODE_BAD_REQUEST");
}

TEST_CASE("gRPC: results of a batch are in its order, each with its own failure") {
  ServedNode served;
  v1::BatchRequest batch;
  for (int i = 0; i < 300; ++i) {
    auto* const put = batch.add_operations()->mutable_put();
    put->set_key("k" + std::to_string(i));
    put->set_value("v" + std::to_string(i));
  }
  batch.add_operations()->mutable_put();  // without a key
  batch.add_operations();                 // nothing at all
  batch.add_operations()->mutable_delete_()->set_key("never there");
  v1::BatchResponse response;
  REQUIRE(served.client.call(batch, response).status.ok());
  REQUIRE(response.results_size() == 303);
  for (int i = 0; i < 300; ++i) CHECK(response.results(i).put().acks() == 1);
  CHECK(response.results(300).failure().code() == v1::CODE_BAD_REQUEST);
  CHECK(response.results(301).failure().code() == v1::CODE_BAD_REQUEST);
  CHECK(response.results(302).delete_().acks() == 1);

  v1::BatchRequest reads;
  for (int i = 0; i < 301; ++i) {
    reads.add_operations()->mutable_get()->set_key("k" + std::to_string(i));
  }
  REQUIRE(served.client.call(reads, response).status.ok());
  REQUIRE(response.results_size() == 301);
  for (int i = 0; i < 300; ++i) {
    REQUIRE(response.results(i).get().values_size() == 1);
    CHECK(response.results(i).get().values(0) == "v" + std::to_string(i));
  }
  CHECK_FALSE(response.results(300).get().found());

  REQUIRE(served.client.call(v1::BatchRequest(), response).status.ok());
  CHECK(response.results_size() == 0);
}

TEST_CASE("gRPC: a batch has limits: operations, bytes, and bytes that it finds") {
  ServedNode served;
  v1::BatchRequest many;
  for (int i = 0; i < 1001; ++i) many.add_operations()->mutable_get()->set_key("k");
  v1::BatchResponse response;
  CHECK(Client::word(served.client.call(many, response)) == "CODE_TOO_LARGE");
  many.mutable_operations()->RemoveLast();
  CHECK(Client::word(served.client.call(many, response)) == "ok");

  const std::string half(kValueBytesMax, 'v');
  v1::BatchRequest large;
  for (int i = 0; i < 2; ++i) *large.add_operations()->mutable_put() = put_of("k", half);
  CHECK(Client::word(served.client.call(large, response)) == "CODE_TOO_LARGE");
  // So long that gRPC itself does not take it: refused as well, if with its own words.
  *large.add_operations()->mutable_put() = put_of("k", half);
  const Ended end = served.client.call(large, response);
  CHECK(end.status.error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED);
  CHECK_FALSE(end.has_failure);
  CHECK(served.client.get("k") == "-");

  CHECK(served.client.put("k", half) == "ok");
  many.clear_operations();
  for (int i = 0; i < 100; ++i) many.add_operations()->mutable_get()->set_key("k");
  REQUIRE(served.client.call(many, response).status.ok());
  int found = 0;
  for (const auto& result : response.results()) {
    if (result.has_get()) ++found;
    if (result.has_failure()) CHECK(result.failure().code() == v1::CODE_TOO_LARGE);
  }
  CHECK(found == 2);
}
