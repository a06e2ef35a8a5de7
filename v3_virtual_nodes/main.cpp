// Chapter 3, run: virtual nodes.
#include "common/lesson/run_stage.hpp"
#include "v3_virtual_nodes/placement.hpp"

int main(int argc, char** argv) {
  return kv::run_stage(kv::kVirtualNodeStage, argc, argv, [](const kv::Setup& setup) {
    return kv::VirtualNodePlacement(setup.hash, setup.vnodes);
  });
}
