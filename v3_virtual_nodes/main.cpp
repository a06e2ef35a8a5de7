// The chapter's program.
#include "common/lesson/run_stage.hpp"
#include "v3_virtual_nodes/alternatives/by_name.hpp"
#include "v3_virtual_nodes/bank/program.hpp"

using namespace kv;

int main(int argc, char** argv) {
  const auto make = [](const Setup& s) { return FastRing(s.hash, s.vnodes); };
  return run_stage(kVirtualNodeStage, argc, argv, make, make_algorithm, bank::run);
}
