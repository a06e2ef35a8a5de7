// The chapter's program.
#include "common/lesson/run_stage.hpp"
#include "v2_consistent/placement.hpp"

using namespace kv;

int main(int argc, char** argv) {
  const auto make = [](const Setup& s) { return RingPlacement(s.hash); };
  return run_stage(kRingStage, argc, argv, make);
}
