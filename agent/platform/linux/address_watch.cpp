#include "agent/platform/linux/address_watch.hpp"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>

namespace trellis::device::platform {
namespace {
constexpr Milliseconds kSettle{1'000};
}  // namespace

AddressWatch::AddressWatch(Loop& loop, std::function<void()> changed)
    : loop_(loop), changed_(std::move(changed)),
      socket_(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE)),
      settle_(loop) {
    sockaddr_nl address{};
    address.nl_family = AF_NETLINK;
    address.nl_groups = RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR;
    if (!socket_ ||
        ::bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
        socket_.reset();
        return;
    }
    loop_.watch(socket_.get(), EPOLLIN, [this](std::uint32_t) { drain(); });
}

AddressWatch::~AddressWatch() {
    if (socket_) loop_.unwatch(socket_.get());
}

void AddressWatch::drain() {
    // What changed does not matter, so neither do lost messages (ENOBUFS).
    std::array<char, 8192> buffer;  // NOLINT: filled by recv()
    while (::recv(socket_.get(), buffer.data(), buffer.size(), 0) > 0) {
    }
    if (!settle_.isActive()) settle_.start(kSettle, changed_);
}

}  // namespace trellis::device::platform
