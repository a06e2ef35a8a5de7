#include "v4_replicated_kv/serve/machine_chance.hpp"

#include <sys/random.h>

namespace kv {

Result<std::uint64_t> machine_chance() {
  std::uint64_t number = 0;
  if (getrandom(&number, sizeof number, 0) == sizeof number) return number;
  return fail(Errc::io, "the operating system gives no random numbers");
}

}  // namespace kv
