#include "v4_replicated_kv/serve/other_lives.hpp"

#include <cstdint>
#include <utility>

namespace kv {

bool OtherLives::seen(const std::string& by, const std::string& where, Tick now) {
  const Sight fresh{.where = where, .first = now, .last = now};
  Sight& sight = lives_.try_emplace(by, fresh).first->second;
  // Somebody else, or one of long ago.
  const std::uint64_t pause = now.raw() - sight.last.raw();
  if (sight.where != where || pause > sure_after_.raw()) sight = fresh;
  sight.last = now;
  const bool is_sure = now.raw() - sight.first.raw() >= sure_after_.raw();
  return is_sure && !std::exchange(sight.is_sure, true);
}

std::optional<std::string> OtherLives::any() const {
  if (lives_.empty()) return std::nullopt;
  return lives_.begin()->second.where;
}

std::optional<std::string> OtherLives::sure() const {
  for (const auto& [by, sight] : lives_) {
    if (sight.is_sure) return sight.where;
  }
  return std::nullopt;
}

}  // namespace kv
