// Chapter 2, run: the ring.
#include "common/lesson/run_stage.hpp"
#include "v2_consistent/placement.hpp"

int main(int argc, char** argv) {
  return kv::run_stage(kv::kRingStage, argc, argv, [](const kv::Setup& setup) {
    return kv::RingPlacement(setup.hash);
  });
}
