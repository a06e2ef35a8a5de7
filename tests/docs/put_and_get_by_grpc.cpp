// The example of docs/GRPC.md: a put and a get by the published contract.
#include <iostream>

#include <grpcpp/grpcpp.h>
#include <kv/v1/key_value.grpc.pb.h>

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const auto store = kv::v1::KeyValue::NewStub(
      grpc::CreateChannel(argv[1], grpc::InsecureChannelCredentials()));

  kv::v1::PutRequest put;
  put.set_key("cart");
  put.set_value("apples");
  put.set_request_id("order-17");  // asked again with the same one it is the same write
  kv::v1::PutResponse stored;
  grpc::ClientContext putting;
  if (const auto status = store->Put(&putting, put, &stored); !status.ok()) {
    kv::v1::Failure failure;
    const auto& details = putting.GetServerTrailingMetadata();
    const auto detail = details.find("kv-failure-bin");
    const bool is_known =
        detail != details.end() &&
        failure.ParseFromString({detail->second.data(), detail->second.size()}) &&
        !failure.outcome_unknown();
    std::cerr << status.error_message() << '\n';
    return is_known ? 1 : 3;  // 3: it may be stored, or be yet
  }
  std::cout << stored.w() << " of " << stored.n() << " copies were waited for\n";

  kv::v1::GetRequest get;
  get.set_key("cart");
  get.mutable_consistency()->set_level(kv::v1::LEVEL_QUORUM);
  kv::v1::GetResponse found;
  grpc::ClientContext getting;
  if (const auto status = store->Get(&getting, get, &found); !status.ok()) return 1;
  for (const std::string& value : found.values()) std::cout << value << '\n';
}
