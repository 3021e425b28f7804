/// Tells when this machine's addresses change (rtnetlink(7)).
#pragma once

#include "agent/base/loop.hpp"

namespace trellis::device::platform {

class AddressWatch {
public:
    /// `changed` comes from the loop, once for changes within a second. A kernel without rtnetlink means
    /// no news: the connection's own pings notice the rest.
    AddressWatch(Loop& loop, std::function<void()> changed);
    ~AddressWatch();
    AddressWatch(const AddressWatch&) = delete;
    AddressWatch& operator=(const AddressWatch&) = delete;

private:
    void drain();

    Loop& loop_;
    std::function<void()> changed_;
    Fd socket_;
    Timer settle_;
};

}  // namespace trellis::device::platform
