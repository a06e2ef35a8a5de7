#include "v4_replicated_kv/admin/admin.hpp"

#include <string>
#include <utility>

#include "common/command_line/exit_status.hpp"
#include "common/command_line/output.hpp"
#include "v4_replicated_kv/admin/admin_print.hpp"
#include "v4_replicated_kv/admin/admin_words.hpp"

namespace kv {

namespace {

constexpr std::string_view kName = "v4_replicated_kv admin";

struct Question {
  std::string path;
  Result<std::string> (*as_text)(std::string_view answer);
};

Question question_of(const AdminWords& words) {
  switch (words.action) {
    case AdminAction::ring:
      return {"/api/v1/cluster/ring", &ring_text};
    case AdminAction::owner:
      return {"/api/v1/cluster/ring?key=" + url_piece(words.key), &owners_text};
    case AdminAction::stats:
      return {"/api/v1/cluster/stats", &stats_text};
    case AdminAction::status:
    case AdminAction::help:
      break;
  }
  return {"/api/v1/cluster/nodes", &nodes_text};
}

Result<int> run(int argc, const char* const* argv) {
  const auto words = read_admin_words(argc, argv);
  if (!words) return std::unexpected(words.error());
  std::string text(admin_help());
  if (words->action != AdminAction::help) {
    const Question question = question_of(*words);
    const auto answer = Client(words->client).fetch(question.path);
    if (!answer) return fail(Errc::io, answer.error().detail);
    auto said = words->json ? answer->body + "\n" : question.as_text(answer->body);
    if (!said) return std::unexpected(said.error());
    text = *std::move(said);
  }
  if (auto written = write_output(text); !written) {
    return std::unexpected(written.error());
  }
  return 0;
}

}  // namespace

int admin_main(int argc, const char* const* argv) {
  return exit_status_of(kName, [&] { return run(argc, argv); });
}

}  // namespace kv
