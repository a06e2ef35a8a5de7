#include "v4_replicated_kv/bench/bench_words.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "common/base/text.hpp"
#include "common/base/whole_number.hpp"
#include "common/command_line/refuse_word.hpp"
#include "common/command_line/words.hpp"
#include "v4_replicated_kv/bench/record.hpp"

namespace kv::bench {

namespace {

constexpr std::array<std::string_view, 3> kProtocols{"http", "grpc", "resp"};
constexpr std::array<std::string_view, 2> kDistributions{"zipf", "uniform"};
constexpr std::array<std::string_view, 2> kArrivals{"even", "poisson"};
constexpr std::array<std::string_view, 2> kFormats{"text", "json"};
constexpr std::array<std::string_view, 7> kLevels{
    "one", "quorum", "all", "any", "local_one", "local_quorum", "linearizable"};
constexpr auto kWorkloadNames = [] {
  std::array<std::string_view, kWorkloads.size()> names;
  std::ranges::transform(kWorkloads, names.begin(), &Workload::name);
  return names;
}();

constexpr std::array kFlags{Flag{.name = "--workload", .values = kWorkloadNames},
                            Flag{.name = "--protocol", .values = kProtocols},
                            Flag{.name = "--endpoint"},
                            Flag{.name = "--threads"},
                            Flag{.name = "--connections"},
                            Flag{.name = "--pipeline"},
                            Flag{.name = "--seconds"},
                            Flag{.name = "--warmup"},
                            Flag{.name = "--keys"},
                            Flag{.name = "--value-bytes"},
                            Flag{.name = "--distribution", .values = kDistributions},
                            Flag{.name = "--rate"},
                            Flag{.name = "--arrivals", .values = kArrivals},
                            Flag{.name = "--seed"},
                            Flag{.name = "--load", .has_value = false},
                            Flag{.name = "--progress", .has_value = false},
                            Flag{.name = "--format", .values = kFormats},
                            Flag{.name = "--consistency", .values = kLevels},
                            Flag{.name = "--r"},
                            Flag{.name = "--w"},
                            Flag{.name = "--timeout-ms"},
                            Flag{.name = "--help", .has_value = false}};

std::string_view usual_endpoint(Protocol protocol) {
  switch (protocol) {
    case Protocol::http:
      return "127.0.0.1:8080";
    case Protocol::grpc:
      return "127.0.0.1:9000";
    case Protocol::resp:
      break;
  }
  return "127.0.0.1:6380";
}

Result<Endpoint> endpoint_in(std::string_view text) {
  std::string_view rest = text;
  constexpr std::string_view kScheme = "http://";
  if (rest.starts_with(kScheme)) rest.remove_prefix(kScheme.size());
  const auto colon = rest.rfind(':');
  std::string_view host = rest.substr(0, colon == std::string_view::npos ? 0 : colon);
  const std::string_view digits = rest.substr(host.empty() ? rest.size() : colon + 1);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  }
  const auto port = whole_number(digits);
  const bool is_good = !host.empty() && port && *port >= 1 && *port <= 65535 &&
                       host.find_first_of(" /?#@\\[]\r\n") == std::string_view::npos;
  if (is_good) return Endpoint{.host = std::string(host), .port = std::to_string(*port)};
  return refuse_word(fmt::format("--endpoint {}", text),
                     "takes HOST:PORT, several with commas between them");
}

Result<std::vector<Endpoint>> endpoints_in(std::string_view text) {
  std::vector<Endpoint> endpoints;
  for (bool more = true; more;) {
    const auto comma = text.find(',');
    more = comma != std::string_view::npos;
    auto endpoint = endpoint_in(text.substr(0, comma));
    if (!endpoint) return std::unexpected(endpoint.error());
    endpoints.push_back(*std::move(endpoint));
    if (more) text.remove_prefix(comma + 1);
  }
  return endpoints;
}

// Reads flags one after the other and keeps the first complaint.
class Reader {
 public:
  explicit Reader(const CommandWords& words) : words_(words) {}

  template <class Number>
  void number(std::string_view flag, std::uint64_t min, std::uint64_t max, Number& into) {
    const auto typed = words_.number(flag, min, max);
    if (!typed) return keep(typed.error());
    if (*typed) into = static_cast<Number>(typed->value());
  }

  template <class Number>
  void number(std::string_view flag, std::uint64_t min, std::uint64_t max,
              std::optional<Number>& into) {
    if (!words_.has(flag)) return;
    Number typed = 0;
    number(flag, min, max, typed);
    into = typed;
  }

  // The place of what was typed among these words; that of the first where nothing was.
  template <class Enum, std::size_t N>
  void choice(std::string_view flag, const std::array<std::string_view, N>& all,
              Enum& into) {
    const auto typed = words_.one_of(flag, all, all[0]);
    if (!typed) return keep(typed.error());
    into = static_cast<Enum>(std::ranges::find(all, *typed) - all.begin());
  }

  void keep(Error error) {
    if (!wrong_) wrong_ = std::move(error);
  }

  [[nodiscard]] const std::optional<Error>& wrong() const { return wrong_; }

 private:
  const CommandWords& words_;
  std::optional<Error> wrong_;
};

void read_workload(const CommandWords& words, Reader& reader, BenchWords& read) {
  std::size_t at = 0;
  reader.choice("--workload", kWorkloadNames, at);
  read.workload = kWorkloads[at];
  reader.choice("--protocol", kProtocols, read.protocol);
  auto endpoints = endpoints_in(
      words.text("--endpoint").value_or(std::string(usual_endpoint(read.protocol))));
  if (endpoints) {
    read.endpoints = *std::move(endpoints);
  } else {
    reader.keep(endpoints.error());
  }
}

void read_load(const CommandWords& words, Reader& reader, BenchWords& read) {
  constexpr std::uint64_t kDay = 86'400;
  reader.number("--threads", 1, 256, read.threads);
  reader.number("--connections", 1, 20'000, read.connections);
  reader.number("--pipeline", 1, 1'024, read.pipeline);
  reader.number("--seconds", 0, kDay, read.seconds);
  reader.number("--warmup", 0, kDay, read.warmup);
  reader.number("--keys", 1, kKeysMost, read.keys);
  reader.number("--value-bytes", kValueBytesLeast, std::uint64_t{16} << 20,
                read.value_bytes);
  reader.choice("--distribution", kDistributions, read.distribution);
  reader.number("--rate", 1, 10'000'000, read.rate);
  reader.choice("--arrivals", kArrivals, read.arrivals);
  reader.number("--seed", 0, ~std::uint64_t{0}, read.seed);
  reader.number("--timeout-ms", 1, 3'600'000, read.timeout_ms);
  std::size_t format = 0;
  reader.choice("--format", kFormats, format);
  read.json = format == 1;
  read.load = words.has("--load");
  read.progress = words.has("--progress");
}

void read_copies(const CommandWords& words, Reader& reader, Copies& copies) {
  reader.number("--r", 1, 16, copies.r);
  reader.number("--w", 1, 16, copies.w);
  if (!words.has("--consistency")) return;
  auto level = words.one_of("--consistency", kLevels, "");
  if (!level) return reader.keep(level.error());
  copies.level = *std::move(level);
}

// What is good by itself and not together.
Result<void> check_together(const CommandWords& words, const BenchWords& read) {
  if (read.connections < read.threads) {
    return refuse_word("--connections",
                       fmt::format("{} are too few: each of {} threads needs one",
                                   read.connections, read.threads));
  }
  if (read.protocol == Protocol::http && words.has("--pipeline")) {
    return refuse_word("--pipeline",
                       "HTTP takes one at a time: take --protocol resp or grpc");
  }
  for (const std::string_view flag : {"--consistency", "--r", "--w"}) {
    if (read.protocol == Protocol::resp && words.has(flag)) {
      return refuse_word(flag,
                         "the Redis protocol has no word for it: take http or grpc");
    }
  }
  if (!read.copies.level.empty() && (read.copies.r || read.copies.w)) {
    return refuse_word("--consistency", "says how many copies: leave out --r and --w");
  }
  if (words.has("--arrivals") && !read.rate) {
    return refuse_word("--arrivals",
                       "needs a --rate: a closed loop sends when it is answered");
  }
  if (read.seconds == 0 && !read.load) {
    return refuse_word("--seconds", "0 does nothing without --load");
  }
  return {};
}

}  // namespace

std::string_view name_of(Protocol protocol) {
  return kProtocols[std::to_underlying(protocol)];
}

std::string Endpoint::text() const {
  const bool is_v6 = host.find(':') != std::string::npos;
  return is_v6 ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

std::string_view bench_help() {
  return "Puts load on a running store, and says how long answers took.\n"
         "\n"
         "Usage: v4_replicated_kv bench --workload a..f|put|get --protocol "
         "http|grpc|resp\n"
         "         [--load] [--threads N] [--connections N] [--seconds S] ...\n"
         "\n"
         "  --workload W         YCSB's mixes [a]:\n"
         "      a  50 % reads, 50 % updates       d  95 % reads of what is new, 5 % "
         "inserts\n"
         "      b  95 % reads, 5 % updates        e  95 % scans, 5 % inserts\n"
         "      c  reads                          f  50 % reads, 50 % reads followed by "
         "a\n"
         "      put, get                             write of the same key\n"
         "    a scan is a page of 1 to 100 keys, from where that connection's last one "
         "ended:\n"
         "    the store has no order of keys, and a page no values\n"
         "  --protocol P         http, grpc or resp [http]\n"
         "  --endpoint HOST:PORT[,HOST:PORT...]   connections are spread over them\n"
         "                       [127.0.0.1:8080, 9000 with grpc, 6380 with resp]\n"
         "  --threads N          [1]\n"
         "  --connections N      of all threads together [16]\n"
         "  --pipeline N         requests under way on each (not with http) [1]\n"
         "  --seconds S          measured; 0: only load [10]\n"
         "  --warmup S           before that [2]\n"
         "  --load               put all keys first\n"
         "  --keys N             [100000]\n"
         "  --value-bytes N      24 to 16777216 [100]\n"
         "  --distribution D     zipf (YCSB's 0.99, spread over the keys) or uniform "
         "[zipf]\n"
         "  --rate R             open loop: R requests a second are due whatever the "
         "store\n"
         "                       does, and latency counts from then; without it a "
         "request\n"
         "                       follows an answer, and a store that stops is hardly "
         "seen\n"
         "  --arrivals A         even or poisson (with --rate) [even]\n"
         "  --consistency L, --r N, --w N   copies to wait for (not with resp)\n"
         "  --timeout-ms N       for an answer [5000]\n"
         "  --seed N             the same keys in the same order on each thread [1]\n"
         "  --progress           a line a second on standard error\n"
         "  --format text|json   [text]\n"
         "\n"
         "Values carry their key and a checksum, and every read is checked.\n"
         "Exit status: 0 measured, 1 no connection, nothing done, all connections lost, "
         "not\n"
         "all keys loaded, or a wrong value was read, 2 wrong usage.\n";
}

Vocabulary bench_vocabulary() {
  return vocabulary_of("bench", {}, kFlags);
}

Result<BenchWords> read_bench_words(int argc, const char* const* argv) {
  const std::span all(argv, static_cast<std::size_t>(argc));
  const auto words =
      CommandWords::read("bench", all.subspan(all.empty() ? 0 : 1), kFlags);
  if (!words) return std::unexpected(words.error());
  BenchWords read;
  read.help = words->has("--help");
  if (read.help) return read;
  if (!words->plain().empty()) {
    return refuse_word(words->plain()[0], "is one word too many: bench takes flags only");
  }
  Reader reader(*words);
  read_workload(*words, reader, read);
  read_load(*words, reader, read);
  read_copies(*words, reader, read.copies);
  if (reader.wrong()) return std::unexpected(*reader.wrong());
  if (auto good = check_together(*words, read); !good) {
    return std::unexpected(good.error());
  }
  return read;
}

}  // namespace kv::bench
