// The patterns of SCAN's MATCH.
//
//   *  any bytes     ?  any one     [abc] [^a] [a-z]  one of these, or none     \*  itself
//
// Idea      only the last * that was passed is ever tried anew: whatever an earlier one could
//           take, the later one can take too. So the work is at most key times pattern.
// Source    what Redis' stringmatchlen() does, without its recursion.
#pragma once

#include <string>
#include <string_view>

namespace kv::resp {

[[nodiscard]] bool matches(std::string_view pattern, std::string_view text);

// What all that matches begins with.
[[nodiscard]] std::string literal_prefix(std::string_view pattern);

}  // namespace kv::resp
