// What the walkthroughs tell a reader to type is typed, and shows what they show.
//
// In a block fenced as ```session, a line that begins with "$ " is a command, and what
// follows is its standard output. All sessions of a page are one: they share a directory,
// which begins with the files of v4_replicated_kv/deploy, on ports that are free. Which node
// it is, and which partition, is another one each time.
#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <sys/types.h>

#include "tests/processes/server_processes.hpp"
#include "tests/structure/files.hpp"

using namespace kv;
using namespace kv::test;

namespace {

const std::string kDeploy = KV_SOURCE_DIR "/v4_replicated_kv/deploy";

// The same text, for servers that disturb nobody.
class OnFreePorts {
 public:
  [[nodiscard]] std::string operator()(const std::string& text) {
    static const std::regex kAddress(R"re(127\.0\.0\.1:(\d+))re");
    std::string moved;
    auto rest = text.begin();
    for (std::sregex_iterator at(text.begin(), text.end(), kAddress), end; at != end;
         ++at) {
      moved.append(rest, (*at)[1].first);
      moved += port_for(at->str(1));
      rest = (*at)[1].second;
    }
    return moved.append(rest, text.end());
  }

 private:
  const std::string& port_for(const std::string& shown) {
    auto& port = ports_[shown];
    while (port.empty() || taken_.at(port) != shown) {
      port = std::to_string(free_port());
      taken_.try_emplace(port, shown);
    }
    return port;
  }

  std::map<std::string, std::string> ports_;
  std::map<std::string, std::string> taken_;
};

// A reader's directory. The servers that were started in it end with it, whatever happens.
class Desktop {
 public:
  Desktop() {
    for (const auto& file : std::filesystem::directory_iterator(kDeploy)) {
      if (file.path().extension() != ".yaml") continue;
      (void)directory_.file(file.path().filename().string(),
                            move_(read_file(file.path().string())));
    }
  }
  Desktop(const Desktop&) = delete;
  Desktop& operator=(const Desktop&) = delete;
  ~Desktop() {
    for (const auto& file : std::filesystem::directory_iterator(directory_.path())) {
      if (file.path().extension() != ".pid") continue;
      std::ifstream in(file.path());
      pid_t process = 0;
      if (in >> process && process > 1) ::kill(process, SIGKILL);
    }
  }

  [[nodiscard]] std::string type(const std::string& command) {
    return run_shell(move_(command), {.directory = directory_.path()}).out;
  }
  [[nodiscard]] bool has_ended(const std::string& name) const {
    const int process = std::stoi(read_file(directory_.path() + "/" + name + ".pid"));
    // One that has ended and that nobody has asked for is there still, without its words.
    const std::string words = "/proc/" + std::to_string(process) + "/cmdline";
    return becomes_true([&] {
      std::ifstream in(words);
      return in.peek() == std::ifstream::traits_type::eof();
    });
  }

 private:
  OnFreePorts move_;
  TempDir directory_;
};

std::string without_chance(const std::string& text) {
  static const std::regex kAnyNode("node[123]");
  static const std::regex kPartition(R"re(partition \d+)re");
  return std::regex_replace(std::regex_replace(text, kAnyNode, "nodeN"), kPartition,
                            "partition P");
}

struct Typed {
  std::string command;
  std::string shown{};
};

std::vector<Typed> sessions_of(const std::string& page) {
  std::vector<Typed> typed;
  bool is_session = false;
  for (const std::string& line : lines_of_file(page)) {
    if (line.starts_with("```")) {
      is_session = line == "```session";
    } else if (is_session && line.starts_with("$ ")) {
      typed.push_back({.command = line.substr(2)});
    } else if (is_session) {
      REQUIRE_MESSAGE(!typed.empty(), "a session begins with a command");
      typed.back().shown += line + "\n";
    }
  }
  return typed;
}

}  // namespace

TEST_CASE("walkthrough: kill the owner") {
  Desktop desktop;
  const auto typed = sessions_of("docs/walkthroughs/kill_the_owner.md");
  CHECK(typed.size() > 15);
  for (const Typed& one : typed) {
    CAPTURE(one.command);
    const std::string said = desktop.type(one.command);
    // One copy is what was asked for. Others are asked as well where it is slow, or in turn to
    // be repaired, and may be the first to answer: with the newest value, if not with this one.
    const bool is_of_one = one.command.find("--consistency one") != std::string::npos;
    if (is_of_one && said == "plums\n") continue;
    CHECK(without_chance(said) == without_chance(one.shown));
  }
  for (const std::string name : {"node1", "node2", "node3", "proxy"}) {
    CHECK(desktop.has_ended(name));
  }
}
