// Chapter 1, run: the remainder.
#include "common/lesson/run_stage.hpp"
#include "v1_modular/placement.hpp"

int main(int argc, char** argv) {
  return kv::run_stage(kv::kModularStage, argc, argv,
                       [](const kv::Setup&) { return kv::ModularPlacement(); });
}
