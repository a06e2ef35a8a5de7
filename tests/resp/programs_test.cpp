// Programs that people have: redis-cli, redis-benchmark, the hiredis library, and a real Redis
// that is asked the same.
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>
#include <hiredis/hiredis.h>

#include "common/base/rng.hpp"
#include "tests/resp/beside.hpp"
#include "tests/resp/raw_client.hpp"

using namespace kv;
using namespace kv::test;

namespace {

struct Close {
  void operator()(redisContext* connection) const { redisFree(connection); }
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
};
using Connection = std::unique_ptr<redisContext, Close>;
using Words = std::vector<std::string>;

Connection connect_to(std::uint16_t port) {
  const timeval patience{.tv_sec = kPatience.count(), .tv_usec = 0};
  return Connection(redisConnectWithTimeout("127.0.0.1", port, patience));
}

// What came, with types, in one line.
std::string text_of(const redisReply& reply) {
  switch (reply.type) {
    case REDIS_REPLY_STRING:
      return "\"" + std::string(reply.str, reply.len) + "\"";
    case REDIS_REPLY_STATUS:
      return std::string(reply.str, reply.len);
    case REDIS_REPLY_ERROR:
      return "error " + std::string(reply.str, reply.len);
    case REDIS_REPLY_INTEGER:
      return std::to_string(reply.integer);
    case REDIS_REPLY_NIL:
      return "nothing";
    default:
      break;
  }
  std::string text = "[";
  for (std::size_t i = 0; i < reply.elements; ++i) {
    text += (i > 0 ? " " : "") + text_of(*reply.element[i]);
  }
  return text + "]";
}

void append(redisContext& connection, const Words& words) {
  std::vector<const char*> pointers;
  std::vector<std::size_t> sizes;
  for (const std::string& word : words) {
    pointers.push_back(word.data());
    sizes.push_back(word.size());
  }
  REQUIRE(redisAppendCommandArgv(&connection, static_cast<int>(words.size()),
                                 pointers.data(), sizes.data()) == REDIS_OK);
}

std::string next_reply(redisContext& connection) {
  void* reply = nullptr;
  const int status = redisGetReply(&connection, &reply);
  CAPTURE(std::string(connection.errstr));
  REQUIRE(status == REDIS_OK);
  return text_of(*std::unique_ptr<redisReply, Close>(static_cast<redisReply*>(reply)));
}

std::string ask(redisContext& connection, const Words& words) {
  append(connection, words);
  return next_reply(connection);
}

std::string cli(std::uint16_t port, const std::string& words) {
  const ShellRan ran = shell("redis-cli -p " + std::to_string(port) + " " + words);
  CHECK(ran.err.empty());
  return ran.out;
}

// Commands whose answer is one, and the same, wherever they are understood.
class RandomCommands {
 public:
  explicit RandomCommands(std::uint64_t seed) : rng_(seed) {}

  Words next() {
    switch (rng_.below(14)) {
      case 0:
      case 1:
      case 2:
        return {"SET", key(), value()};
      case 3:
      case 4:
        return {"GET", key()};
      case 5:
        return {"SET", key(), value(), rng_.below(2) == 0 ? "EX" : "px", number()};
      case 6:
        return some("DEL", 1 + rng_.below(4), false);
      case 7:
        return some("exists", 1 + rng_.below(4), false);
      case 8:
        return some("MGET", 1 + rng_.below(6), false);
      case 9:
        return some("MSET", 1 + rng_.below(6), true);
      case 10:
        return {"TTL", rng_.below(2) == 0 ? key() : "none"};
      case 11:
        return {"ECHO", value()};
      case 12:
        return wrong();
      default:
        return {"PING"};
    }
  }

 private:
  Words wrong() {
    static const std::vector<Words> kWrong{
        {"GET"},
        {"GET", "a", "b"},
        {"SET", "k"},
        {"SET", "k", "v", "EX"},
        {"SET", "k", "v", "EX", "x"},
        {"SET", "k", "v", "EX", "0"},
        {"SET", "k", "v", "PX", "-3"},
        {"SET", "k", "v", "what"},
        {"MSET", "k"},
        {"MSET", "k", "v", "l"},
        {"DEL"},
        {"ECHO"},
        {"PING", "a", "b"},
        {"SELECT", "x"},
        {"SELECT", "99"},
        {"SCAN", "x"},
        {"SCAN", "0", "COUNT", "0"},
        {"SCAN", "0", "COUNT", "x"},
        {"SCAN", "0", "what"},
        {"AUTH", "x"},
        {"AUTH", "somebody", "x"},
        {"HELLO", "x"},
        {"HELLO", "1"},
        {"TTL"},
        {"PING", "hello"},
        {"SELECT", "0"},
    };
    return kWrong[rng_.below(kWrong.size())];
  }

  std::string key() { return "key:" + std::to_string(rng_.below(12)); }
  std::string value() {
    std::string value;
    for (std::uint64_t n = rng_.below(40); n > 0; --n) {
      value += static_cast<char>(rng_.below(256));
    }
    return value;
  }
  // None that would be over before the test is.
  std::string number() { return std::to_string(100'000'000 + rng_.below(1'000'000)); }
  Words some(const char* command, std::uint64_t count, bool with_values) {
    Words words{command};
    for (; count > 0; --count) {
      words.push_back(key());
      if (with_values) words.push_back(value());
    }
    return words;
  }

  Rng rng_;
};

// Two clocks: a TTL may be a second apart.
bool same(const Words& words, const std::string& ours, const std::string& theirs) {
  if (words.front() != "TTL" || ours.starts_with("error")) return ours == theirs;
  const long difference = std::stol(ours) - std::stol(theirs);
  const bool both_are = (std::stol(ours) > 0) == (std::stol(theirs) > 0);
  return both_are && difference >= -5 && difference <= 5;
}

}  // namespace

TEST_CASE("hiredis: a program's own library, one by one and pipelined") {
  const Opened node = opened_door();
  const Connection connection = connect_to(node.door->port());
  REQUIRE(connection->err == 0);
  CHECK(ask(*connection, {"SET", "cart", "apples"}) == "OK");
  CHECK(ask(*connection, {"GET", "cart"}) == "\"apples\"");
  CHECK(ask(*connection, {"GET", "none"}) == "nothing");
  CHECK(ask(*connection, {"HELLO", "3"}) == "error NOPROTO unsupported protocol version");
  for (int i = 0; i < 1000; ++i) append(*connection, {"SET", "n", std::to_string(i)});
  append(*connection, {"GET", "n"});
  for (int i = 0; i < 1000; ++i) REQUIRE(next_reply(*connection) == "OK");
  CHECK(next_reply(*connection) == "\"999\"");
}

TEST_CASE("redis-cli: values, errors, and a look at all keys") {
  if (!is_here("redis-cli")) return;
  const Opened node = opened_door();
  const std::uint16_t port = node.door->port();
  CHECK(cli(port, "SET cart apples") == "OK\n");
  CHECK(cli(port, "GET cart") == "apples\n");
  CHECK(cli(port, "SET s v EX 100") == "OK\n");
  CHECK(cli(port, "TTL s") == "100\n");
  CHECK(cli(port, "INCR n").starts_with("ERR 'INCR' is not served: "));
  std::multiset<std::string> keys;
  for (int i = 0; i < 300; ++i) {
    keys.insert("k" + std::to_string(i));
    put(*node.loop, "k" + std::to_string(i), "v");
  }
  const auto scanned = lines_in(cli(port, "--scan --pattern 'k*'"));
  CHECK(std::multiset<std::string>(scanned.begin(), scanned.end()) == keys);
  CHECK(cli(port, "INFO").find("server_name:v4_replicated_kv") != std::string::npos);
}

TEST_CASE("redis-benchmark runs, and nothing of what it does fails") {
  if (!is_here("redis-benchmark")) return;
  const Opened node = opened_door();
  for (const char* const how :
       {"-P 16 -n 20000", "-P 1 -n 2000", "-P 500 -n 20000 -r 100"}) {
    const ShellRan ran = shell("redis-benchmark -p " + std::to_string(node.door->port()) +
                               " -t ping,set,get,mset --csv " + how);
    CAPTURE(ran.out);
    CHECK(ran.status == 0);
    CHECK(ran.out.find("\"SET\"") != std::string::npos);
    CHECK(ran.out.find("\"MSET (10 keys)\"") != std::string::npos);
    CHECK((ran.out + ran.err).find("rror") == std::string::npos);
  }
}

TEST_CASE("a real Redis, asked the same at random, says the same") {
  if (!is_here("redis-server")) return;
  const RealRedis redis;
  for (const Policy policy : {Policy::last_write_wins, Policy::siblings}) {
    const Opened node = opened_door({}, policy);
    const Connection theirs = connect_to(redis.port());
    const Connection ours = connect_to(node.door->port());
    REQUIRE(theirs->err == 0);
    REQUIRE(ours->err == 0);
    CHECK(ask(*theirs, {"FLUSHALL"}) == "OK");
    for (std::uint64_t seed = 0; seed < 40; ++seed) {
      CAPTURE(seed);
      RandomCommands random(seed);
      std::vector<Words> commands;
      for (int i = 0; i < 200; ++i) {
        commands.push_back(random.next());
        append(*theirs, commands.back());
        append(*ours, commands.back());
      }
      for (const Words& words : commands) {
        const std::string expected = next_reply(*theirs);
        const std::string came = next_reply(*ours);
        std::string said;
        for (const std::string& word : words) said += word + " ";
        CAPTURE(said);
        CAPTURE(expected);
        CAPTURE(came);
        REQUIRE(same(words, came, expected));
      }
    }
    std::set<std::string> keys[2];
    for (int i = 0; i < 2; ++i) {
      const std::string text =
          ask(i == 0 ? *theirs : *ours, {"SCAN", "0", "COUNT", "1000"});
      for (int key = 0; key < 12; ++key) {
        const std::string name = "\"key:" + std::to_string(key) + "\"";
        if (text.find(name) != std::string::npos) keys[i].insert(name);
      }
    }
    CHECK(keys[0] == keys[1]);
  }
}
