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

void add_http(Corpus corpus) {
  const std::string host = " HTTP/1.1\nHost: x\n";
  const std::string batch =
      R"({"operations":[{"type":"put","key":"a","value":"b","ttl_s":5},)"
      R"({"type":"get","key_base64":"/w=="},{"type":"delete","key":"a"}]})";
  for (const unsigned choice : {1U, 9U}) {
    corpus.add(choice, "GET /api/v1/kv/a%2Fb?r=1&timeout_ms=5" + host + "\n");
    corpus.add(choice, "PUT /api/v1/kv/k?ttl_s=9" + host +
                           "Content-Type: application/octet-stream\nX-Request-Id: i\n"
                           "Content-Length: 5\n\nhelloGET /healthz" +
                           host + "\n");
    corpus.add(choice,
               "PUT /api/v1/kv/k" + host +
                   "Content-Length: 30\n\n{\"value\":\"\\u00e4\",\"ttl_s\":5}    ");
    corpus.add(choice, "PUT /api/v1/kv/k" + host +
                           "Content-Type: application/octet-stream\n"
                           "Transfer-Encoding: chunked\n\n5;a=b\n"
                           "hello\n0\nX: y\n\n");
    corpus.add(choice, "POST /api/v1/batch?consistency=all" + host + "Content-Length: " +
                           std::to_string(batch.size()) + "\n\n" + batch);
    corpus.add(choice, "DELETE /api/v1/kv/k?context=AAAA" + host + "\n");
    corpus.add(choice,
               "GET /api/v1/cluster/ring?key=k" + host +
                   "Accept: application/octet-stream;q=1, */*\nOrigin: http://x\n\n");
  }
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

void add_configurations(Corpus corpus) {
  for (const char* const file :
       {"node: {id: n1, weight: 2.5}\nlisten: {http: \"127.0.0.1:8080\", resp: ''}\n",
        "cluster:\n  seeds: [a:9000, 'b:9000']\n  n: 3\n  w: majority # a remark\n",
        "storage: {cache_bytes: 256MiB, scrub_every: 14d}\nfailure: {heartbeat: 500ms}\n",
        "&a cluster: &b {n: *a, ? seeds : !!str x}\n---\n- {}\n",
        "log:\n  level: |\n    info\n  format: >-\n   json\n"}) {
    corpus.add(0, file);
  }
  corpus.add(1, "--cluster.n\n4\n--http=127.0.0.1:1\n--seeds\na:1,b:2");
}

void add_resp(Corpus corpus) {
  for (const char* const text :
       {"*2\r\n$3\r\nGET\r\n$4\r\ncart\r\n", "SET cart apples PX 1500\r\n",
        "*5\r\n$4\r\nMSET\r\n$1\r\na\r\n$1\r\n1\r\n$1\r\na\r\n$0\r\n\r\n",
        "SCAN 0 MATCH f[a-z]*\\* COUNT 10\r\nHELLO 2 AUTH default x SETNAME y\r\n",
        "DEL a a b\r\nCLIENT SETNAME x\r\nCONFIG GET save\r\nQUIT\r\n"}) {
    corpus.add(3, text);
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
  add_configurations({root, "fuzz_configuration"});
  add_messages({root, "fuzz_messages"});
  add_http({root, "fuzz_http"});
  add_frames({root, "fuzz_frames"});
  add_log({root, "fuzz_log"});
  add_contexts({root, "fuzz_contexts"});
  add_import({root, "fuzz_import"});
  add_resp({root, "fuzz_resp"});
  add_rings({root, "fuzz_ring"});
}
