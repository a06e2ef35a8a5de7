#include "v4_replicated_kv/serve/ports_free.hpp"

#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <fmt/format.h>

#include "common/base/text.hpp"
#include "v4_replicated_kv/serve/number_of.hpp"

namespace kv {

namespace {

using Tcp = boost::asio::ip::tcp;

Result<void> check_free(std::string_view key, const Address& at) {
  const auto host = number_of(at);
  if (!host) return std::unexpected(host.error());
  boost::system::error_code failed;
  const auto number = boost::asio::ip::make_address(*host, failed);
  if (failed) return {};  // who listens there says it better
  const Tcp::endpoint endpoint(number, at.port);
  boost::asio::io_context io;
  Tcp::acceptor probe(io);
  probe.open(endpoint.protocol(), failed);
  if (!failed) probe.set_option(Tcp::acceptor::reuse_address(true), failed);
  if (!failed) probe.bind(endpoint, failed);
  if (!failed) return {};
  return fail(Errc::io,
              fmt::format("{}: cannot listen on {}: {}; take another address or port",
                          key, printable(address_text(at)), failed.message()));
}

}  // namespace

Result<void> check_ports_free(const Settings& settings) {
  const ListenSettings& listen = settings.listen;
  const std::optional<Address> none;
  const bool has_peer_port = settings.cluster.peer_transport == PeerPath::frames;
  const std::array<std::pair<std::string_view, const std::optional<Address>&>, 3> doors{
      {{"listen.http", listen.http},
       {"listen.peer", has_peer_port ? listen.peer : none},
       {"listen.resp", listen.resp}}};
  for (const auto& [key, at] : doors) {
    if (!at || at->port == 0) continue;
    if (auto free = check_free(key, *at); !free) return free;
  }
  return {};
}

}  // namespace kv
