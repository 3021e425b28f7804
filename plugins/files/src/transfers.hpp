/// Every file that went to a device or came from one, in the audit trail. The device reports, the server
/// knows whose session it was: what does not belong to an open session of that device is dropped.
#pragma once

#include <chrono>
#include <map>
#include <string>

#include <trellis/sdk/guarded.hpp>
#include <trellis/sdk/host.hpp>
#include <trellis/sdk/schema.hpp>
#include <trellis/sdk/tunnel.hpp>

namespace files {

namespace json = trellis::sdk::json;

class Transfers {
public:
    explicit Transfers(trellis::sdk::Host& host);

    /// The shape of the device's `files.done` message.
    static trellis::sdk::Schema messageSchema();

    void opened(const trellis::sdk::TunnelInfo& info);
    /// Reports may still come for a short while.
    void closed(const std::string& tunnelId);
    void take(const std::string& deviceId, const json::object& message);

private:
    struct Session {
        std::string deviceId, userId, address, domain, guestName;
        trellis::sdk::Clock::time_point endsAt = trellis::sdk::Clock::time_point::max();
    };
    using Sessions = std::map<std::string, Session>;

    static void forgetOld(Sessions& sessions);
    void write(const Session& session, const json::object& transfer);

    trellis::sdk::Host& host_;
    trellis::sdk::Guarded<Sessions> sessions_;
    trellis::sdk::Counter& done_;
    trellis::sdk::Counter& failed_;
    trellis::sdk::Counter& bytes_;
    trellis::sdk::Counter& strange_;
};

}  // namespace files
