// Two living processes under one name. Seen once, one of them may have just died; seen for longer
// than a dead one is taken for alive, it is sure.
//
// Threads   one at a time.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "v4_replicated_kv/types.hpp"

namespace kv {

class OtherLives {
 public:
  explicit OtherLives(Tick sure_after) : sure_after_(sure_after) {}

  // `by` sees another process there. True: with that it has become sure.
  [[nodiscard]] bool seen(const std::string& by, const std::string& where, Tick now);
  // It does not see any now.
  void gone(const std::string& by) { lives_.erase(by); }

  // Where one is that somebody sees; that is sure.
  [[nodiscard]] std::optional<std::string> any() const;
  [[nodiscard]] std::optional<std::string> sure() const;

 private:
  struct Sight {
    std::string where;
    Tick first;
    Tick last;
    bool is_sure = false;
  };

  Tick sure_after_;
  std::map<std::string, Sight> lives_;
};

}  // namespace kv
