// The README's example of the client for C++: a put and a get, asked of the nodes that
// the command line names.
#include <iostream>

#include "v4_replicated_kv/client/client.hpp"

int main(int argc, char** argv) {
  kv::Client store({.endpoints = {argv + 1, argv + argc}});
  if (const auto put = store.put("cart", "apples"); !put) {
    std::cerr << put.error().detail << '\n';
    return put.error().is_unknown ? 3 : 1;  // 3: it may be stored, or be yet
  }
  const auto cart = store.get("cart");
  if (!cart) {
    std::cerr << cart.error().detail << '\n';
    return 1;
  }
  for (const std::string& value : cart->values) std::cout << value << '\n';
}
