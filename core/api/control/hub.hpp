/// The open control connections, by session and by user.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include <boost/json/object.hpp>
#include <trellis/sdk/guarded.hpp>

#include "core/api/control/agent_replies.hpp"
#include "core/api/control/close_message.hpp"
#include "core/auth/rights.hpp"
#include "core/model/directory.hpp"

namespace trellis::api {

class ControlConnection;
using ControlConnectionPtr = std::shared_ptr<ControlConnection>;

/// Any thread, never blocks on I/O. Has the methods of agent::SessionRouter, so that core/app can
/// join them.
class ControlHub {
public:
    /// `perUser`: connections that one user may have open, 0: any number.
    ControlHub(const model::Directory& directory, const auth::RightsDecider& rights,
               std::size_t perUser)
        : directory_(directory), rights_(rights), perUser_(perUser) {}

    /// False when the user has as many as allowed.
    bool enter(const ControlConnectionPtr& connection);
    /// Returns how many connections of that user are left.
    std::size_t leave(const ControlConnection& connection);
    std::size_t size() const;
    std::size_t countOf(const std::string& userId) const;
    /// user id -> connections, of one tenant.
    std::map<std::string, std::size_t> counts(const std::string& domain) const;
    std::vector<ControlConnectionPtr> all() const;
    std::vector<ControlConnectionPtr> ofUser(const std::string& userId) const;

    /// Answers that a command waits for go to it, also when its caller has no connection.
    bool toSession(const std::string& sessionId, const boost::json::object& message);
    void toUser(const std::string& userId, const boost::json::object& message);
    /// To everybody who may see the device.
    void toWatchers(const std::string& deviceId, const boost::json::object& message);

    /// Cuts connections of a user; `which` picks among them, all if empty.
    std::size_t cutUser(const std::string& userId, CloseCause cause,
                        const std::function<bool(const ControlConnection&)>& which = {});
    /// By the browser's login session.
    std::size_t cutLogin(const std::string& userId, const std::string& loginSession);
    /// Stopping the server: closes all with 1001.
    void closeAll();
    AgentReplies& replies() noexcept { return replies_; }

private:
    using Sessions = std::unordered_map<std::string, ControlConnectionPtr>;
    struct Table {
        Sessions sessions;
        std::unordered_map<std::string, std::vector<ControlConnectionPtr>> users;
    };
    const model::Directory& directory_;
    const auth::RightsDecider& rights_;
    const std::size_t perUser_;
    sdk::Guarded<Table> table_;
    AgentReplies replies_;
};

} // namespace trellis::api
