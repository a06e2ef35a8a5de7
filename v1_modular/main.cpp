// The chapter's program.
#include "common/lesson/run_stage.hpp"
#include "v1_modular/placement.hpp"

using namespace kv;

int main(int argc, char** argv) {
  const auto make = [](const Setup&) { return ModularPlacement(); };
  return run_stage(kModularStage, argc, argv, make);
}
