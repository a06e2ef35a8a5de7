// Raw bytes in, raw bytes out: what clients of Redis see of a node.
#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "tests/resp/raw_client.hpp"

using namespace kv;
using namespace kv::test;

namespace {

struct Said {
  std::string bytes;
  std::string answer;
};

std::string wrong_number(std::string_view name) {
  return "-ERR wrong number of arguments for '" + std::string(name) + "' command\r\n";
}

// A SCAN's answer to its end, page by page.
std::multiset<std::string> scan_all(RawClient& client, const std::string& rest) {
  std::multiset<std::string> keys;
  const auto line = [&] {
    std::string text;
    while (!text.ends_with("\r\n")) text += client.receive(1);
    return text.substr(1, text.size() - 3);
  };
  const auto text = [&] {
    const std::size_t size = std::stoul(line());
    return client.receive(size + 2).substr(0, size);
  };
  std::string cursor = "0";
  do {
    REQUIRE(client.send("SCAN " + cursor + rest + "\r\n"));
    REQUIRE(line() == "2");
    cursor = text();
    for (std::size_t left = std::stoul(line()); left > 0; --left) keys.insert(text());
  } while (cursor != "0");
  return keys;
}

}  // namespace

TEST_CASE("a table of what is said, and what is answered") {
  const std::string kUnset = "$-1\r\n";
  const std::string kOk = "+OK\r\n";
  const std::vector<Said> said{
      {"PING\r\n", "+PONG\r\n"},
      {command({"ping", "x\r\ny"}), bulk("x\r\ny")},
      {command({"ECHO", ""}), bulk("")},
      {command({"ECHO"}), wrong_number("echo")},
      {command({"GET", "none"}), kUnset},
      {command({"SET", "k", "v"}), kOk},
      {command({"gEt", "k"}), bulk("v")},
      {command({"SET", "k", ""}), kOk},
      {command({"GET", "k"}), bulk("")},
      {command({"GET"}), wrong_number("get")},
      {command({"GET", "a", "b"}), wrong_number("get")},
      {command({"SET", "k"}), wrong_number("set")},
      {command({"SET", std::string("\0\r\n\xff", 4), "zeros"}), kOk},
      {command({"GET", std::string("\0\r\n\xff", 4)}), bulk("zeros")},
      {command({"SET", "t", "v", "EX", "100"}), kOk},
      {command({"TTL", "t"}), ":100\r\n"},
      {command({"SET", "t", "v", "px", "1500"}), kOk},
      {command({"TTL", "k"}), ":-1\r\n"},
      {command({"PTTL", "none"}), ":-2\r\n"},
      {command({"SET", "t", "v", "EX", "0"}),
       "-ERR invalid expire time in 'set' command\r\n"},
      {command({"SET", "t", "v", "EX", "-1"}),
       "-ERR invalid expire time in 'set' command\r\n"},
      {command({"SET", "t", "v", "EX", "9223372036854775807"}),
       "-ERR invalid expire time in 'set' command\r\n"},
      {command({"SET", "t", "v", "EX", "1e3"}),
       "-ERR value is not an integer or out of range\r\n"},
      {command({"SET", "t", "v", "EX", ""}),
       "-ERR value is not an integer or out of range\r\n"},
      {command({"SET", "t", "v", "EX"}), "-ERR syntax error\r\n"},
      {command({"SET", "t", "v", "EX", "1", "PX", "1"}), "-ERR syntax error\r\n"},
      {command({"SET", "t", "v", "XYZ"}), "-ERR syntax error\r\n"},
      {command({"SET", "", "v"}), "-ERR a key has 1 to 4096 bytes, not 0\r\n"},
      {command({"GET", std::string(4097, 'k')}),
       "-ERR a key has 1 to 4096 bytes, not 4097\r\n"},
      {command({"MSET", "a", "1", "b", "2", "a", "3"}), kOk},
      {command({"MGET", "a", "none", "b"}), "*3\r\n" + bulk("3") + kUnset + bulk("2")},
      {command({"MSET", "a", "1", "b"}), wrong_number("mset")},
      {command({"MGET", "a", ""}), "-ERR a key has 1 to 4096 bytes, not 0\r\n"},
      {command({"EXISTS", "a", "a", "none"}), ":2\r\n"},
      {command({"DEL", "a", "a", "none"}), ":1\r\n"},
      {command({"DEL", "a"}), ":0\r\n"},
      {command({"DEL"}), wrong_number("del")},
      {command({"SELECT", "0"}), kOk},
      {command({"SELECT", "1"}), "-ERR DB index is out of range\r\n"},
      {command({"HELLO", "3"}), "-NOPROTO unsupported protocol version\r\n"},
      {command({"CLIENT", "SETNAME", "me"}), kOk},
      {command({"CLIENT", "SETINFO", "LIB-NAME", "x"}), kOk},
      {command({"CONFIG", "GET", "save"}), "*2\r\n" + bulk("save") + bulk("")},
      {command({"CONFIG", "GET", "other"}), "*0\r\n"},
      {command({"COMMAND"}), "*0\r\n"},
      {command({"COMMAND", "DOCS", "get"}), "*0\r\n"},
      {command({"COMMAND", "COUNT"}), ":19\r\n"},
      {command({"SCAN", "x"}), "-ERR invalid cursor\r\n"},
      {command({"SCAN", "-1"}), "-ERR invalid cursor\r\n"},
      {command({"SCAN", "18446744073709551616"}), "-ERR invalid cursor\r\n"},
      {command({"SCAN", "0", "COUNT", "0"}), "-ERR syntax error\r\n"},
      {command({"SCAN", "0", "MATCH"}), "-ERR syntax error\r\n"},
      {command({"SCAN", "0", "MATCH", std::string(257, '*')}),
       "-ERR a pattern has at most 256 bytes\r\n"},
      {command({"AUTH", "default", "x"}), kOk},
      {command({"NOPE\r\n+OK", "x"}), "-ERR unknown command 'NOPE\\x0d\\x0a+OK'\r\n"},
      {command({std::string("\0get", 4), "k"}), "-ERR unknown command '\\x00get'\r\n"},
      {command({std::string(1000, 'x')}),
       "-ERR unknown command '" + std::string(128, 'x') + "...'\r\n"},
  };
  const Opened node = opened_door();
  RawClient one_by_one(node.door->port());
  std::string all, answers;
  for (const auto& [bytes, answer] : said) {
    CAPTURE(bytes);
    CHECK(one_by_one.ask(bytes, answer.size()) == answer);
    all += bytes;
    answers += answer;
  }
  // All of them at once; and a byte at a time.
  RawClient clean(node.door->port());
  clean.ask(command({"DEL", "k", "t", "a", "b", std::string("\0\r\n\xff", 4)}), 4);
  CHECK(clean.ask(all, answers.size()) == answers);
  clean.ask(command({"DEL", "k", "t", "a", "b", std::string("\0\r\n\xff", 4)}), 4);
  for (const char byte : all) REQUIRE(clean.send({&byte, 1}));
  CHECK(clean.receive(answers.size()) == answers);
}

TEST_CASE("what a quorum store cannot promise says so, by name") {
  const Opened node = opened_door();
  RawClient client(node.door->port());
  for (const char* const line : {"INCR k", "SETNX k v", "MULTI", "EXEC", "APPEND k v",
                                 "SET k v NX", "SET k v XX", "SET k v GET", "EVAL x 0"}) {
    CAPTURE(line);
    REQUIRE(client.send(std::string(line) + "\r\nPING\r\n"));
    std::string answer;
    while (!answer.ends_with("+PONG\r\n")) answer += client.receive(1);
    CHECK(answer.starts_with("-ERR "));
    CHECK(answer.find("cannot promise that") + answer.find("does not know it") !=
          2 * std::string::npos);
    const std::string name = std::string(line).substr(0, 3);
    CHECK(answer.find(name) != std::string::npos);
  }
  CHECK(client.ask("EXISTS k\r\n", 4) == ":0\r\n");
}

TEST_CASE("thousands of commands at once are answered in their order") {
  const Opened node = opened_door();
  RawClient client(node.door->port());
  std::string bytes, answers;
  for (int i = 0; i < 20'000; ++i) {
    const std::string key = "k" + std::to_string(i % 100);
    const std::string value = std::to_string(i);
    bytes += command({"SET", key, value}) + command({"GET", key}) + "PING\r\n";
    answers += "+OK\r\n" + bulk(value) + "+PONG\r\n";
  }
  std::thread sender([&] { client.send(bytes); });
  CHECK(client.receive(answers.size()) == answers);
  sender.join();
}

TEST_CASE(
    "one client's writes of a key stay in order where copies could turn them round") {
  // Each SET of a siblings cluster reads first: two at once would read the same.
  const Opened node = opened_door({}, Policy::siblings);
  RawClient client(node.door->port());
  std::string bytes, answers;
  for (int i = 0; i < 300; ++i) {
    const std::string key = "k" + std::to_string(i % 3);
    const std::string value = std::to_string(i);
    bytes += command({"SET", key, value}) +
             command({"MSET", key, value, "other", value}) +
             command({"MGET", key, "other"}) + command({"GET", key});
    answers += "+OK\r\n+OK\r\n*2\r\n" + bulk(value) + bulk(value) + bulk(value);
  }
  bytes += command({"DEL", "k0", "k1", "none"}) + command({"EXISTS", "k0", "k2"});
  answers += ":2\r\n:1\r\n";
  std::thread sender([&] { client.send(bytes); });
  CHECK(client.receive(answers.size()) == answers);
  sender.join();
}

TEST_CASE("siblings are told as what they are, with their number, and a SET ends them") {
  const Opened node = opened_door({}, Policy::siblings);
  // Two puts with the same stale context, as two clients of another door make them.
  const Reply first = put(*node.loop, "k", "a");
  for (const char* const value : {"b", "c"}) {
    Request request{.verb = Verb::put, .key = "k", .value = value};
    request.context = first.context;
    REQUIRE(wait_for(ask(*node.loop, request)).outcome == kv::Outcome::ok);
  }
  RawClient client(node.door->port());
  const std::string answer =
      "-SIBLINGS 2 values were put at once, and an answer here has room for one: read "
      "them "
      "over HTTP, or SET what replaces them\r\n";
  CHECK(client.ask(command({"GET", "k"}), answer.size()) == answer);
  CHECK(client.ask(command({"MGET", "none", "k"}), answer.size()) == answer);
  CHECK(client.ask(command({"EXISTS", "k"}), 4) == ":1\r\n");
  CHECK(client.ask(command({"SET", "k", "d"}), 5) == "+OK\r\n");
  CHECK(client.ask(command({"GET", "k"}), 7) == bulk("d"));
}

TEST_CASE("SCAN finds all keys, of a pattern or of all, however many at a time") {
  const Opened node = opened_door();
  RawClient client(node.door->port());
  std::multiset<std::string> keys, fruit;
  for (int i = 0; i < 500; ++i) {
    const std::string key = (i % 5 == 0 ? "fruit:" : "k") + std::to_string(i);
    keys.insert(key);
    if (i % 5 == 0) fruit.insert(key);
    REQUIRE(client.ask(command({"SET", key, "v"}), 5) == "+OK\r\n");
  }
  for (const char* const count : {"", " COUNT 1", " COUNT 100", " COUNT 1000000"}) {
    CHECK(scan_all(client, count) == keys);
  }
  CHECK(scan_all(client, " MATCH fruit:*") == fruit);
  CHECK(scan_all(client, " COUNT 50 MATCH *t:*") == fruit);
  CHECK(scan_all(client, " MATCH none*").empty());
  CHECK(scan_all(client, " MATCH \"\"").empty());  // no key is empty
}

TEST_CASE(
    "values of every size come back as they were, up to the largest and not above") {
  const Opened node = opened_door();
  RawClient client(node.door->port());
  for (const std::size_t size :
       {std::size_t{1}, std::size_t{65535}, std::size_t{1} << 20, kValueBytesMax}) {
    CAPTURE(size);
    std::string value(size, 'v');
    for (std::size_t i = 0; i < size; i += 251) value[i] = static_cast<char>(i);
    const std::string set = command({"SET", "k", value});
    std::thread sender([&] { client.send(set); });
    CHECK(client.receive(5) == "+OK\r\n");
    sender.join();
    const std::string answer = bulk(value);
    CHECK((client.ask(command({"GET", "k"}), answer.size()) == answer));
  }
  RawClient greedy(node.door->port());
  const std::string larger = std::to_string(kValueBytesMax + 1);
  REQUIRE(greedy.send("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$" + larger + "\r\n"));
  CHECK(greedy.rest() ==
        "-ERR Protocol error: invalid bulk length: an argument has at most 16777216 "
        "bytes\r\n");
}
