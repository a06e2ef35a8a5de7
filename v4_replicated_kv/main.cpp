// The chapter's program: one command a lesson.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/text.hpp"
#include "common/command_line/output.hpp"
#include "v4_replicated_kv/completion/completion.hpp"
#include "v4_replicated_kv/demo/demo.hpp"
#include "v4_replicated_kv/sim/sim.hpp"
#include "v4_replicated_kv/sim/words.hpp"
#include "v4_replicated_kv/wal/wal.hpp"
#include "v4_replicated_kv/wal/words.hpp"
#ifdef KV_CLUSTER
#include "v4_replicated_kv/admin/admin.hpp"
#include "v4_replicated_kv/admin/admin_words.hpp"
#include "v4_replicated_kv/bench/bench.hpp"
#include "v4_replicated_kv/bench/bench_words.hpp"
#include "v4_replicated_kv/kv/kv.hpp"
#include "v4_replicated_kv/kv/kv_words.hpp"
#include "v4_replicated_kv/local_cluster/local_cluster.hpp"
#include "v4_replicated_kv/local_cluster/local_words.hpp"
#include "v4_replicated_kv/serve/proxy.hpp"
#include "v4_replicated_kv/serve/serve.hpp"
#endif

namespace {

struct Command {
  std::string_view name;
  int (*run)(int argc, const char* const* argv);  // argv[0] is the program's name
  kv::Vocabulary (*words)();                      // what can be typed behind it
};

int complete(int argc, const char* const* argv);

// The first one is what the program does where no command is given.
constexpr std::array kCommands{
    Command{.name = "demo", .run = &kv::demo_main, .words = &kv::demo_vocabulary},
#ifdef KV_CLUSTER
    Command{.name = "serve", .run = &kv::serve_main, .words = &kv::serve_vocabulary},
    Command{.name = "proxy", .run = &kv::proxy_main, .words = &kv::proxy_vocabulary},
    Command{.name = "cluster",
            .run = &kv::local_cluster_main,
            .words = &kv::local_vocabulary},
    Command{.name = "kv", .run = &kv::kv_main, .words = &kv::kv_vocabulary},
    Command{.name = "admin", .run = &kv::admin_main, .words = &kv::admin_vocabulary},
    Command{
        .name = "bench", .run = &kv::bench_main, .words = &kv::bench::bench_vocabulary},
#endif
    Command{.name = "sim", .run = &kv::sim_main, .words = &kv::sim_vocabulary},
    Command{.name = "wal", .run = &kv::wal_main, .words = &kv::wal_vocabulary},
    Command{.name = "completion", .run = &complete, .words = &kv::completion_vocabulary},
};

int complete(int argc, const char* const* argv) {
  std::vector<kv::Vocabulary> all;
  for (const Command& command : kCommands) all.push_back(command.words());
  return kv::completion_main(argc, argv, all);
}

int refuse(std::string_view word) {
  std::string names;
  for (const Command& command : kCommands) {
    names.append(names.empty() ? "" : ", ").append(command.name);
  }
  return kv::report_error(
      "v4_replicated_kv",
      {kv::Errc::bad_usage,
       kv::printable(word) + ": is not a command; takes one of " + names});
}

}  // namespace

int main(int argc, char** argv) {
  // What gRPC has to say is said by our own log lines; its own are of another form.
  (void)::setenv("GRPC_VERBOSITY", "NONE", 0);
  std::vector<const char*> words(argv, argv + argc);
  const bool named = argc > 1 && !std::string_view(argv[1]).starts_with('-');
  if (!named) return kCommands.front().run(argc, words.data());
  const std::string_view name = argv[1];
  const auto command = std::ranges::find(kCommands, name, &Command::name);
  if (command == kCommands.end()) return refuse(name);
  words.erase(words.begin() + 1);
  return command->run(argc - 1, words.data());
}
