// What is bounded at the door for clients of Redis: sizes, connections, time, and what one of
// them may cost the others.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <list>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "tests/resp/raw_client.hpp"
#include "tests/storage/temporary_directory.hpp"

using namespace kv;
using namespace kv::test;

TEST_CASE("MGET of more than an answer takes is refused, and the connection goes on") {
  resp::DoorOptions options;
  options.session.answer_bytes = 1000;
  const Opened node = opened_door(options);
  RawClient client(node.door->port());
  REQUIRE(client.ask(command({"SET", "k", std::string(400, 'v')}), 5) == "+OK\r\n");
  const std::string answer =
      "-ERR the values together are too large for an answer: ask for fewer\r\n";
  CHECK(client.ask(command({"MGET", "k", "k", "k", "k"}), answer.size()) == answer);
  CHECK(client.ask("PING\r\n", 7) == "+PONG\r\n");
}

TEST_CASE("what comes before bytes that are no command is answered, and then it closes") {
  const Opened node = opened_door();
  for (const auto& [bytes, answer] : std::vector<std::pair<std::string, std::string>>{
           {"PING\r\n*1\r\n:3\r\nPING\r\n",
            "+PONG\r\n-ERR Protocol error: expected '$', got ':'\r\n"},
           {command({"SET", "k", "v"}) + "GET k\r\nQUIT\r\nGET k\r\n",
            "+OK\r\n$1\r\nv\r\n+OK\r\n"},
           {std::string(100'000, 'x'), "-ERR Protocol error: too big inline request\r\n"},
       }) {
    RawClient client(node.door->port());
    client.send(bytes);
    CHECK(client.rest() == answer);
  }
}

TEST_CASE("who sends what is too long gets to read why") {
  const Opened node = opened_door();
  RawClient client(node.door->port());
  // All of it, before it reads anything.
  REQUIRE(client.send(command({"SET", "k", std::string(kValueBytesMax + 1, 'v')})));
  CHECK(client.rest() ==
        "-ERR Protocol error: invalid bulk length: an argument has at most 16777216 "
        "bytes\r\n");
  // There is an end to what is thrown away.
  const std::string junk(std::size_t{1} << 20, 'v');
  RawClient endless(node.door->port());
  std::size_t sent = 0;
  while (sent < 200 && endless.send(junk)) ++sent;
  CHECK(sent < 200);
  CHECK(node.loop->wait_for(Stage::whole, kPatience));
}

TEST_CASE("what a page in a browser posts is not carried out, nor answered") {
  const Opened node = opened_door();
  const std::string body = command({"SET", "evil", "pwned"}) + "SET evil pwned\r\n";
  for (const auto& [head, answer] : std::vector<std::pair<std::string, std::string>>{
           {"POST / HTTP/1.1\r\nHost: x\r\n\r\n", ""},
           {"post / HTTP/1.1\r\n\r\n", ""},
           {"HOST: x\r\n\r\n", ""},
           {command({"POST", "/"}), ""},
           {"PUT / HTTP/1.1\r\nhost: x\r\n\r\n", "-ERR unknown command 'PUT'\r\n"},
           {"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
            "-ERR wrong number of arguments for 'get' command\r\n"},
       }) {
    CAPTURE(head);
    RawClient page(node.door->port());
    page.send(head + body);
    const std::string said = page.rest();
    CHECK(answer.starts_with(said));  // it may be lost, as what follows was not read
    RawClient client(node.door->port());
    CHECK(client.ask(command({"GET", "evil"}), 5) == "$-1\r\n");
  }
}

TEST_CASE("who says no more is answered first") {
  const Opened node = opened_door();
  RawClient client(node.door->port());
  client.send(command({"SET", "k", "v"}) + command({"GET", "k"}) + "GET");
  client.say_no_more();
  CHECK(client.rest() == "+OK\r\n" + bulk("v"));
}

TEST_CASE("more connections than there may be are told so; one that goes makes room") {
  resp::DoorOptions options;
  options.connections_max = 2;
  const Opened node = opened_door(options);
  RawClient first(node.door->port());
  REQUIRE(first.ask("PING\r\n", 7) == "+PONG\r\n");
  {
    RawClient second(node.door->port());
    REQUIRE(second.ask("PING\r\n", 7) == "+PONG\r\n");
    RawClient third(node.door->port());
    CHECK(third.rest() == "-ERR max number of clients reached\r\n");
    REQUIRE(second.send("QUIT\r\n"));
    REQUIRE(second.rest() == "+OK\r\n");
  }
  RawClient fourth(node.door->port());
  CHECK(fourth.ask("PING\r\n", 7) == "+PONG\r\n");
}

TEST_CASE("clients share what the node takes, and nobody is refused or left to wait") {
  resp::DoorOptions options;
  options.asks_max = 1;
  const Opened node = opened_door(options);
  std::string bytes;
  std::string answers;
  for (int i = 0; i < 200; ++i) {
    bytes += command({"SET", "k", "v"}) + command({"MGET", "k", "none"});
    answers += "+OK\r\n*2\r\n" + bulk("v") + "$-1\r\n";
  }
  for (int round = 0; round < 20; ++round) {
    RawClient first(node.door->port());
    RawClient second(node.door->port());
    {
      // It leaves while it has the only place.
      RawClient greedy(node.door->port());
      greedy.send(bytes);
      first.send(bytes);
    }
    second.send(bytes);
    REQUIRE(first.receive(answers.size()) == answers);
    REQUIRE(second.receive(answers.size()) == answers);
  }
}

TEST_CASE("slow and silent clients are closed, and nobody else notices") {
  resp::DoorOptions options;
  options.slow = options.idle = std::chrono::seconds(1);
  const Opened node = opened_door(options);
  std::vector<RawClient> slow;
  for (int i = 0; i < 200; ++i) {
    slow.emplace_back(node.door->port());
    slow.back().send(i % 2 == 0 ? "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$16777216\r\nv" : "");
  }
  RawClient client(node.door->port());
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 100; ++i) REQUIRE(client.ask("PING\r\n", 7) == "+PONG\r\n");
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(30));
  for (RawClient& connection : slow) CHECK(connection.rest().empty());
}

TEST_CASE("who does not read is not read from, costs a bounded amount, and is closed") {
  resp::DoorOptions options;
  options.slow = std::chrono::seconds(1);
  const Opened node = opened_door(options);
  RawClient other(node.door->port());
  const std::string set = command({"SET", "k", std::string(1 << 20, 'v')});
  REQUIRE(other.ask(set, 5) == "+OK\r\n");
  RawClient deaf(node.door->port(), 4096);
  std::string gets;
  for (int i = 0; i < 10'000; ++i) gets += command({"GET", "k"});
  // 10 GB of answers are asked for again and again, until nobody takes the questions.
  std::size_t sent = 0;
  for (int i = 0; i < 1000; ++i) sent += deaf.send_some(gets);
  CHECK(sent < std::size_t{64} << 20);
  CHECK(other.ask("PING\r\n", 7) == "+PONG\r\n");
  while (deaf.send("PING\r\n")) std::this_thread::yield();  // until it is closed
  std::size_t connections = 0;
  node.loop->run_there([&] { connections = node.door->connections(); });
  CHECK(connections == 1);
}

TEST_CASE(
    "while much waits for who does not read, short answers go out, long ones do not") {
  resp::DoorOptions options;
  options.held_bytes_max = 32 << 20;
  const Opened node = opened_door(options);
  RawClient other(node.door->port());
  REQUIRE(other.ask(command({"SET", "k", std::string(8 << 20, 'v')}), 5) == "+OK\r\n");
  REQUIRE(other.ask(command({"SET", "short", "v"}), 5) == "+OK\r\n");
  const std::string refused = "-OVERLOADED clients do not read their answers\r\n";
  std::vector<RawClient> deaf;
  const auto begins_with = [&](const std::string& question) {
    RawClient asking(node.door->port());
    return asking.ask(question, refused.size());
  };
  for (int i = 0; begins_with(command({"GET", "k"})) != refused; ++i) {
    REQUIRE(i < 1000);
    deaf.emplace_back(node.door->port(), 4096);
    deaf.back().send(command({"GET", "k"}));
  }
  CHECK(other.ask(command({"GET", "short"}), 7) == "$1\r\nv\r\n");
  CHECK(other.ask(command({"SET", "k", "w"}), 5) == "+OK\r\n");
  CHECK(other.ask(command({"SET", "k", std::string(8 << 20, 'v')}), 5) == "+OK\r\n");
  deaf.clear();
  while (begins_with(command({"GET", "k"})) == refused) std::this_thread::yield();
}

namespace {

// MSET of 3 MiB, of which a part has still to come.
struct Halved {
  std::string first =
      command({"MSET", "a", std::string(1 << 20, 'a'), "b", std::string(2 << 20, 'b')});
  std::string rest = first.substr(first.size() - 100);

  Halved() { first.resize(first.size() - 100); }
};

// The first of the clients that something is said to.
std::list<RawClient>::iterator first_that_hears(std::list<RawClient>& clients) {
  for (;;) {
    const auto found = std::ranges::find_if(clients, &RawClient::hears);
    if (found != clients.end()) return found;
    std::this_thread::yield();
  }
}

}  // namespace

TEST_CASE("long commands that are coming are bounded together, and short ones welcome") {
  resp::DoorOptions options;
  options.held_bytes_max = 8 << 20;
  const Opened node = opened_door(options);
  const Halved set;
  std::list<RawClient> slow;
  for (int i = 0; i < 3; ++i) {
    slow.emplace_back(node.door->port());
    REQUIRE(slow.back().send(set.first));
  }
  // There is room for two of them, whichever.
  const auto refused = first_that_hears(slow);
  CHECK(refused->rest() ==
        "-OVERLOADED this node receives as much as it has room for: try again\r\n");
  slow.erase(refused);
  RawClient other(node.door->port());
  CHECK(other.ask(command({"SET", "k", "v"}), 5) == "+OK\r\n");
  const std::string longer = command({"SET", "k", std::string(60'000, 'v')});
  REQUIRE(other.send(longer.substr(0, 50'000)));
  CHECK(other.ask(longer.substr(50'000), 5) == "+OK\r\n");
  // Who was not refused goes on, and what it took is there for others, also where it leaves.
  CHECK(slow.front().ask(set.rest, 5) == "+OK\r\n");
  slow.pop_front();
  for (int i = 0; i < 10; ++i) {
    RawClient next(node.door->port());
    CHECK(next.ask(set.first + set.rest, 5) == "+OK\r\n");
  }
  CHECK(slow.front().ask(set.rest, 5) == "+OK\r\n");
}

TEST_CASE("who leaves in the middle of a long command leaves its room to others") {
  resp::DoorOptions options;
  options.held_bytes_max = 8 << 20;
  const Opened node = opened_door(options);
  const Halved set;
  for (int i = 0; i < 20; ++i) {
    RawClient leaver(node.door->port());
    REQUIRE(leaver.send(set.first));
    leaver.say_no_more();
    CHECK(leaver.rest().empty());  // once all of it was read
  }
  RawClient last(node.door->port());
  CHECK(last.ask(set.first + set.rest, 5) == "+OK\r\n");
}

TEST_CASE("a node that stops answers what it has begun, and listens no more") {
  const TemporaryDirectory directory;
  Opened node = opened_door({}, Policy::last_write_wins, quick_options(directory.path()));
  RawClient client(node.door->port());
  std::string bytes;
  for (int i = 0; i < 100; ++i) bytes += command({"SET", std::to_string(i), "v"});
  REQUIRE(client.send(bytes));
  REQUIRE(client.receive(5) == "+OK\r\n");
  node.loop->stop();
  const std::string rest = client.rest();
  std::size_t answered = 1;
  for (std::size_t at = 0; at < rest.size(); at = rest.find('\n', at) + 1) ++answered;
  node.door.reset();
  node = {};
  // Whoever was told OK finds it after a start.
  const Opened again =
      opened_door({}, Policy::last_write_wins, quick_options(directory.path()));
  RawClient reader(again.door->port());
  for (std::size_t i = 0; i < answered; ++i) {
    REQUIRE(reader.ask(command({"EXISTS", std::to_string(i)}), 4) == ":1\r\n");
  }
}

TEST_CASE("a door that goes while commands are under way leaves the node whole") {
  for (int i = 0; i < 20; ++i) {
    Opened node = opened_door();
    RawClient client(node.door->port());
    std::string bytes;
    for (int j = 0; j < 500; ++j) bytes += command({"SET", std::to_string(j), "v"});
    client.send(bytes);
    if (i % 2 == 0) client.receive(5);
    node.door.reset();
    CHECK(put(*node.loop, "k", "v").outcome == kv::Outcome::ok);
  }
}
