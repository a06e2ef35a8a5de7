// The statuses of kv.v1, as key_value.proto lists them.
#include "v4_replicated_kv/api/grpc/failure.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "v4_replicated_kv/api/grpc/answers.hpp"

using namespace kv;
using namespace kv::rpc;

TEST_CASE("every trouble has the code and the status that the contract says") {
  struct Row {
    Trouble trouble;
    v1::Code read;
    v1::Code write;
    grpc::StatusCode status;
  };
  using Status = grpc::StatusCode;
  const std::vector<Row> rows{
      {Trouble::bad_request, v1::CODE_BAD_REQUEST, v1::CODE_BAD_REQUEST,
       Status::INVALID_ARGUMENT},
      {Trouble::not_reached, v1::CODE_READ_QUORUM_NOT_REACHED,
       v1::CODE_WRITE_QUORUM_NOT_REACHED, Status::UNAVAILABLE},
      {Trouble::timed_out, v1::CODE_TIMEOUT, v1::CODE_TIMEOUT, Status::DEADLINE_EXCEEDED},
      {Trouble::not_ready, v1::CODE_NOT_READY, v1::CODE_NOT_READY, Status::UNAVAILABLE},
      {Trouble::too_large, v1::CODE_TOO_LARGE, v1::CODE_TOO_LARGE,
       Status::INVALID_ARGUMENT},
      {Trouble::disk_full, v1::CODE_DISK_FULL, v1::CODE_DISK_FULL,
       Status::RESOURCE_EXHAUSTED},
      {Trouble::conflict, v1::CODE_CONFLICT, v1::CODE_CONFLICT,
       Status::FAILED_PRECONDITION},
      {Trouble::overloaded, v1::CODE_OVERLOADED, v1::CODE_OVERLOADED,
       Status::RESOURCE_EXHAUSTED},
  };
  for (const Row& row : rows) {
    CAPTURE(word_for(row.trouble));
    const Reply refused{.outcome = Outcome::refused,
                        .trouble = row.trouble,
                        .detail = "why",
                        .answers = 1,
                        .needed = 2};
    const v1::Failure read = failure_of(Verb::get, refused);
    const v1::Failure write = failure_of(Verb::put, refused);
    CHECK(read.code() == row.read);
    CHECK(write.code() == row.write);
    CHECK(write.acks() == 1);
    CHECK(write.needed() == 2);
    CHECK_FALSE(write.outcome_unknown());
    CHECK(status_of(read).error_code() == row.status);
    CHECK(status_of(write).error_code() == row.status);
    CHECK(status_of(write).error_message() == "why");
  }
}

TEST_CASE(
    "a write of unknown fate never ends with a status that promises it was refused") {
  for (const Trouble trouble :
       {Trouble::none, Trouble::bad_request, Trouble::not_reached, Trouble::timed_out,
        Trouble::not_ready, Trouble::too_large, Trouble::disk_full, Trouble::conflict,
        Trouble::overloaded}) {
    for (const Verb verb : {Verb::put, Verb::erase}) {
      CAPTURE(word_for(trouble));
      const v1::Failure made =
          failure_of(verb, {.outcome = Outcome::unknown, .trouble = trouble});
      CHECK(made.outcome_unknown());
      const auto status = status_of(made).error_code();
      CHECK((status == grpc::StatusCode::UNAVAILABLE ||
             status == grpc::StatusCode::DEADLINE_EXCEEDED));
    }
  }
}

TEST_CASE("what a failure says is text, whatever bytes were in it") {
  const v1::Failure made = failure(v1::CODE_BAD_REQUEST, "no \xff level\n");
  v1::Failure again;
  REQUIRE(again.ParseFromString(made.SerializeAsString()));
  CHECK(again.error() == "no \\xff level\\x0a");
}

TEST_CASE("the level that was reached counts those who have it") {
  CHECK(level_reached({}, 1, 3) == v1::LEVEL_ONE);
  CHECK(level_reached({}, 2, 3) == v1::LEVEL_QUORUM);
  CHECK(level_reached({}, 3, 3) == v1::LEVEL_ALL);
  CHECK(level_reached({}, 2, 4) == v1::LEVEL_ONE);
  CHECK(level_reached({.linearizable = true}, 2, 3) == v1::LEVEL_LINEARIZABLE);
}
