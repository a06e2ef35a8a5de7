// Writes what each fuzz target begins with: bytes that programs really make.
//
// usage: make_seeds DIRECTORY
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "common/base/bytes.hpp"
#include "common/base/check.hpp"
#include "tests/wire/random_messages.hpp"
#include "v4_replicated_kv/placement/ring_bytes.hpp"
#include "v4_replicated_kv/storage/group.hpp"
#include "v4_replicated_kv/storage/hint.hpp"
#include "v4_replicated_kv/storage/manifest.hpp"
#include "v4_replicated_kv/storage/record.hpp"
#include "v4_replicated_kv/storage/segment.hpp"
#include "v4_replicated_kv/versioning/base64url.hpp"
#include "v4_replicated_kv/versioning/context.hpp"
#include "v4_replicated_kv/versioning/state_bytes.hpp"
#include "v4_replicated_kv/wal/line.hpp"
#include "v4_replicated_kv/wire/greeting.hpp"
#include "v4_replicated_kv/wire/message_bytes.hpp"
#include "v4_replicated_kv/wire/outbox.hpp"

using namespace kv;

namespace {

namespace fs = std::filesystem;

class Corpus {
 public:
  Corpus(const fs::path& root, const char* target) : folder_(root / target) {
    fs::create_directories(folder_);
  }

  // An input: what the target's first byte chooses, and the rest.
  void add(unsigned choice, std::string_view bytes) {
    std::string input(1, static_cast<char>(choice));
    add(input.append(bytes));
  }
  void add(std::string_view input) {
    std::ofstream file(folder_ / ("seed-" + std::to_string(count_++)), std::ios::binary);
    file << input;
    KV_CHECK(file.good(), "the directory can be written to");
  }

 private:
  fs::path folder_;
  int count_ = 0;
};

std::string one(Policy policy, const Message& message) {
  std::string bytes;
  KV_CHECK(append_message(bytes, policy, message).has_value(), "short");
  return bytes;
}

void add_messages(Corpus corpus) {
  for (const Policy policy : {Policy::last_write_wins, Policy::siblings}) {
    test::RandomMessages random(7, policy);
    const unsigned choice = policy == Policy::siblings ? 1 : 0;
    std::string batch;
    for (std::size_t kind = 0; kind < test::kBodies; ++kind) {
      const Message message = random.next(kind);
      corpus.add(choice, one(policy, message));
      batch += one(policy, message);
      if (const auto* const push = std::get_if<Push>(&message.body)) {
        corpus.add(2 + choice, state_bytes(policy, push->state));
      }
    }
    corpus.add(choice, batch);
  }
  corpus.add(4, greeting_bytes({.cluster = ClusterId{1}, .node = NodeId{1}}));
}

void add_frames(Corpus corpus) {
  test::RandomMessages random(8, Policy::siblings);
  const std::string greeting =
      greeting_bytes({.cluster = ClusterId{1}, .node = NodeId{1}, .has_secret = true});
  std::string frames;
  append_frame(
      frames,
      {.kind = FrameKind::greeting, .channel = Channel::control, .body = greeting});
  Outbox outbox(Policy::siblings, Channel::data);
  for (int i = 0; i < 16; ++i) KV_CHECK(outbox.add(random.next()).has_value(), "short");
  corpus.add(4, frames + outbox.take());
  // Kind, channel, length, body: what the target makes frames of.
  const auto piece = [](char kind, const std::string& body) {
    return std::string{kind, '\1', static_cast<char>(body.size() / 256),
                       static_cast<char>(body.size() % 256)} +
           body;
  };
  const std::string message = one(Policy::siblings, random.next(3));
  corpus.add(1, piece('\0', greeting) + piece('\2', message));
  corpus.add(1, piece('\0', greeting) + piece('\1', std::string(32, 'p')));
  corpus.add(1, piece('\3', message) + piece('\4', "end"));
}

void add_log(Corpus corpus) {
  const SegmentHeader header{.id = SegmentId{1}, .nonce = 0x1122334455667788};
  HintBuilder hints;
  std::string records;
  for (std::uint64_t i = 1; i <= 3; ++i) {
    const Record record{.kind = i == 3 ? RecordKind::tombstone : RecordKind::value,
                        .seq = i,
                        .version = {.counter = i, .dot = {ActorId{1}, i}},
                        .key = "cart",
                        .value = i == 3 ? "" : "apples"};
    hints.add(KeyHash{i}, record, static_cast<std::uint32_t>(records.size()));
    append_record(records, record);
  }
  std::string group(kGroupHeaderBytes, '\0');
  group += records;
  close_group(group, {.nonce = header.nonce, .records = 3});
  corpus.add(0, group);
  corpus.add(0, group + group);
  corpus.add(1, static_cast<char>(records.size()) + std::string(3, '\0') + records);
  corpus.add(2, records);
  const std::string manifest = encode_manifest({.actor = ActorId{1},
                                                .partitions = 8,
                                                .next_segment = SegmentId{2},
                                                .live = {SegmentId{1}},
                                                .dropped_at = {{PartitionId{1}, 5}}});
  corpus.add(3, manifest);
  corpus.add(4, manifest.substr(0, manifest.size() - 4));
  const std::string hint = hints.encode(header);
  corpus.add(5, hint);
  corpus.add(6, hint.substr(0, hint.size() - 4));
  corpus.add(7, encode_segment_header(header));
}

void add_contexts(Corpus corpus) {
  History history;
  history.raise({ActorId{1}, 7});
  history.raise({ActorId{2}, 9});
  history.add({ActorId{1}, 12});
  const std::string text = context_text(history, KeyHash{0x123456789ABCDEF0}).value();
  corpus.add(0, text);
  const std::string bytes = from_base64url(text).value();
  corpus.add(1, bytes.substr(0, bytes.size() - 4));
}

void add_import(Corpus corpus) {
  for (const char* const line :
       {"SET,cart,YXBwbGVz", "DEL,cart,", "SET,a%2Cb%0A%FF,", "# a remark",
        "SET,cart,YXBwbGVz,1,1,000000000000000a,1,0,00000000000000d1,7,104"}) {
    corpus.add(line);
  }
}

void add_rings(Corpus corpus) {
  const std::vector<Newcomer> members{
      {.name = "node_1"}, {.name = "node_2", .weight = 2, .zone = "b"}, {.name = "n3"}};
  for (const std::size_t copies : {1U, 2U, 3U}) {
    const auto ring = found_ring(members, {.copies = copies, .partitions = 8});
    KV_CHECK(ring.has_value(), "three members make a ring");
    corpus.add(0, encode(*ring));
    corpus.add(1, encode(*ring));
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: make_seeds DIRECTORY\n", stderr);
    return 2;
  }
  const fs::path root = argv[1];
  add_messages({root, "fuzz_messages"});
  add_frames({root, "fuzz_frames"});
  add_log({root, "fuzz_log"});
  add_contexts({root, "fuzz_contexts"});
  add_import({root, "fuzz_import"});
  add_rings({root, "fuzz_ring"});
}
