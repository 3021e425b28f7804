/// The plugin's other callbacks behind the barrier: routes, tunnels, streams, messages, decisions.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <mutex>

#include <trellis/sdk/declarations.hpp>

#include "core/plugin/guard.hpp"

namespace trellis::plugin {

/// Objects of a plugin that others call (tunnel handlers, stream handlers): ended when it stops, so
/// that none outlives it. Any thread.
class LiveObjects {
public:
    class Item {
    public:
        virtual ~Item() = default;
        /// Tells the plugin's object that it ends and destroys it, unless that happened. Waits for a
        /// running call until `deadline`; false then.
        virtual bool end(std::chrono::steady_clock::time_point deadline) noexcept = 0;
    };
    void add(const std::shared_ptr<Item>& item);
    /// Ends all; false if one could not be ended by the deadline.
    bool endAll(std::chrono::steady_clock::time_point deadline) noexcept;

private:
    std::mutex mutex_;
    std::list<std::weak_ptr<Item>> items_;
    std::size_t pruneAt_ = 64;
};

sdk::RouteHandler guardRoute(const std::shared_ptr<Guard>& guard, const sdk::RouteSpec& spec,
                             sdk::RouteHandler handler);
sdk::AgentMessageHandler guardMessage(const std::shared_ptr<Guard>& guard,
                                      const std::string& action, sdk::AgentMessageHandler handler);
/// Anything but an answer is Deny.
sdk::DecisionHandler guardDecision(const std::shared_ptr<Guard>& guard, const std::string& point,
                                   sdk::DecisionHandler handler);
/// A fault closes the tunnel.
sdk::TunnelFactory guardTunnels(const std::shared_ptr<Guard>& guard,
                                const std::shared_ptr<LiveObjects>& live, const std::string& name,
                                sdk::TunnelFactory factory);
/// A fault aborts the stream.
sdk::StreamFactory guardStreams(const std::shared_ptr<Guard>& guard,
                                const std::shared_ptr<LiveObjects>& live, const std::string& name,
                                sdk::StreamFactory factory);
sdk::EndpointFactory guardEndpoints(const std::shared_ptr<Guard>& guard,
                                    const std::shared_ptr<LiveObjects>& live,
                                    const std::string& name, sdk::EndpointFactory factory);

}  // namespace trellis::plugin
