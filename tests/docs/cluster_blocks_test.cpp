// What the documents show of a running cluster is what a running cluster prints.
//
// A block fenced as ```console cluster is typed beside three nodes of this page's own,
// which have it to themselves from its first block to its last; "kill node2 node3" behind that
// kills nodes first. A block fenced as ```python is a program of its own, and prints what
// its lines say in a comment. Ports are free ones: in what is typed and in what is printed
// they stand for those that people have, 8080 and after, 9000, 6380.
#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/processes/server_processes.hpp"
#include "tests/structure/files.hpp"

using namespace kv;
using namespace kv::test;

namespace {

constexpr std::string_view kBlock = "```console cluster";
constexpr std::string_view kNode = " node";  // to be killed
constexpr int kHttp = 8080;
constexpr int kGrpc = 9000;
constexpr int kResp = 6380;

void replace_all(std::string& text, std::string_view what, std::string_view with) {
  for (auto at = text.find(what); at != text.npos;
       at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
}

std::string port_of(const std::string& address) {
  return address.substr(address.rfind(':') + 1);
}

// A page's three nodes, and what people type beside them.
class Beside {
 public:
  Beside() : cluster_(3) { REQUIRE(cluster_.wait_until_all_ready()); }

  void kill(std::size_t node) { cluster_.node(node).server->kill(); }

  // What is printed, with the ports that people have.
  std::string type(std::string command) {
    for (std::size_t i = 0; i < cluster_.size(); ++i) {
      const std::string at = std::to_string(kHttp + static_cast<int>(i));
      replace_all(command, "127.0.0.1:" + at, cluster_.node(i).http);
      replace_all(command, fmt::format("127.0.0.1:{}", kGrpc + static_cast<int>(i)),
                  cluster_.node(i).grpc);
      replace_all(command, fmt::format("-p {}", kResp + static_cast<int>(i)),
                  "-p " + port_of(cluster_.node(i).resp));
    }
    // As at a terminal, and with this node 1.
    replace_all(command, "redis-cli ", "redis-cli --no-raw ");
    constexpr std::string_view kOurs = "v4_replicated_kv kv ";
    if (command.starts_with(kOurs) && !command.contains("--endpoint")) {
      command.insert(kOurs.size(), fmt::format("--endpoint {} ", cluster_.node(0).http));
    }
    const ProgramEnd outcome = run_shell(command);
    CHECK_MESSAGE(outcome.err.empty(), command, outcome.err);
    std::string out = outcome.out;
    for (std::size_t i = 0; i < cluster_.size(); ++i) {
      replace_all(out, cluster_.node(i).http,
                  fmt::format("127.0.0.1:{}", kHttp + static_cast<int>(i)));
    }
    // The third acknowledgement may be as early as the second.
    replace_all(out, "\"acks\":3", "\"acks\":2");
    replace_all(out, "stored: 3 of 3", "stored: 2 of 3");
    if (!out.empty() && !out.ends_with('\n')) out += '\n';
    return out;
  }

 private:
  ClusterOfProcesses cluster_;
};

// Up to the line that closes it; `line` is left there.
std::vector<std::string> block_at(const std::vector<std::string>& page,
                                  std::size_t& line) {
  std::vector<std::string> block;
  for (++line; line < page.size() && page[line] != "```"; ++line) {
    block.push_back(page[line]);
  }
  return block;
}

// How many commands it has.
int check_console(Beside& beside, const std::vector<std::string>& block) {
  int commands = 0;
  for (std::size_t i = 0; i < block.size(); ++commands) {
    REQUIRE(block[i].starts_with("$ "));
    const std::string command = block[i++].substr(2);
    std::string shown;
    while (i < block.size() && !block[i].starts_with("$ ")) shown += block[i++] + "\n";
    CAPTURE(command);
    CHECK(beside.type(command) == shown);
  }
  return commands;
}

void check_python(Beside& beside, const std::vector<std::string>& block) {
  constexpr std::string_view kPrints = "  # prints ";
  std::string program;
  std::string shown;
  for (const std::string& line : block) {
    program += line + "\n";
    const auto comment = line.find(kPrints);
    if (comment != line.npos) shown += line.substr(comment + kPrints.size()) + "\n";
  }
  REQUIRE_FALSE(shown.empty());
  CAPTURE(program);
  CHECK(beside.type("python3 - <<'END'\n" + program + "END\n") == shown);
}

int check_page(const std::vector<std::string>& page) {
  Beside beside;
  int commands = 0;
  for (std::size_t line = 0; line < page.size(); ++line) {
    const std::string fence = page[line];
    if (fence == "```python") {
      check_python(beside, block_at(page, line));
      ++commands;
    }
    if (!fence.starts_with(kBlock)) continue;
    for (auto node = fence.find(kNode); node != fence.npos;
         node = fence.find(kNode, node + 1)) {
      beside.kill(std::stoul(fence.substr(node + kNode.size())) - 1);
    }
    commands += check_console(beside, block_at(page, line));
  }
  return commands;
}

}  // namespace

TEST_CASE("documents show what a cluster prints, to whatever client") {
  int commands = 0;
  for (const std::string& path : source_files({".md"})) {
    const auto page = lines_of_file(path);
    const bool has_blocks = std::ranges::any_of(
        page, [](const std::string& line) { return line.starts_with(kBlock); });
    if (!has_blocks) continue;
    CAPTURE(path);
    commands += check_page(page);
  }
  CHECK(commands >= 10);
}
