/// Names to addresses. getaddrinfo() blocks without a limit, so it runs on a short helper thread and
/// its answer is dropped when it comes too late.
#pragma once

#include "agent/base/loop.hpp"

#include <sys/socket.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace trellis::device {

struct Address {
    sockaddr_storage storage{};
    socklen_t size = 0;
    /// Numeric, without the port.
    std::string text() const;
};

/// An outstanding question; dropping it makes the answer go nowhere.
using Lookup = std::shared_ptr<void>;

/// `done` gets the addresses in the order to try them, or none and a reason; always from the loop,
/// never from within this call. At most 8 helper threads exist at a time; above that the answer is
/// "too many lookups".
Lookup resolve(Loop& loop, const std::string& host, std::uint16_t port,
               std::function<void(std::vector<Address>, std::string)> done);

}  // namespace trellis::device
