/// Every file that went to a device or came from one, in the audit trail. The device reports, the server
/// knows whose session it was: what does not belong to an open session of that device is dropped. What
/// has begun and is never reported to be over was cut off, and is audited as that.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>

#include <trellis/sdk/guarded.hpp>
#include <trellis/sdk/host.hpp>
#include <trellis/sdk/registrar.hpp>
#include <trellis/sdk/schema.hpp>
#include <trellis/sdk/tunnel.hpp>

namespace files {

namespace json = trellis::sdk::json;

class Transfers {
public:
    /// Reads the sessions of before a restart: their devices may still have something to report.
    explicit Transfers(trellis::sdk::Host& host);

    static void declare(trellis::sdk::Registrar& reg);
    /// The shape of the device's `files.done` message.
    static trellis::sdk::Schema messageSchema();

    void opened(const trellis::sdk::TunnelInfo& info);
    /// Reports may still come for a short while.
    void closed(const std::string& tunnelId);
    void take(const std::string& deviceId, const json::object& message);
    static constexpr trellis::sdk::Seconds kTick{1};
    /// Looks for what was cut off; once in kTick, on a worker.
    void tick();

private:
    struct Session {
        std::string deviceId, userId, address, domain, guestName;
        std::map<std::string, std::string> begun;  ///< path by direction
        bool isClosed = false;
        trellis::sdk::Seconds closedFor{0};
        trellis::sdk::Seconds deviceThereFor{0};  ///< without a break, since it is closed
    };
    using Sessions = std::map<std::string, Session>;

    static std::string bodyOf(const Session& session);
    static Session sessionFrom(const std::string& body);
    static bool isLate(const Session& session);
    std::set<std::string> devicesAway();
    std::optional<Session> note(const std::string& deviceId, const json::object& transfer);
    void keep(const std::string& id, const std::string& body);
    void write(const Session& session, const json::object& transfer);

    trellis::sdk::Host& host_;
    trellis::sdk::Guarded<Sessions> sessions_;
    trellis::sdk::Counter& done_;
    trellis::sdk::Counter& failed_;
    trellis::sdk::Counter& bytes_;
    trellis::sdk::Counter& strange_;
};

}  // namespace files
