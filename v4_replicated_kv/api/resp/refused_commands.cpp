#include "v4_replicated_kv/api/resp/refused_commands.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "v4_replicated_kv/api/resp/answer_text.hpp"

namespace kv::resp {

namespace {

struct Reason {
  std::string_view names;  // in small letters, with a blank around each
  std::string_view why;
};

constexpr std::array kReasons{
    Reason{
        " incr incrby incrbyfloat decr decrby append setrange setbit getset getdel getex "
        "setnx msetnx renamenx rename copy ",
        "it reads and writes a key with nobody between: a quorum store without consensus "
        "cannot promise that"},
    Reason{
        " multi exec discard watch unwatch eval evalsha fcall script function ",
        "several commands as one need consensus on all their keys: a quorum store cannot "
        "promise that"},
    Reason{" expire pexpire expireat pexpireat persist touch setex psetex ",
           "a time to live is given with the value: SET with EX or PX"},
    Reason{" keys randomkey dbsize ", "it looks at all keys at once: use SCAN"},
    Reason{" subscribe psubscribe ssubscribe publish spublish monitor ",
           "this store sends nothing that was not asked for"},
    Reason{" flushall flushdb swapdb move ",
           "there is one database, and keys are deleted by "
           "DEL"},
    Reason{
        " hset hget hgetall hdel hmset hmget lpush rpush lpop rpop lrange llen sadd srem "
        "smembers sismember zadd zrange zrem xadd xread pfadd geoadd ",
        "a value here is a string of bytes, with no parts"},
};

std::string in_small_letters(std::string_view name) {
  std::string small(name);
  for (char& byte : small) {
    if (byte >= 'A' && byte <= 'Z') byte = static_cast<char>(byte - 'A' + 'a');
  }
  return small;
}

}  // namespace

bool is_of_http(std::string_view name) {
  constexpr std::size_t kLongestName = 5;
  if (name.size() > kLongestName) return false;
  const std::string small = in_small_letters(name);
  return small == "post" || small == "host:";
}

std::string why_refused(std::string_view name) {
  constexpr std::size_t kLongestName = 32;
  if (name.size() <= kLongestName && name.find(' ') == std::string_view::npos) {
    const std::string wanted = " " + in_small_letters(name) + " ";
    for (const Reason& reason : kReasons) {
      if (reason.names.find(wanted) == std::string_view::npos) continue;
      return fmt::format("ERR '{}' is not served: {}", escaped(name), reason.why);
    }
  }
  return fmt::format("ERR unknown command '{}'", escaped(name));
}

}  // namespace kv::resp
