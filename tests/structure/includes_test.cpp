// Who may include whom: read from the sources themselves.
#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "tests/structure/files.hpp"

using namespace kv;

namespace {

// The rooms, with the rooms that each may look into. A room may always look into itself.
const std::map<std::string, std::vector<std::string>> kMayInclude{
    {"common/base", {}},
    {"common/hash", {"common/base"}},
    {"common/keys", {"common/base"}},
    {"common", {"common/base", "common/hash"}},  // placement.hpp, progress.hpp
    {"common/ring", {"common/base", "common/hash", "common"}},
    {"common/experiment",
     {"common/base", "common/hash", "common/keys", "common/ring", "common"}},
    {"common/predictions", {"common/base", "common/experiment", "common"}},
    {"common/report", {"common/base", "common/experiment"}},
    {"common/command_line",
     {"common/base", "common/hash", "common/keys", "common/experiment", "common/report",
      "common"}},
    {"common/lesson",
     {"common/experiment", "common/predictions", "common/report", "common/command_line",
      "common"}},
    {"common/survey", {"common/base", "common/experiment", "common/report", "common"}},
    {"v1_modular", {"common/base", "common/hash", "common"}},
    {"v2_consistent", {"common/base", "common/hash", "common"}},
    {"v3_virtual_nodes", {"common/base", "common/hash", "common/ring", "common"}},
    {"v3_virtual_nodes/alternatives",
     {"common/base", "common/hash", "common/ring", "common/experiment", "common",
      "v3_virtual_nodes"}},
    {"v3_virtual_nodes/bank",
     {"common/base", "common/hash", "common/keys", "common/experiment",
      "common/predictions", "common/report", "common/command_line", "common",
      "v3_virtual_nodes"}},
    {"v4_replicated_kv", {"common/base"}},  // types.hpp
    {"v4_replicated_kv/placement",
     {"common/base", "common/hash", "common/ring", "common", "v4_replicated_kv"}},
    {"v4_replicated_kv/demo",
     {"common/base", "common/hash", "common/experiment", "common/predictions",
      "common/report", "common/command_line", "common/lesson", "common",
      "v4_replicated_kv/placement", "v4_replicated_kv/scenes"}},
    {"v4_replicated_kv/completion",
     {"common/base", "common/command_line", "common/lesson"}},
    {"v4_replicated_kv/scenes",
     {"common/base", "common/experiment", "common/survey", "common",
      "v4_replicated_kv/runtime", "v4_replicated_kv/wal"}},
    {"v4_replicated_kv/versioning", {"common/base", "common/hash", "v4_replicated_kv"}},
    {"v4_replicated_kv/storage",
     {"common/base", "common/hash", "v4_replicated_kv", "v4_replicated_kv/placement",
      "v4_replicated_kv/versioning"}},
    {"v4_replicated_kv/simulation",
     {"common/base", "common/hash", "v4_replicated_kv", "v4_replicated_kv/placement",
      "v4_replicated_kv/versioning", "v4_replicated_kv/storage",
      "v4_replicated_kv/replication", "v4_replicated_kv/node"}},
    {"v4_replicated_kv/simulation/script",
     {"common/base", "common/hash", "v4_replicated_kv", "v4_replicated_kv/versioning",
      "v4_replicated_kv/storage", "v4_replicated_kv/simulation"}},
    {"v4_replicated_kv/sim",
     {"common/base", "common/report", "common/command_line", "common/survey",
      "v4_replicated_kv", "v4_replicated_kv/simulation",
      "v4_replicated_kv/simulation/script"}},
    {"v4_replicated_kv/runtime",
     {"common/base", "common/hash", "v4_replicated_kv", "v4_replicated_kv/placement",
      "v4_replicated_kv/versioning", "v4_replicated_kv/storage",
      "v4_replicated_kv/replication", "v4_replicated_kv/node"}},
    {"v4_replicated_kv/transport",
     {"common/base", "v4_replicated_kv", "v4_replicated_kv/versioning",
      "v4_replicated_kv/replication", "v4_replicated_kv/wire"}},
    {"v4_replicated_kv/api/http",
     {"common/base", "common/hash", "v4_replicated_kv", "v4_replicated_kv/placement",
      "v4_replicated_kv/versioning", "v4_replicated_kv/replication",
      "v4_replicated_kv/runtime", "v4_replicated_kv/server", "v4_replicated_kv/api"}},
    {"v4_replicated_kv/transport/grpc",
     {"common/base", "v4_replicated_kv", "v4_replicated_kv/placement",
      "v4_replicated_kv/membership", "v4_replicated_kv/wire",
      "v4_replicated_kv/transport"}},
    {"v4_replicated_kv/api", {"common/hash", "v4_replicated_kv/versioning"}},
    {"v4_replicated_kv/api/grpc",
     {"common/base", "v4_replicated_kv", "v4_replicated_kv/versioning",
      "v4_replicated_kv/replication", "v4_replicated_kv/runtime",
      "v4_replicated_kv/server", "v4_replicated_kv/api"}},
    {"v4_replicated_kv/server",
     {"common/base", "common/hash", "v4_replicated_kv", "v4_replicated_kv/placement",
      "v4_replicated_kv/versioning", "v4_replicated_kv/storage",
      "v4_replicated_kv/replication", "v4_replicated_kv/node", "v4_replicated_kv/wire",
      "v4_replicated_kv/runtime", "v4_replicated_kv/transport"}},
    {"v4_replicated_kv/api/resp",
     {"common/base", "common/hash", "v4_replicated_kv", "v4_replicated_kv/versioning",
      "v4_replicated_kv/replication", "v4_replicated_kv/runtime",
      "v4_replicated_kv/server"}},
    {"v4_replicated_kv/wal",
     {"common/base", "common/hash", "common/report", "common/command_line",
      "v4_replicated_kv", "v4_replicated_kv/versioning", "v4_replicated_kv/storage",
      "v4_replicated_kv/runtime"}},
    {"v4_replicated_kv/client", {"common/base", "common/command_line"}},
    {"v4_replicated_kv/admin",
     {"common/base", "common/command_line", "v4_replicated_kv/client"}},
    {"v4_replicated_kv/kv",
     {"common/base", "common/command_line", "v4_replicated_kv", "v4_replicated_kv/client",
      "v4_replicated_kv/wal"}},
    {"v4_replicated_kv/local_cluster",
     {"common/base", "common/command_line", "v4_replicated_kv/client"}},
    {"v4_replicated_kv/serve",
     {"common/base", "common/command_line", "v4_replicated_kv",
      "v4_replicated_kv/placement", "v4_replicated_kv/storage",
      "v4_replicated_kv/replication", "v4_replicated_kv/wire",
      "v4_replicated_kv/membership", "v4_replicated_kv/configuration",
      "v4_replicated_kv/client", "v4_replicated_kv/logging", "v4_replicated_kv/runtime",
      "v4_replicated_kv/transport", "v4_replicated_kv/transport/grpc",
      "v4_replicated_kv/server", "v4_replicated_kv/api/grpc", "v4_replicated_kv/api/http",
      "v4_replicated_kv/api/resp"}},
    {"v4_replicated_kv/bench",
     {"common/base", "common/hash", "common/command_line", "v4_replicated_kv/client",
      "v4_replicated_kv/runtime"}},
    {"v4_replicated_kv/replication",
     {"common/base", "common/hash", "v4_replicated_kv", "v4_replicated_kv/placement",
      "v4_replicated_kv/versioning", "v4_replicated_kv/storage"}},
    {"v4_replicated_kv/node",
     {"common/base", "common/hash", "v4_replicated_kv", "v4_replicated_kv/placement",
      "v4_replicated_kv/versioning", "v4_replicated_kv/storage",
      "v4_replicated_kv/replication"}},
    {"v4_replicated_kv/logging", {"common/base", "v4_replicated_kv"}},
    {"v4_replicated_kv/configuration",
     {"common/base", "v4_replicated_kv", "v4_replicated_kv/placement",
      "v4_replicated_kv/storage", "v4_replicated_kv/replication",
      "v4_replicated_kv/logging"}},
    {"v4_replicated_kv/membership",
     {"common/base", "common/hash", "v4_replicated_kv", "v4_replicated_kv/placement",
      "v4_replicated_kv/storage"}},
    {"v4_replicated_kv/wire",
     {"common/base", "common/hash", "v4_replicated_kv", "v4_replicated_kv/versioning",
      "v4_replicated_kv/replication"}},
};

std::string room_of(const std::string& path) {
  return path.substr(0, path.rfind('/'));
}

// The folder at the top of the tree: a stage, with all its rooms.
std::string top_of(const std::string& path) {
  return path.substr(0, path.find('/'));
}

// The path between the quotes of an #include of ours, or nothing.
std::string included(const std::string& line) {
  constexpr std::string_view kBegin = "#include \"";
  if (!line.starts_with(kBegin)) return "";
  return line.substr(kBegin.size(), line.rfind('"') - kBegin.size());
}

bool is_test(const std::string& path) {
  return path.starts_with("tests/");
}

// A program is above all rooms: it puts together what they hold.
bool is_program(const std::string& path) {
  return path.ends_with("/main.cpp") || path == "common/compare.cpp";
}

}  // namespace

TEST_CASE("every include goes to a room that its room may look into") {
  for (const std::string& path : source_files({".hpp", ".cpp"})) {
    if (is_test(path) || is_program(path)) continue;
    CAPTURE(path);
    const std::string room = room_of(path);
    REQUIRE(kMayInclude.contains(room));
    const auto& allowed = kMayInclude.at(room);
    for (const std::string& line : lines_of_file(path)) {
      const std::string target = included(line);
      if (target.empty()) continue;
      CAPTURE(target);
      const std::string other = room_of(target);
      CHECK((other == room || std::ranges::find(allowed, other) != allowed.end()));
    }
  }
}

TEST_CASE("stages never include each other, and common never includes a stage") {
  for (const std::string& path : source_files({".hpp", ".cpp"})) {
    if (is_test(path) || path == "common/compare.cpp") continue;
    CAPTURE(path);
    for (const std::string& line : lines_of_file(path)) {
      const std::string target = included(line);
      if (target.starts_with("v")) CHECK(top_of(target) == top_of(path));
    }
  }
}

TEST_CASE("what differs between machines or runs is not used") {
  const std::vector<std::string> everywhere{"<random>",   "<iostream>", "<thread>",
                                            "std::hash<", "rand()",     "std::pow(",
                                            "std::exp(",  "std::log("};
  const std::vector<std::string> where_time_is_shown{"<chrono>", "<ctime>"};
  // The bank's threads, and the clock that they are timed by, are in one file; the store's
  // are in rooms that run, and those of its clients in others.
  const auto has_threads = [](const std::string& path) {
    constexpr std::array kRooms{
        "v4_replicated_kv/runtime/",       "v4_replicated_kv/server/",
        "v4_replicated_kv/transport/",     "v4_replicated_kv/api/",
        "v4_replicated_kv/serve/",         "v4_replicated_kv/scenes/",
        "v4_replicated_kv/bench/",         "v4_replicated_kv/client/",
        "v4_replicated_kv/local_cluster/",
    };
    return path == "v3_virtual_nodes/bank/rush_hour.cpp" ||
           std::ranges::any_of(kRooms,
                               [&](const char* room) { return path.starts_with(room); });
  };
  for (const std::string& path : source_files({".hpp", ".cpp"})) {
    if (is_test(path)) continue;
    CAPTURE(path);
    auto banned = everywhere;
    if (has_threads(path)) std::erase(banned, "<thread>");
    // A tool that writes to a store says until when a value is to stay, a line of a log
    // when it was written; a door lets go of who is too slow. The configuration has spans
    // of time, and asks no clock.
    const bool shows_time =
        path.starts_with("common/progress.") || path == "common/survey/stopwatch.hpp" ||
        path.starts_with("v4_replicated_kv/wal/") ||
        path.starts_with("v4_replicated_kv/logging/") ||
        path.starts_with("v4_replicated_kv/configuration/") ||
        path.starts_with("v4_replicated_kv/api/") || has_threads(path);
    if (!shows_time) {
      banned.insert(banned.end(), where_time_is_shown.begin(), where_time_is_shown.end());
    }
    for (const std::string& line : lines_of_file(path)) {
      for (const std::string& word : banned) {
        CAPTURE(word);
        CHECK(line.find(word) == std::string::npos);
      }
    }
  }
}

TEST_CASE(
    "the rooms that a simulator drives have no lock, thread, clock, file or socket") {
  const std::vector<std::string> rooms{
      "v4_replicated_kv/placement/", "v4_replicated_kv/versioning/",
      "v4_replicated_kv/storage/",   "v4_replicated_kv/replication/",
      "v4_replicated_kv/node/",      "v4_replicated_kv/wire/",
      "v4_replicated_kv/membership/"};
  const std::vector<std::string> banned{
      "<mutex>",   "<shared_mutex>", "<atomic>",   "<condition_variable>", "<future>",
      "<latch>",   "<semaphore>",    "<fstream>",  "<filesystem>",         "<unistd.h>",
      "<fcntl.h>", "<sys/",          "<unordered_"};
  for (const std::string& path : source_files({".hpp", ".cpp"})) {
    const bool core = std::ranges::any_of(
        rooms, [&](const std::string& room) { return path.starts_with(room); });
    if (!core) continue;
    CAPTURE(path);
    for (const std::string& line : lines_of_file(path)) {
      for (const std::string& word : banned) {
        CAPTURE(word);
        CHECK(line.find(word) == std::string::npos);
      }
    }
  }
}

TEST_CASE("headers guard themselves once and files stay readable") {
  for (const std::string& path : source_files({".hpp", ".cpp"})) {
    CAPTURE(path);
    const auto lines = lines_of_file(path);
    CHECK(lines.size() <= 350);
    for (const std::string& line : lines) CHECK(line.find('\t') == std::string::npos);
    if (path.ends_with(".hpp")) CHECK(std::ranges::count(lines, "#pragma once") == 1);
  }
}
