// `v3_virtual_nodes --dataset bank`, from its first flag to its exit status.
#pragma once

namespace kv::bank {

[[nodiscard]] int run(int argc, const char* const* argv);

}  // namespace kv::bank
