// Written, then durable, then acknowledged: in the order of the system calls themselves.
#include <cstdint>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>

#include <doctest/doctest.h>

#include "tests/crash/surroundings.hpp"

using namespace kv;
using namespace kv::test;

namespace {

// Follows a trace of all threads: strace -f -y.
class Order {
 public:
  void take(const std::string& line) {
    static const std::regex kLine(R"(^(\d+) +(.*)$)");
    std::smatch parts;
    if (!std::regex_match(line, parts, kLine)) return;
    const std::string thread = parts[1];
    std::string call = parts[2];
    constexpr std::string_view kUnfinished = " <unfinished ...>";
    if (call.ends_with(kUnfinished)) {
      call.resize(call.size() - kUnfinished.size());
      begin(thread, call);
      begun_[thread] = call;
      return;
    }
    static const std::regex kResumed(R"(^<\.\.\. \w+ resumed>(.*)$)");
    std::smatch resumed;
    if (std::regex_match(call, resumed, kResumed)) {
      call = begun_[thread] + resumed[1].str();
    } else {
      begin(thread, call);
    }
    end(thread, call);
  }

  [[nodiscard]] int acknowledged() const { return acknowledged_; }
  [[nodiscard]] int too_early() const { return too_early_; }
  [[nodiscard]] int syncs() const { return syncs_; }

 private:
  // The segment that a call is about; empty for other files. The header is written before
  // the file has its name.
  static std::string segment_of(const std::string& call, const std::string& name) {
    static const std::regex kCall(R"(^(\w+)\((\d+)<([^>]*)>.*$)");
    std::smatch parts;
    if (!std::regex_match(call, parts, kCall) || parts[1] != name) return "";
    const std::string path = parts[3];
    const bool is_segment =
        path.find("/segment-") != std::string::npos && path.ends_with(".log");
    const bool is_spare =
        path.find("/spare-") != std::string::npos && !path.ends_with(".tmp");
    return is_segment || is_spare ? parts[2].str() : "";
  }

  void begin(const std::string& thread, const std::string& call) {
    const std::string written = segment_of(call, "pwrite64");
    if (!written.empty()) unsynced_.insert(written);
    if (const std::string synced = segment_of(call, "fdatasync"); !synced.empty()) {
      syncing_[thread] = unsynced_.contains(synced);
    }
    if (call.find("\"ack ") == std::string::npos) return;
    ++acknowledged_;
    if (!unsynced_.empty()) ++too_early_;
  }

  void end(const std::string& thread, const std::string& call) {
    const std::string synced = segment_of(call, "fdatasync");
    if (synced.empty() || !call.ends_with("= 0") || !syncing_[thread]) return;
    unsynced_.erase(synced);
    ++syncs_;
  }

  std::set<std::string> unsynced_;  // descriptors with writes that no sync followed
  std::map<std::string, std::string> begun_;
  std::map<std::string, bool> syncing_;
  int acknowledged_ = 0;
  int too_early_ = 0;
  int syncs_ = 0;
};

Order order_of(const std::string& policy) {
  const TempDir dir;
  const std::string trace = dir.path() + "/trace";
  const ProgramEnd outcome =
      run_program({"/usr/bin/strace", "-E", kNoLeakCheck, "-f", "-y", "-qq", "-o", trace,
                   "-e", "trace=write,pwrite64,fdatasync", KV_BIN_DIR "/store_writer",
                   dir.path() + "/store", "0", "1", "200", policy, "16384"});
  CAPTURE(outcome.err);
  REQUIRE(outcome.status == 0);
  Order order;
  std::istringstream lines(read_file(trace));
  for (std::string line; std::getline(lines, line);) order.take(line);
  return order;
}

}  // namespace

TEST_CASE("a sync that succeeded is between the last write and the acknowledgement") {
  if (!has_program("strace")) return;
  const Order order = order_of("always");
  CHECK(order.acknowledged() == 200);
  CHECK(order.syncs() >= 200);
  CHECK(order.too_early() == 0);
}

TEST_CASE("and where the policy is to never wait for one, this test sees it") {
  if (!has_program("strace")) return;
  const Order order = order_of("never");
  CHECK(order.acknowledged() == 200);
  CHECK(order.too_early() > 100);
}
