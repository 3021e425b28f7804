/// Joins an agent's late answer to the command that waits for it.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <unordered_map>

#include <boost/json/object.hpp>
#include <trellis/sdk/error.hpp>
#include <trellis/sdk/guarded.hpp>
#include <trellis/sdk/request.hpp>

namespace trellis::api {

/// Any thread. An answer is known by a random token that the agent was sent and by the device it
/// comes from, so that no device answers for another.
class AgentReplies {
public:
    static constexpr std::size_t kMaxWaiting = 10'000;
    using Callback = std::function<void(const boost::json::object& message)>;

    /// The token to send to the agent as its `responseid`. Throws Error{Unavailable} when full.
    std::string expect(const std::string& deviceId, sdk::Deadline until, Callback callback);
    /// True when `message` (with `responseid` and `nodeid`) was such an answer; it is used up then.
    bool take(const boost::json::object& message);
    void forget(const std::string& token);
    std::size_t waiting() const;

private:
    struct Entry {
        std::string deviceId;
        sdk::Deadline until;
        Callback callback;
    };
    struct Table {
        std::unordered_map<std::string, Entry> entries;
        std::multimap<sdk::Deadline, std::string> order;
    };
    static void dropExpired(Table& table, sdk::Deadline now);
    sdk::Guarded<Table> table_;
};

} // namespace trellis::api
