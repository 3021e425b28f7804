/// Where messages from agents to people go.
#pragma once

#include <string>

#include <boost/json/object.hpp>

namespace trellis::agent {

/// Implemented by whoever owns the control connections (core/api). Any thread, must not block, must
/// not throw. core/agent has checked that the user may receive it from this device; `message` is what
/// goes on the wire, `nodeid` included.
class SessionRouter {
public:
    virtual ~SessionRouter() = default;
    /// To one control connection, "user/<domain>/<name>/<40 hex>". False if it isn't connected.
    virtual bool toSession(const std::string& sessionId, const boost::json::object& message) = 0;
    /// To every control connection of a user.
    virtual void toUser(const std::string& userId, const boost::json::object& message) = 0;
    /// To every control connection whose user has remote control of the device; console lines to those
    /// who have the agent's console, too.
    virtual void toWatchers(const std::string& deviceId, const boost::json::object& message) = 0;
};

} // namespace trellis::agent
