// What a power cut leaves of writes that were acknowledged, on a disk that loses power on
// command: the screen that the storage lesson opens with. It is the same in every run.
#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "common/base/check.hpp"
#include "tests/storage/driven_engine.hpp"
#include "v4_replicated_kv/simulation/simulated_disk.hpp"

namespace {

using namespace kv;
using Platter = std::shared_ptr<SimulatedPlatter>;

constexpr int kPuts = 20;
constexpr std::uint64_t kCuts = 1000;

template <class T>
T must(Result<T> result) {
  KV_CHECK(result.has_value(), "this disk fails only when it is told to");
  return std::move(*result);
}
void must(const Result<void>& result) {
  KV_CHECK(result.has_value(), "this disk fails only when it is told to");
}

std::unique_ptr<DrivenEngine> open_store(const Platter& platter, bool sync) {
  const DrivenEngine::Options options{.segment_bytes = 1 << 16, .sync = sync};
  return must(DrivenEngine::open(must(open_simulated_disk(platter)), 1, options));
}

std::string key_of(int i) {
  return "key-" + std::to_string(i);
}

std::string grouped(int number) {
  return number < 1000 ? fmt::format("{}", number)
                       : fmt::format("{},{:03}", number / 1000, number % 1000);
}

// Starts a store on what is left, and counts the keys. No hole: keys are there up to one.
int count_left(const Platter& platter) {
  const auto store = open_store(platter, true);
  int left = 0;
  for (int i = 0; i < kPuts; ++i) {
    const bool there = must(store->get(key_of(i))).has_value();
    KV_CHECK(!there || left == i, "what is left is what was put first");
    if (there) ++left;
  }
  return left;
}

void show_puts(const char* acknowledged, bool sync) {
  const auto platter = std::make_shared<SimulatedPlatter>(1);
  const auto store = open_store(platter, sync);
  for (int i = 0; i < kPuts; ++i) {
    must(store->put(key_of(i), std::string(100, 'v')));  // acknowledged
  }
  const Platter killed = platter->copy(0);
  killed->kill_process();
  std::array<int, kPuts + 1> cuts{};
  int worst = kPuts;
  for (std::uint64_t seed = 0; seed < kCuts; ++seed) {
    const Platter cut = platter->copy(seed);
    cut->cut_power();
    const int left = count_left(cut);
    ++cuts[static_cast<std::size_t>(left)];
    worst = std::min(worst, left);
  }
  const int all = cuts[kPuts];
  fmt::print("  {:<20}{:>10}{:>11}{:>10}{:>10}{:>13}\n", acknowledged, count_left(killed),
             grouped(all), static_cast<int>(kCuts) - all - cuts[0], cuts[0], worst);
}

// A file that is replaced: the steps, and what they leave wherever the power fails.
struct Way {
  const char* name;
  std::vector<std::function<void(Disk&)>> steps;
};

const std::string kOld(2000, 'o');
const std::string kNew(2000, 'n');

void write(Disk& disk, const char* name) {
  must(must(disk.open(name))->write(0, kNew));
}
void sync(Disk& disk, const char* name) {
  must(must(disk.open(name))->sync());
}

std::vector<Way> ways() {
  const auto over = [](Disk& disk) { write(disk, "file"); };
  const auto sync_it = [](Disk& disk) { sync(disk, "file"); };
  const auto other = [](Disk& disk) {
    must(disk.create("file.tmp"));
    write(disk, "file.tmp");
  };
  const auto sync_other = [](Disk& disk) { sync(disk, "file.tmp"); };
  const auto rename = [](Disk& disk) { must(disk.rename("file.tmp", "file")); };
  const auto sync_names = [](Disk& disk) { must(disk.sync_names()); };
  return {{"write over it, sync", {over, sync_it}},
          {"tmp, rename", {other, rename}},
          {"tmp, sync, rename", {other, sync_other, rename}},
          {"tmp, sync, rename, sync names", {other, sync_other, rename, sync_names}}};
}

struct Left {
  int old = 0, changed = 0, neither = 0;
};

Left after_steps(const Way& way, std::size_t steps) {
  const auto platter = std::make_shared<SimulatedPlatter>(1);
  const auto disk = must(open_simulated_disk(platter));
  const auto file = must(disk->create("file"));
  must(file->write(0, kOld));
  must(file->sync());
  must(disk->sync_names());
  for (std::size_t i = 0; i < steps; ++i) way.steps[i](*disk);
  Left left;
  for (std::uint64_t seed = 0; seed < kCuts; ++seed) {
    const Platter cut = platter->copy(seed);
    cut->cut_power();
    const auto content = cut->content("file");
    ++(content == kOld ? left.old : content == kNew ? left.changed : left.neither);
  }
  return left;
}

void show_way(const Way& way) {
  int broken = 0;
  for (std::size_t steps = 1; steps < way.steps.size(); ++steps) {
    broken += after_steps(way, steps).neither;
  }
  const Left left = after_steps(way, way.steps.size());
  fmt::print("  {:<32}{:>9}{:>11}{:>9}{:>10}\n", way.name, broken > 0 ? "seen" : "never",
             grouped(left.changed), left.old, left.neither);
}

}  // namespace

int main() {
  fmt::print(
      "A CRASH FORGETS      {} puts, and each was acknowledged. How many are there after "
      "a\n"
      "                     restart? The power was cut 1,000 times.\n"
      "\n"
      "                         process        power is cut: of the puts are there\n"
      "  acknowledged after   is killed        all      some      none     at least\n",
      kPuts);
  show_puts("the write", false);
  show_puts("the sync", true);
  fmt::print(
      "\n"
      "ONE FILE FOR ANOTHER What is there after a power cut? Each was cut 1,000 times.\n"
      "\n"
      "                                  before it is        after it was\n"
      "                                  acknowledged        acknowledged\n"
      "                                    neither        new      old   neither\n");
  for (const Way& way : ways()) show_way(way);
}
