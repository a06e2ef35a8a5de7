// A node's three doors, as programs of three kinds use them, with one word for how it went.
//
// Why       what one door stores, the others have to give back, byte for byte; and what a node
//           refuses, it has to refuse at each.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "tests/processes/server_processes.hpp"

namespace kv::test {

class OneDoor {
 public:
  virtual ~OneDoor() = default;

  // "ok", or the code of the contract: "disk_full", "overloaded".
  [[nodiscard]] virtual std::string put(std::string_view key, std::string_view value) = 0;
  // "ok" and the value; "ok" and nothing where there is none; else the code.
  struct Found {
    std::string word{};
    std::optional<std::string> value{};
    bool operator==(const Found&) const = default;
  };
  [[nodiscard]] virtual Found get(std::string_view key) = 0;
};

inline constexpr std::array kDoorNames{"http", "resp", "grpc"};

// By its name, to this node; each with a connection of its own.
[[nodiscard]] std::unique_ptr<OneDoor> door_named(std::string_view name,
                                                  const ClusterNode& node);

}  // namespace kv::test
