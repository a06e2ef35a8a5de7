// The published contract, held against the code that it speaks of.
#include <algorithm>
#include <cctype>
#include <initializer_list>
#include <string>

#include <doctest/doctest.h>

#include "kv/v1/key_value.pb.h"
#include "kv/v1/peer.pb.h"
#include "v4_replicated_kv/replication/request.hpp"
#include "v4_replicated_kv/wire/handshake.hpp"

using namespace kv;

namespace {

bool has_code(const std::string& word) {
  std::string name = "CODE_" + word;
  std::ranges::transform(name, name.begin(), [](unsigned char c) {
    return static_cast<char>(std::toupper(c));
  });
  return v1::Code_descriptor()->FindValueByName(name) != nullptr;
}

}  // namespace

TEST_CASE("whatever can be wrong with a request has a code") {
  for (const Trouble trouble :
       {Trouble::bad_request, Trouble::not_reached, Trouble::timed_out,
        Trouble::not_ready, Trouble::too_large, Trouble::disk_full, Trouble::conflict,
        Trouble::overloaded}) {
    const std::string word(word_for(trouble));
    CAPTURE(word);
    if (trouble == Trouble::not_reached) {
      CHECK(has_code("read_" + word));
      CHECK(has_code("write_" + word));
    } else {
      CHECK(has_code(word));
    }
  }
}

TEST_CASE("a packet carries frames as they are") {
  const Handshake handshake(Handshake::Side::dials, {.cluster = ClusterId{1}}, "secret");
  v1::Packet sent;
  sent.set_frames(handshake.first_words());
  v1::Packet came;
  REQUIRE(came.ParseFromString(sent.SerializeAsString()));
  CHECK(came.frames() == handshake.first_words());
}
