// A placement whose algorithm is chosen at run time.
//
// Why     a program that lets its user choose among ten algorithms would otherwise compile
//         the whole experiment ten times.
#pragma once

#include <concepts>
#include <cstddef>
#include <memory>
#include <span>
#include <utility>

#include "common/placement.hpp"

namespace kv {

// A placement that can say how many bytes its look-ups need.
template <class P>
concept SizedPlacement = Placement<P> && requires(const P& reader) {
  { reader.bytes() } -> std::same_as<std::size_t>;
};

// Wraps any placement that knows its size; a copy copies what it wraps. Keys are placed
// many at a time, so that not every key pays for the choice.
class AnyPlacement {
 public:
  // (Asking whether AnyPlacement is a Placement asks whether it can be copied, which must
  // not ask the same of this constructor.)
  template <class P>
    requires(!std::same_as<P, AnyPlacement>) && SizedPlacement<P>
  explicit AnyPlacement(P placement)
      : wrapped_(std::make_unique<Wrapped<P>>(std::move(placement))) {}

  AnyPlacement(const AnyPlacement& other) : wrapped_(other.wrapped_->copy()) {}
  AnyPlacement& operator=(const AnyPlacement& other) {
    wrapped_ = other.wrapped_->copy();
    return *this;
  }
  AnyPlacement(AnyPlacement&&) = default;
  AnyPlacement& operator=(AnyPlacement&&) = default;
  ~AnyPlacement() = default;

  void add(const Node& node) { wrapped_->add(std::span(&node, 1)); }
  void add(std::span<const Node> nodes) { wrapped_->add(nodes); }
  void remove(NodeId node) { wrapped_->remove(node); }
  [[nodiscard]] NodeId owner(KeyHash key) const { return wrapped_->owner(key); }
  [[nodiscard]] std::size_t bytes() const { return wrapped_->bytes(); }
  void place(std::span<const KeyHash> keys, std::span<NodeId> owners) const {
    wrapped_->place(keys, owners);
  }

 private:
  struct Interface {
    virtual ~Interface() = default;
    [[nodiscard]] virtual std::unique_ptr<Interface> copy() const = 0;
    virtual void add(std::span<const Node> nodes) = 0;
    virtual void remove(NodeId node) = 0;
    [[nodiscard]] virtual NodeId owner(KeyHash key) const = 0;
    [[nodiscard]] virtual std::size_t bytes() const = 0;
    virtual void place(std::span<const KeyHash> keys, std::span<NodeId> owners) const = 0;
  };

  template <SizedPlacement P>
  class Wrapped final : public Interface {
   public:
    explicit Wrapped(P placement) : placement_(std::move(placement)) {}

    [[nodiscard]] std::unique_ptr<Interface> copy() const override {
      return std::make_unique<Wrapped>(placement_);
    }
    void add(std::span<const Node> nodes) override { add_all(placement_, nodes); }
    void remove(NodeId node) override { placement_.remove(node); }
    [[nodiscard]] NodeId owner(KeyHash key) const override {
      return placement_.owner(key);
    }
    [[nodiscard]] std::size_t bytes() const override { return placement_.bytes(); }
    void place(std::span<const KeyHash> keys, std::span<NodeId> owners) const override {
      if constexpr (PlacesTogether<P>) {
        placement_.place(keys, owners);
      } else if constexpr (requires { placement_.find(keys, owners); }) {
        placement_.find(keys, owners);
      } else {
        for (std::size_t i = 0; i < keys.size(); ++i) {
          owners[i] = placement_.owner(keys[i]);
        }
      }
    }

   private:
    P placement_;
  };

  std::unique_ptr<Interface> wrapped_;
};

static_assert(PlacesTogether<AnyPlacement>);

}  // namespace kv
