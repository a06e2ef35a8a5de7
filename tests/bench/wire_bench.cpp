// What it costs to send offers of 100 bytes to a peer: our codec beside protobuf's,
// messages alone and in the frames and packets that carry them. Nanoseconds an offer.
//
// Protobuf is measured twice: as this program would use it, from and to the messages that
// a node works with, and alone, as if nodes worked with protobuf's own objects.
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <benchmark/benchmark.h>
#include <google/protobuf/arena.h>

#include "common/base/check.hpp"
#include "kv/v1/peer.pb.h"
#include "peer_fields.pb.h"
#include "v4_replicated_kv/wire/frame.hpp"
#include "v4_replicated_kv/wire/message_bytes.hpp"
#include "v4_replicated_kv/wire/outbox.hpp"
#include "v4_replicated_kv/wire/pieces.hpp"

namespace {

constexpr kv::Policy kPolicy = kv::Policy::last_write_wins;

std::vector<kv::Message> offers(benchmark::State& state) {
  std::vector<kv::Message> messages(static_cast<std::size_t>(state.range(0)));
  std::uint64_t operation = 0x9E3779B97F4A7C15;
  for (kv::Message& message : messages) {
    message.from = kv::NodeId{1};
    message.to = kv::NodeId{2};
    message.operation = kv::OperationId{++operation};
    message.epoch = kv::Epoch{4};
    message.standing = {
        .actor = kv::ActorId{operation * 3}, .durable = 100'000, .reserved = 165'536};
    message.body = kv::Offer{
        .key = "key-00000000001",
        .version = {.at = {.counter = 3, .dot = {kv::ActorId{operation * 3}, 100'001}},
                    .value = std::string(100, 'v')}};
  }
  return messages;
}

void count(benchmark::State& state, std::size_t bytes) {
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * state.range(0));
  state.counters["bytes"] =
      static_cast<double>(bytes) / static_cast<double>(state.range(0));
}

std::string encoded(const std::vector<kv::Message>& messages) {
  std::string bytes;
  for (const kv::Message& message : messages) {
    KV_CHECK(kv::append_message(bytes, kPolicy, message).has_value(), "short");
  }
  return bytes;
}

// To protobuf's objects, and back.
void fill(kv::bench::Batch& batch, const std::vector<kv::Message>& messages) {
  for (const kv::Message& message : messages) {
    kv::bench::Message& out = *batch.add_messages();
    out.set_from(message.from.raw());
    out.set_to(message.to.raw());
    out.set_operation(message.operation.raw());
    out.set_round(message.round);
    out.set_epoch(message.epoch.raw());
    out.mutable_standing()->set_actor(message.standing.actor.raw());
    out.mutable_standing()->set_durable(message.standing.durable);
    out.mutable_standing()->set_reserved(message.standing.reserved);
    const auto& offer = std::get<kv::Offer>(message.body);
    kv::bench::Offer& body = *out.mutable_offer();
    body.set_key(offer.key);
    body.set_older_is_fine(offer.older_is_fine);
    kv::bench::Version& version = *body.mutable_version();
    version.set_actor(offer.version.at.dot.actor.raw());
    version.set_seq(offer.version.at.dot.seq);
    version.set_counter(offer.version.at.counter);
    version.set_expires(offer.version.expires.raw());
    version.set_request(offer.version.request.raw());
    version.set_kind(static_cast<std::uint32_t>(offer.version.kind));
    version.set_value(offer.version.value);
  }
}

void read(const kv::bench::Message& in, kv::Message& message) {
  message.from = kv::NodeId{in.from()};
  message.to = kv::NodeId{in.to()};
  message.operation = kv::OperationId{in.operation()};
  message.round = in.round();
  message.epoch = kv::Epoch{in.epoch()};
  message.standing = {.actor = kv::ActorId{in.standing().actor()},
                      .durable = in.standing().durable(),
                      .reserved = in.standing().reserved()};
  auto& offer = message.body.emplace<kv::Offer>();
  const kv::bench::Version& version = in.offer().version();
  offer.key = in.offer().key();
  offer.older_is_fine = in.offer().older_is_fine();
  offer.version.at = {.counter = version.counter(),
                      .dot = {kv::ActorId{version.actor()}, version.seq()}};
  offer.version.expires = kv::WallMs{version.expires()};
  offer.version.request = kv::RequestId{version.request()};
  offer.version.kind = static_cast<kv::Kind>(version.kind());
  offer.version.value = version.value();
}

// An arena that begins with memory that is there, as a connection would keep one.
struct Arena {
  std::vector<char> block = std::vector<char>(std::size_t{64} << 10);
  google::protobuf::Arena arena{options()};
  google::protobuf::ArenaOptions options() {
    google::protobuf::ArenaOptions options;
    options.initial_block = block.data();
    options.initial_block_size = block.size();
    return options;
  }
  kv::bench::Batch& batch() {
    arena.Reset();
    return *google::protobuf::Arena::CreateMessage<kv::bench::Batch>(&arena);
  }
};

void encode_ours(benchmark::State& state) {
  const auto messages = offers(state);
  std::string bytes;
  for (auto _ : state) {
    bytes.clear();
    for (const kv::Message& message : messages) {
      benchmark::DoNotOptimize(kv::append_message(bytes, kPolicy, message));
    }
    benchmark::DoNotOptimize(bytes.data());
  }
  count(state, bytes.size());
}

void encode_protobuf(benchmark::State& state) {
  const auto messages = offers(state);
  Arena arena;
  std::string bytes;
  for (auto _ : state) {
    kv::bench::Batch& batch = arena.batch();
    fill(batch, messages);
    batch.SerializeToString(&bytes);
    benchmark::DoNotOptimize(bytes.data());
  }
  count(state, bytes.size());
}

void encode_protobuf_alone(benchmark::State& state) {
  const auto messages = offers(state);
  Arena arena;
  kv::bench::Batch& batch = arena.batch();
  fill(batch, messages);
  std::string bytes;
  for (auto _ : state) {
    batch.SerializeToString(&bytes);
    benchmark::DoNotOptimize(bytes.data());
  }
  count(state, bytes.size());
}

void decode_ours(benchmark::State& state) {
  const std::string bytes = encoded(offers(state));
  for (auto _ : state) {
    kv::MessageReader reader(kPolicy, bytes);
    kv::Message message;
    while (reader.next(message).value()) benchmark::DoNotOptimize(message);
  }
  count(state, bytes.size());
}

// Then `use` is what is done with a batch that protobuf has read.
template <class Use>
void decode_by_protobuf(benchmark::State& state, Use use) {
  kv::bench::Batch filled;
  fill(filled, offers(state));
  const std::string bytes = filled.SerializeAsString();
  Arena arena;
  for (auto _ : state) {
    kv::bench::Batch& batch = arena.batch();
    KV_CHECK(batch.ParseFromString(bytes), "protobuf reads what it wrote");
    use(batch);
  }
  count(state, bytes.size());
}

void decode_protobuf(benchmark::State& state) {
  decode_by_protobuf(state, [](const kv::bench::Batch& batch) {
    kv::Message message;
    for (const kv::bench::Message& in : batch.messages()) {
      read(in, message);
      benchmark::DoNotOptimize(message);
    }
  });
}

void decode_protobuf_alone(benchmark::State& state) {
  decode_by_protobuf(
      state, [](const kv::bench::Batch& batch) { benchmark::DoNotOptimize(&batch); });
}

std::string framed(kv::Outbox& outbox, const std::vector<kv::Message>& messages) {
  for (const kv::Message& message : messages) {
    KV_CHECK(outbox.add(message).has_value(), "short");
  }
  return outbox.take();
}

std::string framed(const std::vector<kv::Message>& messages) {
  kv::Outbox outbox(kPolicy, kv::Channel::data);
  return framed(outbox, messages);
}

// All that came, down to messages; `came` is one whole frame.
void receive(kv::FrameParser& parser, std::string_view came) {
  parser.feed(came);
  kv::PieceJoiner joiner;
  const auto frame = parser.next().value();
  const auto batch = joiner.take(frame.value()).value();
  kv::MessageReader reader(kPolicy, batch.value());
  kv::Message message;
  while (reader.next(message).value()) benchmark::DoNotOptimize(message);
}

void encode_frame(benchmark::State& state) {
  const auto messages = offers(state);
  kv::Outbox outbox(kPolicy, kv::Channel::data);
  std::string bytes;
  for (auto _ : state) {
    bytes = framed(outbox, messages);
    benchmark::DoNotOptimize(bytes.data());
  }
  count(state, bytes.size());
}

void decode_frame(benchmark::State& state) {
  const std::string bytes = framed(offers(state));
  kv::FrameParser parser;
  for (auto _ : state) receive(parser, bytes);
  count(state, bytes.size());
}

void encode_packet(benchmark::State& state) {
  const auto messages = offers(state);
  kv::Outbox outbox(kPolicy, kv::Channel::data);
  kv::v1::Packet packet;
  std::string bytes;
  for (auto _ : state) {
    packet.set_frames(framed(outbox, messages));
    packet.SerializeToString(&bytes);
    benchmark::DoNotOptimize(bytes.data());
  }
  count(state, bytes.size());
}

void decode_packet(benchmark::State& state) {
  kv::v1::Packet packet;
  packet.set_frames(framed(offers(state)));
  const std::string bytes = packet.SerializeAsString();
  kv::FrameParser parser;
  for (auto _ : state) {
    KV_CHECK(packet.ParseFromString(bytes), "protobuf reads what it wrote");
    receive(parser, packet.frames());
  }
  count(state, bytes.size());
}

void add(const char* name, void (*function)(benchmark::State&)) {
  benchmark::RegisterBenchmark(name, function)
      ->Arg(1)
      ->Arg(16)
      ->MinTime(0.05)
      ->Repetitions(9)
      ->ReportAggregatesOnly(false);
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<char*> arguments(argv, argv + argc);
  std::string interleave = "--benchmark_enable_random_interleaving=true";
  arguments.push_back(interleave.data());
  int count = static_cast<int>(arguments.size());
  benchmark::Initialize(&count, arguments.data());
  if (benchmark::ReportUnrecognizedArguments(count, arguments.data())) return 2;

  add("encode/ours", &encode_ours);
  add("encode/protobuf", &encode_protobuf);
  add("encode/protobuf alone", &encode_protobuf_alone);
  add("encode/ours in a frame", &encode_frame);
  add("encode/ours in a packet", &encode_packet);
  add("decode/ours", &decode_ours);
  add("decode/protobuf", &decode_protobuf);
  add("decode/protobuf alone", &decode_protobuf_alone);
  add("decode/ours in a frame", &decode_frame);
  add("decode/ours in a packet", &decode_packet);
  benchmark::RunSpecifiedBenchmarks();
}
