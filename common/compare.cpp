// All stages on the same keys, nodes and steps, side by side.
//
// The one file of common/ that includes the stages: it is a program, not a part of one.
#include "common/lesson/run_stage.hpp"
#include "v1_modular/placement.hpp"
#include "v2_consistent/placement.hpp"
#include "v3_virtual_nodes/placement.hpp"

namespace {

constexpr kv::Program kCompare{
    .name = "compare",
    .purpose = "All stages side by side, on the same keys, nodes and steps.",
    .has_weights = false,
    .has_vnodes = true,
};

kv::Result<void> compare(const kv::Options& options, const kv::KeySet& keys,
                         kv::Progress& progress) {
  using kv::Setup;
  const auto run = [&](const kv::Stage& stage, const auto& make) {
    return kv::run_for(stage, options, keys, make, progress);
  };
  return kv::deliver_comparison(
      options,
      {run(kv::kModularStage, [](const Setup&) { return kv::ModularPlacement(); }),
       run(kv::kRingStage, [](const Setup& s) { return kv::RingPlacement(s.hash); }),
       run(kv::kVirtualNodeStage,
           [](const Setup& s) { return kv::VirtualNodePlacement(s.hash, s.vnodes); })});
}

}  // namespace

int main(int argc, char** argv) {
  return kv::run_program(kCompare, argc, argv, [](const kv::Options& options) {
    return kv::with_keys(options, [&](const kv::KeySet& keys, kv::Progress& progress) {
      return compare(options, keys, progress);
    });
  });
}
